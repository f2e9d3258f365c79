// SPDX-License-Identifier: Apache-2.0
// The posit scale by formula: J. Lu et al., "Evaluations on deep neural networks training using
// posit number system", IEEE Trans. Computers 70(2), 2021: 2^(center + sigma), where center is the
// mean of log2 |x|, rounded.
#include "models/quantize/tensor_coder.hpp"

#include <algorithm>
#include <cmath>

namespace absim::models {
namespace {

constexpr int kSearch = 8;                // exponents tried on each side of the formula's
constexpr std::size_t kSample = 1 << 16;  // values that a posit scale is tried on

/// round(mean(log2 |x|)) of the values that are not zero.
int center_of(Span<const float> sample) {
  double sum = 0.0;
  std::size_t count = 0;
  for (const float value : sample) {
    if (value == 0.0F) continue;
    sum += std::log2(std::fabs(static_cast<double>(value)));
    ++count;
  }
  return count == 0 ? 0 : static_cast<int>(std::lround(sum / static_cast<double>(count)));
}

}  // namespace

IntegerRange integer_range(TensorRole role) {
  switch (role) {
    case TensorRole::kWeights:
      return {-kDfpWeightMax, kDfpWeightMax};
    case TensorRole::kSigned:
      return {-128, 127};
    case TensorRole::kRelu:
      return {0, 255};
  }
  throw InvariantError("tensor role out of range");
}

TensorExponent TensorCoder::choose(Span<const float> sample, TensorRole role) const {
  if (options_.format == WeightFormat::kPosit) return {posit_exponent(sample), 0};
  // Codes after ReLU have no sign: one bit more for the magnitude.
  const unsigned bits = role == TensorRole::kRelu ? kDfpBits + 1 : kDfpBits;
  const DfpExponent found = choose_dfp_exponent(sample, bits, integer_range(role), options_.exponents);
  return {found.exponent, found.beta};
}

std::int32_t TensorCoder::encode(double value, int exponent, TensorRole role) const {
  if (options_.format == WeightFormat::kPosit) {
    const double scaled =
        std::ldexp(role == TensorRole::kRelu ? std::max(value, 0.0) : value, -exponent);
    return posit_signed(options_.posit, posit_from_double(options_.posit, scaled));
  }
  const Rounding rounding =
      role == TensorRole::kWeights ? Rounding::kNearestEven : options_.rounding;
  return dfp_encode(static_cast<float>(value), exponent, integer_range(role), rounding);
}

double TensorCoder::decode(std::int32_t code, int exponent) const {
  if (options_.format == WeightFormat::kPosit) {
    return std::ldexp(posit_to_double(options_.posit, posit_from_signed(options_.posit, code)),
                      exponent);
  }
  return dfp_decode(code, exponent);
}

double TensorCoder::squared_error(Span<const float> sample, int exponent) const {
  double sum = 0.0;
  const std::size_t step = std::max<std::size_t>(1, sample.size() / kSample);
  for (std::size_t i = 0; i < sample.size(); i += step) {
    const double value = sample[i];
    const double error = value - decode(encode(value, exponent, TensorRole::kSigned), exponent);
    sum += error * error;
  }
  return sum;
}

int TensorCoder::posit_exponent(Span<const float> sample) const {
  if (options_.posit_scale == PositScale::kNone) return 0;
  const int formula = center_of(sample) + options_.posit_sigma;
  if (options_.posit_scale == PositScale::kFormula) return formula;
  int best = formula;
  double least = squared_error(sample, formula);
  for (int exponent = formula - kSearch; exponent <= formula + kSearch; ++exponent) {
    const double error = squared_error(sample, exponent);
    if (error < least) {
      least = error;
      best = exponent;
    }
  }
  return best;
}

}  // namespace absim::models
