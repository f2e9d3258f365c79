// SPDX-License-Identifier: Apache-2.0
// Posit layers in plain loops: every product into a quire, one rounding an output.
#include "models/formats/posit_accumulator.hpp"
#include "models/inference/reference_layer.hpp"

namespace absim::models {

IntMap reference_posit_layer(const QuantizedNetwork& network, std::size_t index,
                             const TensorMap& tensors) {
  const Layer& layer = network.graph.layers[index];
  const LayerValues& values = network.values[index];
  const PostprocParams& params = params_at(network, index, network.bits);
  const PositFormat format = network.posit;
  const IntMap& in = tensors.at(layer.input);
  PositQuire quire(format);
  IntMap out;
  for (std::size_t y = 0; y < layer.out.height; ++y) {
    for (std::size_t x = 0; x < layer.out.width; ++x) {
      for (std::size_t c = 0; c < layer.out.channels; ++c) {
        quire.clear();
        for_each_product(layer, y, x, c, [&](std::size_t a, std::size_t w) {
          quire.add_product(posit_from_signed(format, in[a]), values.codes[w]);
        });
        quire.add_units(params.offset[c], params.offset_shift);
        const std::int32_t residual = reference_residual(network, layer, tensors, y, x, c);
        if (residual != 0) {
          quire.add_posit(posit_from_signed(format, residual), params.residual_exponent);
        }
        if (values.output == ElementType::kS32) {
          out.push_back(quire.read_s32(params.shift));
          continue;
        }
        const std::int32_t code = posit_signed(format, quire.read(params.out_exponent));
        out.push_back(layer.relu && code < 0 ? 0 : code);
      }
    }
  }
  return out;
}

}  // namespace absim::models
