// SPDX-License-Identifier: Apache-2.0
// The vectorised engine for posit networks against the plain loops, on every tensor.
#include <catch2/catch.hpp>
#include <set>

#include "models/inference/inference.hpp"
#include "models/inference/posit_run.hpp"
#include "tests/support/parallel_networks.hpp"
#include "tests/support/test_networks.hpp"

namespace absim::models {
namespace {

constexpr PositFormat kFormats[] = {{8, 0}, {8, 1}, {8, 2}, {16, 1}, {16, 2}, {6, 1}, {9, 2}, {12, 1}};

std::size_t distinct(const IntMap& values) {
  return std::set<std::int32_t>(values.begin(), values.end()).size();
}

void require_same(const QuantizedNetwork& network, const std::vector<std::uint8_t>& pixels) {
  const TensorMap expected = infer_reference(network, network.bits, pixels);
  for (const SimdLevel level :
       {SimdLevel::kPortable, SimdLevel::kAvx2, SimdLevel::kAvx512Vnni}) {
    if (fast::posit_dot(level) == nullptr) continue;
    const TensorMap found = FastInference(network, network.bits, level).tensors(pixels);
    REQUIRE(found.size() == expected.size());
    for (const auto& [name, values] : expected) {
      CAPTURE(posit_name(network.posit), simd_name(level), name);
      REQUIRE(found.at(name) == values);
    }
  }
}

}  // namespace

TEST_CASE("posit inference: fast equals reference on every tensor, every format",
          "[models][posit][random]") {
  for (const PositFormat format : kFormats) {
    const QuantizedNetwork network =
        test::make_posit_network(5 + format.n + format.es, format);
    const auto pixels = test::random_image(network, 3);
    require_same(network, pixels);
    // Not all alike, not all zero.
    const TensorMap tensors = infer_reference(network, network.bits, pixels);
    for (const Layer& layer : network.graph.layers) {
      CAPTURE(posit_name(format), layer.name);
      REQUIRE(distinct(tensors.at(layer.name)) > 4);
    }
  }
}

TEST_CASE("posit inference: one limb, several limbs and the quire give the same tensors",
          "[models][posit]") {
  // Weights and inputs of +-1: everything fits one limb. With maxpos in them more is needed.
  fast::PositPaths total;
  for (const PositFormat format : {PositFormat{8, 1}, PositFormat{8, 2}, PositFormat{16, 1}}) {
    for (const bool wide_weights : {false, true}) {
      for (const bool wide_inputs : {false, true}) {
        QuantizedNetwork network = test::make_posit_network(11, format);
        const PositCode one = posit_from_double(format, 1.0);
        for (std::size_t i = 0; i < network.values[0].codes.size(); ++i) {
          const PositCode code = wide_weights && i % 7 == 0 ? format.maxpos() : one;
          network.values[0].codes[i] = i % 3 == 0 ? posit_negate(format, code) : code;
        }
        for (std::size_t i = 0; i < network.input_codes.size(); ++i) {
          const PositCode code = wide_inputs && i % 5 == 0 ? format.maxpos() : one;
          network.input_codes[i] = static_cast<std::int16_t>(
              posit_signed(format, i % 2 == 0 ? posit_negate(format, code) : code));
        }
        const auto pixels = test::random_image(network, 4);
        require_same(network, pixels);
        const fast::PositPlan plan(network, best_simd_level());
        fast::PositRunner runner(plan);
        runner.run(pixels);
        total.one_limb += runner.paths().one_limb;
        total.limbs += runner.paths().limbs;
        total.quire += runner.paths().quire;
      }
    }
  }
  REQUIRE(total.one_limb > 0);
  REQUIRE(total.limbs > 0);
  REQUIRE(total.quire > 0);
}

TEST_CASE("posit inference: limbs rebuild every fixed-point value", "[models][posit]") {
  std::uint64_t wrong = 0;
  std::uint64_t two = 0;
  for (std::int64_t magnitude = 1; magnitude < std::int64_t{1} << 54; magnitude = magnitude * 3 / 2 + 1) {
    for (const std::int64_t x : {magnitude, -magnitude, magnitude - 1}) {
      const auto limbs = fast::split_limbs(x);
      wrong += limbs[0] + limbs[1] * (std::int64_t{1} << fast::kLimbBits) != x ? 1U : 0U;
      wrong += limbs[0] < -(1 << 23) || limbs[0] >= 1 << 23 ? 1U : 0U;
      two += limbs[1] != 0 ? 1U : 0U;
    }
  }
  REQUIRE(wrong == 0);
  REQUIRE(two > 50);
}

TEST_CASE("posit inference: a length other than all bits is refused", "[models][posit][negative]") {
  const QuantizedNetwork network = test::make_posit_network(1, {8, 1});
  REQUIRE_THROWS_WITH(FastInference(network, 7), "truncation: found 7; allowed: 8, all bits of a posit");
}

TEST_CASE("posit inference: average pooling is refused by name", "[models][posit][negative]") {
  QuantizedNetwork network = test::make_posit_network(1, {8, 1});
  network.graph.layers[1].op = LayerOp::kAvgPool;
  REQUIRE_THROWS_WITH(fast::PositPlan(network, SimdLevel::kPortable),
                      Catch::Contains("layer 'identity'") && Catch::Contains("avg_pool"));
}

}  // namespace absim::models
