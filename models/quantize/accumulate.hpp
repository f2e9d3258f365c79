// SPDX-License-Identifier: Apache-2.0
// Exact integer accumulators of one layer, for many images: the inner loop of calibration.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/core/span.hpp"
#include "models/network/graph.hpp"

namespace absim::models {

/// Weights of one layer prepared for repeated use; immutable, so threads may share it.
class LayerAccumulator {
 public:
  /// weights: [Cout][Kh][Kw][Cin], |w| <= 255. A kLinear layer is computed pixel by pixel, as the
  /// 1x1 convolution it is before its average.
  LayerAccumulator(const Layer& layer, const std::vector<std::int32_t>& weights);

  /// Shape of the accumulators: the layer's output, or for kLinear its input's pixels.
  [[nodiscard]] const MapShape& shape() const { return shape_; }

  struct Scratch {
    std::vector<std::int16_t> padded;
    std::vector<std::int32_t> sums;
  };

  /// in: activation codes of one image, -128..255, NHWC. out: shape().elements() accumulators.
  void run(Span<const std::int16_t> in, Span<std::int32_t> out, Scratch& scratch) const;

 private:
  Layer layer_;
  MapShape shape_;
  std::size_t padded_channels_;
  std::vector<std::int16_t> packed_;  // [channel block][kernel row][run / 2][16 channels][2]
};

}  // namespace absim::models
