// SPDX-License-Identifier: Apache-2.0
// Float weights to codes, and the real value of one accumulator step.
#pragma once

#include <cstdint>
#include <vector>

#include "models/network/dump.hpp"
#include "models/quantize/quantize.hpp"

namespace absim::models {

struct CodedWeights {
  std::vector<std::uint8_t> codes;  // as in LayerValues
  std::vector<double> scale;        // [Cout] or [1]: value of W_t * 2^-t = 1
};

/// Full scale where none is given: the largest magnitude of each channel, [outputs], or of the
/// layer, [1]. More than 0.
std::vector<double> full_scales(Span<const float> weights, std::size_t outputs, ScaleMode mode);

/// Codes float weights [outputs][count / outputs]. Full scale is `full_scale`, [1] or [outputs];
/// where that is empty, full_scales() by options.scale.
CodedWeights code_weights(Span<const float> weights, std::size_t outputs,
                          const QuantizeOptions& options,
                          const std::vector<float>& full_scale = {});

/// Least-squares factor alpha of each channel ([outputs]) or of the layer ([1], as `scale` is): the
/// alpha that brings alpha * truncated weights closest to the float ones; 1 where the truncated
/// ones are all zero.
std::vector<double> fit_alpha(const std::vector<float>& weights, std::size_t outputs,
                              const CodedWeights& coded, WeightFormat format, unsigned bits,
                              unsigned truncation);

}  // namespace absim::models
