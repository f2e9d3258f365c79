// SPDX-License-Identifier: Apache-2.0
// The int8 MAC against 64-bit integers: every pair of operands, with bubbles in between.
#include <catch2/catch.hpp>

#include <Vint8_mac_o0.h>
#include <Vint8_mac_o3.h>

#include <limits>
#include <random>

#include "models/formats/float_mac.hpp"
#include "tests/rtl/mac_pipeline.hpp"

namespace absim::tests {
namespace {

constexpr unsigned kLatency = 2;
constexpr std::int64_t kHigh = std::numeric_limits<std::int32_t>::max();

}  // namespace

TEMPLATE_TEST_CASE("int8 MAC RTL equals a * b + c modulo 2^32 for every pair", "[rtl][exhaustive]",
                   Vint8_mac_o0, Vint8_mac_o3) {
  const std::uint64_t seed = 97;
  CAPTURE(seed);
  std::mt19937_64 rng(seed);
  MacPipeline<TestType, kLatency> pipeline;
  const std::int64_t addends[] = {0,         1, -1, 16384, -16384, 1234567, kHigh, kHigh - 16383,
                                  -kHigh - 1};
  std::uint64_t models_differ = 0, wrapped = 0;
  for (const std::int64_t fixed : addends) {
    for (int a = -128; a < 128; ++a) {
      for (int b = -128; b < 128; ++b) {
        const std::int64_t c =
            fixed == 1234567 ? static_cast<std::int32_t>(rng() & 0xffffffffU) : fixed;
        const std::int64_t sum = std::int64_t{a} * b + c;
        typename MacPipeline<TestType, kLatency>::Operation operation;
        operation.valid = true;
        operation.a = static_cast<std::uint32_t>(a) & 0xffU;
        operation.b = static_cast<std::uint32_t>(b) & 0xffU;
        operation.c = static_cast<std::uint32_t>(static_cast<std::uint64_t>(c));
        operation.want = static_cast<std::uint32_t>(static_cast<std::uint64_t>(sum));
        models_differ += static_cast<std::uint32_t>(models::int8_mac(
                             static_cast<std::int8_t>(a), static_cast<std::int8_t>(b),
                             static_cast<std::int32_t>(c))) != operation.want
                             ? 1U
                             : 0U;
        wrapped += sum > kHigh || sum < -kHigh - 1 ? 1U : 0U;
        pipeline.cycle(operation);
        while (rng() % 8 == 0) {
          operation.valid = false;
          operation.a ^= static_cast<std::uint32_t>(rng() & 0xffU);
          pipeline.cycle(operation);
        }
      }
    }
  }
  pipeline.drain();
  CAPTURE(pipeline.first_wrong.a, pipeline.first_wrong.b, pipeline.first_wrong.c);
  REQUIRE(models_differ == 0);
  REQUIRE(pipeline.wrong == 0);
  REQUIRE(pipeline.compared == 9 * 65536);
  REQUIRE(pipeline.bubbles > 50000);
  REQUIRE(wrapped > 50000);
}

}  // namespace absim::tests
