// SPDX-License-Identifier: Apache-2.0
// Reference inference equals an independent dot-product form, tensor by tensor, at every truncation
// length.
#include <catch2/catch.hpp>

#include <limits>

#include "models/core/error.hpp"
#include "models/inference/inference.hpp"
#include "tests/support/message_of.hpp"
#include "tests/support/network_builder.hpp"
#include "tests/support/oracle.hpp"
#include "tests/support/test_networks.hpp"

using namespace absim;
using namespace absim::models;
using namespace absim::test;

namespace {

/// Every tensor of `images` random images at every t equals the oracle's.
void check_against_oracle(const QuantizedNetwork& network, std::size_t images) {
  std::size_t compared = 0;
  for (unsigned t = 1; t <= network.bits; ++t) {
    for (std::uint64_t seed = 0; seed < images; ++seed) {
      const std::vector<std::uint8_t> pixels = random_image(network, seed);
      const TensorMap found = infer_reference(network, t, pixels);
      const TensorMap expected = oracle_infer(network, t, pixels);
      REQUIRE(found.size() == expected.size());
      for (const auto& [name, map] : expected) {
        CAPTURE(network.graph.name, t, seed, name);
        REQUIRE(found.at(name) == map);
        compared += map.size();
      }
    }
  }
  REQUIRE(compared > 1000);
}

struct Range {
  std::int32_t low;
  std::int32_t high;
};

Range range_of(ElementType type) {
  switch (type) {
    case ElementType::kU8:
      return {0, 255};
    case ElementType::kS8:
      return {-128, 127};
    case ElementType::kS16:
      return {-32768, 32767};
    case ElementType::kS32:
    case ElementType::kPosit8:
    case ElementType::kPosit16:
      break;
  }
  return {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
}

}  // namespace

TEST_CASE("reference equals dot products on awkward networks at every t",
          "[models][reference][random]") {
  for (const WeightFormat format : {WeightFormat::kBwb, WeightFormat::kTwosComplement}) {
    check_against_oracle(make_awkward_network(7, format), 2);
    check_against_oracle(make_pool_network(8, format), 2);
  }
}

TEST_CASE("reference equals dot products for every weight width", "[models][reference][random]") {
  for (unsigned bits = 1; bits <= 7; ++bits) {
    for (const WeightFormat format : {WeightFormat::kBwb, WeightFormat::kTwosComplement}) {
      check_against_oracle(make_awkward_network(bits, format, bits), 1);
    }
  }
}

TEST_CASE("test networks use the range of their activations", "[models][reference][random]") {
  for (const WeightFormat format : {WeightFormat::kBwb, WeightFormat::kTwosComplement}) {
    for (const QuantizedNetwork& network :
         {make_awkward_network(7, format), make_pool_network(8, format)}) {
      std::size_t saturated_maps = 0;
      for (unsigned t = 1; t <= network.bits; ++t) {
        const TensorMap tensors = infer_reference(network, t, random_image(network, 3));
        for (const auto& [name, map] : tensors) {
          CAPTURE(network.graph.name, t, name);
          const Range range = range_of(tensor_type(network, name));
          std::size_t at_ends = 0;
          for (const std::int32_t value : map) at_ends += value == range.low || value == range.high;
          CHECK(at_ends * 2 < map.size());  // most values lie strictly inside
          const auto [low, high] = std::minmax_element(map.begin(), map.end());
          CHECK(static_cast<std::int64_t>(*high) - *low >= 60);
          saturated_maps += at_ends > 0;
        }
      }
      CHECK(saturated_maps > 20);  // clamping is reached as well
    }
  }
}

TEST_CASE("test networks are the same at every call and differ by seed", "[models][reference]") {
  const QuantizedNetwork a = make_awkward_network(7, WeightFormat::kBwb);
  const QuantizedNetwork b = make_awkward_network(7, WeightFormat::kBwb);
  const QuantizedNetwork c = make_awkward_network(9, WeightFormat::kBwb);
  REQUIRE(a.values.size() == 11);
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    CHECK(a.values[i].codes == b.values[i].codes);
    CHECK(a.values[i].codes != c.values[i].codes);
    CHECK(a.values[i].postproc[3].offset == b.values[i].postproc[3].offset);
  }
}

TEST_CASE("average pooling rounds halves up, also below zero", "[models][reference]") {
  NetworkBuilder builder("halves", {1, 2, 1}, 1, WeightFormat::kBwb, 1);
  NetworkBuilder::Spec mean;
  mean.name = "mean";
  mean.op = LayerOp::kAvgPool;
  mean.kernel_w = 2;
  builder.add(mean);
  QuantizedNetwork network = builder.add_linear("linear", 2).finish();
  for (int p = 0; p < 256; ++p)
    network.input_codes[static_cast<std::size_t>(p)] = static_cast<std::int16_t>(p - 128);
  const auto mean_of = [&](int a, int b) {
    const std::vector<std::uint8_t> pixels{static_cast<std::uint8_t>(a + 128),
                                           static_cast<std::uint8_t>(b + 128)};
    return infer_reference(network, 1, pixels).at("mean").at(0);
  };
  CHECK(mean_of(3, 4) == 4);
  CHECK(mean_of(-3, -4) == -3);
  CHECK(mean_of(-1, 0) == 0);
  CHECK(mean_of(-2, -1) == -1);
  CHECK(mean_of(-128, -128) == -128);
  CHECK(mean_of(127, 126) == 127);
}

TEST_CASE("an image of the wrong size is refused", "[models][reference][negative]") {
  const QuantizedNetwork network = make_pool_network(1);
  const std::vector<std::uint8_t> pixels(7);
  CHECK(message_of<FormatError>([&] { infer_reference(network, 1, pixels); }) ==
        "image: found 7 bytes; allowed: 12x10x3 = 360 for network 'pools'");
  const std::vector<std::uint8_t> right(360);
  CHECK_THROWS_AS(infer_reference(network, 0, right), InvariantError);
  CHECK_THROWS_AS(infer_reference(network, 9, right), InvariantError);
}

TEST_CASE("top-k: ties go to the lower class", "[models][reference]") {
  const std::vector<std::int32_t> logits{5, 9, 9, -3, 9, 2};
  CHECK(in_top_k(logits, 1, 1));
  CHECK_FALSE(in_top_k(logits, 2, 1));
  CHECK(in_top_k(logits, 2, 2));
  CHECK_FALSE(in_top_k(logits, 4, 2));
  CHECK(in_top_k(logits, 4, 3));
  CHECK(in_top_k(logits, 5, 5));
  CHECK_FALSE(in_top_k(logits, 3, 5));
  CHECK(in_top_k(logits, 3, 6));
}
