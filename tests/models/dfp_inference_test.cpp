// SPDX-License-Identifier: Apache-2.0
// Inference of dynamic fixed point: the reference equals an independent oracle, and `fast` equals
// the reference, tensor by tensor, with every rounding and every instruction set.
#include <catch2/catch.hpp>

#include <random>

#include "models/inference/inference.hpp"
#include "tests/models/kernels_here.hpp"
#include "tests/support/oracle.hpp"
#include "tests/support/parallel_networks.hpp"
#include "tests/support/test_networks.hpp"

using namespace absim;
using namespace absim::models;
using namespace absim::test;

namespace {

constexpr Rounding kRoundings[] = {Rounding::kNearestEven, Rounding::kHalfAway, Rounding::kHalfUp,
                                   Rounding::kFloor, Rounding::kTowardZero};

/// Every tensor of `fast` with every kernel equals the reference's; returns values compared.
std::size_t compare_fast(const QuantizedNetwork& network, const std::vector<std::uint8_t>& pixels) {
  const TensorMap expected = infer_reference(network, 8, pixels);
  std::size_t compared = 0;
  for (const Kernels& kernels : all_kernels()) {
    const models::fast::Plan plan = models::fast::make_plan(network, 8, *kernels.table);
    const TensorMap found = run_plan(plan, pixels);
    REQUIRE(found.size() == expected.size());
    for (const auto& [name, map] : expected) {
      CAPTURE(kernels.name, name, rounding_name(network.rounding));
      REQUIRE(found.at(name) == map);
      compared += map.size();
    }
  }
  return compared;
}

}  // namespace

TEST_CASE("dfp: the reference equals the oracle with every rounding", "[models][dfp][random]") {
  std::vector<TensorMap> of_rounding;
  for (const Rounding rounding : kRoundings) {
    const QuantizedNetwork network = make_dfp_network(3, rounding);
    const std::vector<std::uint8_t> pixels = random_image(network, 7);
    const TensorMap found = infer_reference(network, 8, pixels);
    const TensorMap expected = oracle_infer(network, 8, pixels);
    REQUIRE(found.size() == expected.size());
    for (const auto& [name, map] : expected) {
      CAPTURE(name, rounding_name(rounding));
      REQUIRE(found.at(name) == map);
    }
    of_rounding.push_back(found);
  }
  for (std::size_t i = 1; i < of_rounding.size(); ++i) {
    if (i == 2) continue;
    CAPTURE(i);
    CHECK(of_rounding[i].at("linear") != of_rounding[0].at("linear"));
  }
  // The values use their range: neither all clipped nor all gone.
  for (const auto& [name, map] : of_rounding[0]) {
    CAPTURE(name);
    std::size_t inside = 0;
    for (const std::int32_t value : map) inside += value != 0 && value != 255 ? 1U : 0U;
    CHECK(inside > map.size() / 6);
  }
}

TEST_CASE("dfp: fast inference equals the reference with every rounding",
          "[models][dfp][fast][random]") {
  warn_of_missing_kernels();
  std::size_t compared = 0;
  for (const Rounding rounding : kRoundings) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      const QuantizedNetwork network = make_dfp_network(seed, rounding);
      compared += compare_fast(network, random_image(network, seed + 20));
    }
  }
  REQUIRE(compared > 100000);
}

TEST_CASE("dfp: every shift, with many ties of both signs, is exact", "[models][dfp][fast]") {
  // A 1x1 layer over codes -128..127 whose sums are offset +- codes: small shifts meet every tie.
  std::size_t ties = 0;
  for (const Rounding rounding : kRoundings) {
    for (const unsigned shift : {0U, 1U, 2U, 3U, 7U, 8U, 15U, 30U, 31U}) {
      QuantizedNetwork network = make_dfp_network(5, rounding);
      for (std::size_t i = 0; i + 1 < network.values.size(); ++i) {
        if (network.values[i].postproc.empty()) continue;
        PostprocParams& params = network.values[i].postproc[0];
        for (std::size_t w = 0; w < network.values[i].codes.size(); ++w) {
          network.values[i].codes[w] = w % 5 == 0 ? 1 : w % 7 == 0 ? 255 : 0;
        }
        for (std::size_t c = 0; c < params.offset.size(); ++c) {
          const std::int64_t far = std::int64_t{1} << (shift == 0 ? 4 : shift - 1);
          params.offset[c] = c % 3 == 0 ? -far : c % 3 == 1 ? far : 0;
        }
        params.shift = shift;
        if (network.graph.layers[i].residual) params.residual_gain = shift < 16 ? 2 : 0;
      }
      check_network(network, "ties");
      const std::vector<std::uint8_t> pixels = random_image(network, shift);
      compare_fast(network, pixels);
      const TensorMap tensors = oracle_infer(network, 8, pixels);
      const auto sums = oracle_accumulators(network, 0, 8, tensors.at("input"));
      const std::vector<std::int64_t>& offset = network.values[0].postproc[0].offset;
      for (std::size_t k = 0; k < sums.size() && shift > 0; ++k) {
        const std::int64_t sum = sums[k] + offset[k % offset.size()];
        const std::int64_t unit = std::int64_t{1} << shift;
        ties += ((sum % unit) + unit) % unit == unit / 2 ? 1U : 0U;
      }
      REQUIRE(infer_reference(network, 8, pixels) == tensors);
    }
  }
  REQUIRE(ties > 1000);
}

TEST_CASE("dfp: another truncation length than 8 is refused", "[models][dfp][negative]") {
  const QuantizedNetwork network = make_dfp_network(1);
  CHECK(least_truncation(network) == 8);
  CHECK(parameter_sets(network) == 1);
  CHECK_THROWS_AS(params_at(network, 0, 7), InvariantError);
  CHECK_THROWS_AS(infer_reference(network, 7, random_image(network, 1)), InvariantError);
  CHECK_THROWS_WITH(FastInference(network, 7), "truncation: found 7; allowed: 8..8");
}
