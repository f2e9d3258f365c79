// SPDX-License-Identifier: Apache-2.0
// Weights as the bit-serial core multiplies with them: truncated codes, or one bit.
#pragma once

#include <vector>

#include "models/quantize/quantize.hpp"
#include "models/train/coder.hpp"
#include "models/train/rounding.hpp"

namespace absim::models::train {

/// BWB weights of length t, scale * W_t * 2^-t, with the largest magnitude as full scale. The
/// gradient passes straight through.
class BwbCoder : public Coder {
 public:
  BwbCoder(ScaleMode scale, unsigned truncation);
  torch::Tensor weights(std::size_t layer, const torch::Tensor& w) override;

 private:
  ScaleMode scale_;
  unsigned truncation_;
  std::size_t outputs_ = 1;  // of the layer at hand
  Rounder round_;
};

/// Weights of length t with a full scale for each layer that does not change in training: the
/// centres (BWB) or lower ends (two's complement) of 2^t equal cells from -scale to scale.
class FixedScaleCoder : public Coder {
 public:
  /// `format`: kBwb or kTwosComplement. `full_scale`: [layers].
  FixedScaleCoder(WeightFormat format, std::vector<double> full_scale, unsigned truncation);
  torch::Tensor weights(std::size_t layer, const torch::Tensor& w) override;

 private:
  WeightFormat format_;
  std::vector<double> full_scale_;
  unsigned truncation_;
  double full_ = 1.0;  // of the layer at hand
  Rounder round_;
};

/// sign(w) * sqrt(2 / fan-in), sign(0) = +1 (McDonnell, ICLR 2018, equation 1). The gradient
/// passes without clipping.
class OneBitCoder : public Coder {
 public:
  OneBitCoder();
  torch::Tensor weights(std::size_t layer, const torch::Tensor& w) override;
  /// The constant of a weight tensor, [out][in]...
  static double constant(const torch::Tensor& w);

 private:
  float constant_ = 1.0F;  // of the layer at hand
  Rounder round_;
};

}  // namespace absim::models::train
