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

double largest_magnitude(Span<const float> weights) {
  double largest = 0.0;
  for (const float weight : weights) largest = std::max(largest, std::fabs(double{weight}));
  // BWB has no zero: the codes mean +-1, the scale makes them vanish.
  return largest > 0.0 ? largest : 1e-30;
}

}  // namespace

std::vector<double> full_scales(Span<const float> weights, std::size_t outputs, ScaleMode mode) {
  const std::size_t groups = mode == ScaleMode::kPerChannel ? outputs : 1;
  const std::size_t size = weights.size() / groups;
  std::vector<double> scales;
  for (std::size_t g = 0; g < groups; ++g)
    scales.push_back(largest_magnitude(weights.subspan(g * size, size)));
  return scales;
}

CodedWeights code_weights(Span<const float> weights, std::size_t outputs,
                          const QuantizeOptions& options, const std::vector<float>& full_scale) {
  std::vector<double> full(full_scale.begin(), full_scale.end());
  if (full.empty()) full = full_scales(weights, outputs, options.scale);
  ABSIM_CHECK(full.size() == 1 || full.size() == outputs, "a scale for the layer or each channel");
  const std::size_t size = weights.size() / full.size();
  // One step of two's complement at t = B is s * 2^-(B-1): twice that of W_t * 2^-t.
  const double step_scale = options.format == WeightFormat::kBwb ? 1.0 : 2.0;
  CodedWeights coded;
  coded.codes.reserve(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i)
    coded.codes.push_back(encode(options.format, options.bits, weights[i], full[i / size]));
  for (const double scale : full) coded.scale.push_back(step_scale * scale);
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
