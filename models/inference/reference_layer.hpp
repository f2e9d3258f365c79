// SPDX-License-Identifier: Apache-2.0
// Layers with weights of bit-parallel formats, in plain loops; the walk is in reference.cpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/inference/inference.hpp"

namespace absim::models {

/// Calls visit(input element, weight index) for every product of one output element: the pixels
/// under the window that lie inside the map. Weight codes: [Cout][Kh][Kw][Cin].
template <typename Visit>
void for_each_product(const Layer& layer, std::size_t y, std::size_t x, std::size_t channel,
                      const Visit& visit) {
  for (std::size_t ky = 0; ky < layer.kernel_h; ++ky) {
    for (std::size_t kx = 0; kx < layer.kernel_w; ++kx) {
      const std::size_t row = y * layer.stride + ky;  // in padded coordinates
      const std::size_t column = x * layer.stride + kx;
      if (row < layer.pad.top || row - layer.pad.top >= layer.in.height) continue;
      if (column < layer.pad.left || column - layer.pad.left >= layer.in.width) continue;
      const std::size_t pixel = (row - layer.pad.top) * layer.in.width + column - layer.pad.left;
      const std::size_t kernel =
          layer.shared_kernel() ? channel : (channel * layer.kernel_h + ky) * layer.kernel_w + kx;
      for (std::size_t c = 0; c < layer.in.channels; ++c) {
        visit(pixel * layer.in.channels + c, kernel * layer.in.channels + c);
      }
    }
  }
}

/// The residual's value that belongs to an output element; 0 where there is none.
std::int32_t reference_residual(const QuantizedNetwork& network, const Layer& layer,
                                const TensorMap& tensors, std::size_t y, std::size_t x,
                                std::size_t channel);

/// Output of one layer of dynamic fixed point: clamp(round((dot + offset + residual * gain) *
/// 2^-shift)).
IntMap reference_dfp_layer(const QuantizedNetwork& network, std::size_t index,
                           const TensorMap& tensors);

/// Output of one posit layer: the exact sum of products, offset and residual, rounded once.
IntMap reference_posit_layer(const QuantizedNetwork& network, std::size_t index,
                             const TensorMap& tensors);

}  // namespace absim::models
