// SPDX-License-Identifier: Apache-2.0
// Codes of whole tensors in bit-parallel formats: the power of two that a tensor is scaled with,
// and rounding to its codes.
#pragma once

#include <cstdint>

#include "models/core/span.hpp"
#include "models/network/dump.hpp"
#include "models/quantize/quantize.hpp"

namespace absim::models {

enum class TensorRole {
  kWeights,
  kSigned,  ///< input, and outputs without ReLU
  kRelu,    ///< outputs after ReLU: at least 0
};

/// Codes that DFP allows in the role.
IntegerRange integer_range(TensorRole role);

class TensorCoder {
 public:
  explicit TensorCoder(const QuantizeOptions& options) : options_(options) {}

  /// The exponent for a sample of the tensor's values.
  [[nodiscard]] TensorExponent choose(Span<const float> sample, TensorRole role) const;
  /// round(value * 2^-exponent) in the format, within the role's range. Weights and the input are
  /// rounded to nearest, ties to even; outputs as the network rounds.
  [[nodiscard]] std::int32_t encode(double value, int exponent, TensorRole role) const;
  [[nodiscard]] double decode(std::int32_t code, int exponent) const;

 private:
  [[nodiscard]] int posit_exponent(Span<const float> sample) const;
  [[nodiscard]] double squared_error(Span<const float> sample, int exponent) const;

  const QuantizeOptions& options_;
};

}  // namespace absim::models
