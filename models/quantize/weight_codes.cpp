// SPDX-License-Identifier: Apache-2.0
#include "models/quantize/weight_codes.hpp"

#include <algorithm>
#include <cmath>

#include "models/formats/bwb.hpp"
#include "models/formats/twos_complement.hpp"

namespace absim::models {
namespace {

std::uint8_t encode(WeightFormat format, unsigned bits, double weight, double scale) {
  switch (format) {
    case WeightFormat::kBwb:
      return bwb::encode(weight, scale, bits);
    case WeightFormat::kTwosComplement:  // to nearest: half a step more than floor
      return twos_complement::encode(weight + std::ldexp(scale, -static_cast<int>(bits)), scale,
                                     bits);
    case WeightFormat::kDfp:
    case WeightFormat::kPosit:
      break;
  }
  throw InvariantError("weights of this format are coded elsewhere");
}

}  // namespace

CodedWeights code_weights(const std::vector<float>& weights, std::size_t outputs,
                          const QuantizeOptions& options) {
  const std::size_t groups = options.scale == ScaleMode::kPerChannel ? outputs : 1;
  const std::size_t size = weights.size() / groups;
  // One step of two's complement at t = B is s * 2^-(B-1): twice that of W_t * 2^-t.
  const double full_scale = options.format == WeightFormat::kBwb ? 1.0 : 2.0;
  CodedWeights coded;
  for (std::size_t g = 0; g < groups; ++g) {
    double largest = 0.0;
    for (std::size_t i = g * size; i < (g + 1) * size; ++i)
      largest = std::max(largest, std::fabs(double{weights[i]}));
    if (largest == 0.0)
      largest = 1e-30;  // BWB has no zero: the codes mean +-1, the scale makes them vanish
    for (std::size_t i = g * size; i < (g + 1) * size; ++i) {
      coded.codes.push_back(encode(options.format, options.bits, weights[i], largest));
    }
    coded.scale.push_back(full_scale * largest);
  }
  return coded;
}

std::vector<double> fit_alpha(const std::vector<float>& weights, std::size_t outputs,
                              const CodedWeights& coded, WeightFormat format, unsigned bits,
                              unsigned truncation) {
  const std::size_t groups = coded.scale.size();
  const std::size_t size = weights.size() / groups;
  ABSIM_CHECK(groups == 1 || groups == outputs, "a scale for the layer or for each channel");
  std::vector<double> alpha;
  for (std::size_t g = 0; g < groups; ++g) {
    const double step = std::ldexp(coded.scale[g], -static_cast<int>(truncation));
    double cross = 0.0;
    double square = 0.0;
    for (std::size_t i = g * size; i < (g + 1) * size; ++i) {
      const double value = step * truncated_weight(format, bits, truncation, coded.codes[i]);
      cross += value * weights[i];
      square += value * value;
    }
    alpha.push_back(square > 0.0 ? cross / square : 1.0);
  }
  return alpha;
}

}  // namespace absim::models
