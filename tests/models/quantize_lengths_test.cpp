// SPDX-License-Identifier: Apache-2.0
// Networks that were trained with values of their own for single truncation lengths.
#include <catch2/catch.hpp>

#include <random>
#include <vector>

#include "models/core/error.hpp"
#include "models/quantize/quantize.hpp"
#include "tests/models/float_networks.hpp"
#include "tests/support/message_of.hpp"

namespace absim::models::test {

TEST_CASE("quantize takes a length's own trained values at that length only", "[quantize]") {
  const Graph graph = post_activation_graph();
  TensorFile common = random_weights(graph, 5);
  QuantizeOptions options;
  options.reestimate_batch_norm = false;
  options.calibration_images = 24;
  const ImageSet images = random_images(graph.input.shape, 24, graph.classes, 6);
  const auto run = [&](const TensorFile& file) {
    return quantize(make_float_network(graph, file, "random"), images, options);
  };
  // What length 3 owns is what the common values are in `other`.
  TensorFile other = common;
  TensorFile own = common;
  std::mt19937_64 random(8);
  for (const Layer& layer : graph.layers) {
    if (!layer.batch_norm.empty()) {
      add_batch_norm(other, layer.batch_norm, layer.out.channels, random);
      for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"})
        own.tensors[at_length(layer.batch_norm, 3) + part] =
            other.tensors.at(layer.batch_norm + part);
    }
    if (!layer.bias.empty()) {
      add_tensor(other, layer.bias, {layer.out.channels}, 0.3F, 0.0F, random);
      own.tensors[at_length(layer.bias, 3)] = other.tensors.at(layer.bias);
    }
  }
  const QuantizedNetwork with_common = run(common);
  const QuantizedNetwork with_other = run(other);
  const QuantizedNetwork with_own = run(own);
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    CAPTURE(graph.layers[i].name);
    if (!graph.layers[i].has_weights()) continue;
    REQUIRE(with_own.values[i].postproc[2].multiplier ==
            with_other.values[i].postproc[2].multiplier);
    if (!graph.layers[i].batch_norm.empty())
      REQUIRE(with_own.values[i].postproc[2].offset == with_other.values[i].postproc[2].offset);
    for (const std::size_t t : {1U, 3U, 7U}) {  // lengths 2, 4, 8
      REQUIRE(with_own.values[i].postproc[t].multiplier ==
              with_common.values[i].postproc[t].multiplier);
      REQUIRE(with_own.values[i].postproc[t].offset == with_common.values[i].postproc[t].offset);
    }
    REQUIRE(with_common.values[i].postproc[2].offset != with_other.values[i].postproc[2].offset);
  }
  // A factor of the weights multiplies the gain; a full scale replaces the largest magnitude.
  TensorFile scaled = common;
  scaled.tensors["head.weight_alpha.t3"] = make_tensor<float>({1}, std::vector<float>{0.5F});
  scaled.tensors["stem.weight_scale"] = make_tensor<float>({1}, std::vector<float>{8.0F});
  const QuantizedNetwork with_scale = run(scaled);
  REQUIRE(with_scale.values[0].weight_scale == std::vector<double>{8.0});
  REQUIRE(with_scale.values.back().postproc[2].multiplier !=
          with_common.values.back().postproc[2].multiplier);
  scaled.tensors["stem.weight_scale"] = make_tensor<float>({1}, std::vector<float>{0.0F});
  REQUIRE_THAT(absim::test::message_of<absim::FormatError>([&] { run(scaled); }),
               Catch::Matchers::Contains("stem.weight_scale: a scale of"));
}

}  // namespace absim::models::test
