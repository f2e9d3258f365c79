// SPDX-License-Identifier: Apache-2.0
// The SystemC multiply-accumulate units: values against the host's fused multiply-add and 64-bit
// integers, and every result in the cycle it is due, with bubbles in between.
#include <catch2/catch.hpp>
#include <deque>
#include <limits>

#include "sim/system/kernel.hpp"
#include "sim/units/float_mac.hpp"
#include "sim/units/int8_mac.hpp"
#include "tests/support/float_cases.hpp"
#include "tests/support/float_oracle.hpp"
#include "tests/support/systemc_random.hpp"

namespace absim::sim {
namespace {

using test::FloatTriple;
using test::Multiplicand;

std::uint32_t twin(Multiplicand kind, const FloatTriple& t) {
  if (kind == Multiplicand::kFp32) return float_mac(FloatFormat::kFp32, t.a, t.b, t.c);
  return float_mac(FloatFormat::kBf16, t.a >> 16, t.b >> 16, t.c);
}

}  // namespace

TEST_CASE("float_mac equals the host's fused multiply-add", "[sim][random]") {
  const std::uint64_t seed = 101;
  CAPTURE(seed);
  for (const Multiplicand kind : {Multiplicand::kFp32, Multiplicand::kBf16}) {
    test::FloatRng rng(seed);
    test::FloatReached reached;
    std::uint64_t wrong = 0;
    FloatTriple first;
    const auto check = [&](const FloatTriple& t) {
      const std::uint32_t want = test::host_fma(t.a, t.b, t.c);
      reached.note(t, want);
      if (twin(kind, t) != want && wrong++ == 0) first = t;
    };
    const std::vector<std::uint32_t> factors = test::special_values(kind);
    for (const std::uint32_t a : factors) {
      for (const std::uint32_t b : factors) {
        for (const std::uint32_t c : test::special_values(Multiplicand::kFp32)) check({a, b, c});
      }
    }
    for (unsigned i = 0; i < 150000; ++i) {
      for (unsigned s = 0; s < test::kFloatStrata; ++s) {
        check(test::draw(static_cast<test::FloatStratum>(s), kind, rng));
      }
    }
    CAPTURE(static_cast<int>(kind), first.a, first.b, first.c);
    REQUIRE(wrong == 0);
    CHECK(reached.subnormal_results > 1500);
    CHECK(reached.subnormal_multiplicands > 1500);
    CHECK(reached.overflows > 1500);
    CHECK(reached.exact_zeros > 1500);
    CHECK(reached.cancelled > 1500);
    CHECK(reached.invalid > 500);
    CHECK(reached.addend_alone > 1500);
    CHECK(reached.product_alone > 1500);
  }
}

TEST_CASE("a float MAC's result is out five cycles after its operands, and held", "[sim][random]") {
  const std::uint64_t seed = 103;
  CAPTURE(seed);
  const KernelScope kernel;
  FloatMac mac("mac", FloatFormat::kFp32);
  test::FloatRng rng(seed);
  struct Sent {
    bool valid = false;
    std::uint32_t want = 0;
  };
  std::deque<Sent> pipe(5);
  std::uint32_t held = 0;
  unsigned valid = 0, bubbles = 0;
  for (unsigned cycle = 0; cycle < 5000; ++cycle) {
    CAPTURE(cycle);
    if (pipe.front().valid) held = pipe.front().want;
    (pipe.front().valid ? valid : bubbles) += 1;
    REQUIRE(mac.out_valid() == pipe.front().valid);
    REQUIRE(mac.out() == held);
    pipe.pop_front();
    const FloatTriple t = test::draw(test::FloatStratum::kOverlap, Multiplicand::kFp32, rng);
    const bool send = rng() % 3 != 0;
    if (send) {
      mac.tick(t.a, t.b, t.c);
    } else {
      mac.tick();
    }
    pipe.push_back({send, test::host_fma(t.a, t.b, t.c)});
  }
  REQUIRE(valid > 2000);
  REQUIRE(bubbles > 1000);
}

TEST_CASE("the int8 MAC gives a * b + c modulo 2^32 two cycles later, for every pair",
          "[sim][exhaustive]") {
  const std::uint64_t seed = 107;
  CAPTURE(seed);
  const KernelScope kernel;
  Int8Mac mac("mac");
  test::Random random(seed);
  const std::int64_t high = std::numeric_limits<std::int32_t>::max();
  struct Sent {
    bool valid = false;
    std::int64_t want = 0;
  };
  std::deque<Sent> pipe(2);
  std::uint64_t wrong = 0, valid = 0, wrapped = 0;
  const auto cycle = [&](bool send, int a, int b, std::int64_t c) {
    wrong += mac.out_valid() != pipe.front().valid ? 1U : 0U;
    if (pipe.front().valid) {
      ++valid;
      wrong += mac.out() != pipe.front().want ? 1U : 0U;
    }
    pipe.pop_front();
    std::int64_t want = std::int64_t{a} * b + c;
    if (want > high || want < -high - 1) {
      want += want > 0 ? -(std::int64_t{1} << 32) : std::int64_t{1} << 32;
      ++wrapped;
    }
    pipe.push_back({send, want});
    if (!send) {
      mac.tick();
      return;
    }
    mac.tick(static_cast<std::int8_t>(a), static_cast<std::int8_t>(b),
             static_cast<std::int32_t>(c));
  };
  for (const std::int64_t c : {std::int64_t{0}, std::int64_t{-1}, high, -high - 1}) {
    for (int a = -128; a < 128; ++a) {
      for (int b = -128; b < 128; ++b) {
        cycle(true, a, b, c);
        if (random.one_in(8)) cycle(false, a, b, c);
      }
    }
  }
  cycle(false, 0, 0, 0);
  cycle(false, 0, 0, 0);
  REQUIRE(wrong == 0);
  REQUIRE(valid == 4 * 65536);
  REQUIRE(wrapped > 50000);
}

}  // namespace absim::sim
