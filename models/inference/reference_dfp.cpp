// SPDX-License-Identifier: Apache-2.0
// Dynamic fixed point in plain loops: one integer dot product and one rounding an output.
#include <limits>

#include "models/core/error.hpp"
#include "models/formats/dfp.hpp"
#include "models/inference/reference_layer.hpp"

namespace absim::models {
namespace {

IntegerRange range_of(ElementType type) {
  switch (type) {
    case ElementType::kU8:
      return {0, 255};
    case ElementType::kS8:
      return {-128, 127};
    case ElementType::kS32:
      return {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
    case ElementType::kS16:
    case ElementType::kPosit8:
    case ElementType::kPosit16:
      break;
  }
  throw InvariantError("check_network allows no such output of a DFP layer");
}

}  // namespace

std::int32_t reference_residual(const QuantizedNetwork& network, const Layer& layer,
                                const TensorMap& tensors, std::size_t y, std::size_t x,
                                std::size_t channel) {
  if (!layer.residual) return 0;
  const Residual& residual = *layer.residual;
  const MapShape shape = tensor_shape(network.graph, residual.tensor);
  if (channel < residual.channel_offset || channel - residual.channel_offset >= shape.channels) {
    return 0;
  }
  const std::size_t pixel = y * residual.stride * shape.width + x * residual.stride;
  return tensors.at(residual.tensor)[pixel * shape.channels + channel - residual.channel_offset];
}

IntMap reference_dfp_layer(const QuantizedNetwork& network, std::size_t index,
                           const TensorMap& tensors) {
  const Layer& layer = network.graph.layers[index];
  const LayerValues& values = network.values[index];
  const PostprocParams& params = params_at(network, index, network.bits);
  const IntMap& in = tensors.at(layer.input);
  const IntegerRange range = range_of(values.output);
  IntMap out;
  for (std::size_t y = 0; y < layer.out.height; ++y) {
    for (std::size_t x = 0; x < layer.out.width; ++x) {
      for (std::size_t c = 0; c < layer.out.channels; ++c) {
        std::int64_t sum = params.offset[c];
        for_each_product(layer, y, x, c, [&](std::size_t a, std::size_t w) {
          const auto weight = static_cast<std::int8_t>(values.codes[w]);
          sum += std::int64_t{weight} * in[a];
        });
        sum += std::int64_t{reference_residual(network, layer, tensors, y, x, c)} *
               params.residual_gain;
        ABSIM_CHECK(sum >= std::numeric_limits<std::int32_t>::min() &&
                        sum <= std::numeric_limits<std::int32_t>::max(),
                    "a sum has 32 bits; check_network proves it");
        out.push_back(sdfp_shift(static_cast<std::int32_t>(sum), static_cast<int>(params.shift),
                                 network.rounding, range));
      }
    }
  }
  return out;
}

}  // namespace absim::models
