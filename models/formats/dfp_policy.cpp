// SPDX-License-Identifier: Apache-2.0
// The shared exponent of a tensor. Loops over its values are those of kernels/; sums are taken in
// the order of the values, so that no instruction set changes a choice.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "models/core/error.hpp"
#include "models/formats/dfp.hpp"
#include "models/formats/kernels/round_kernels.hpp"

namespace absim::models {
namespace {

constexpr int kFinest = -32;  // beta of kOverflowRate
constexpr std::size_t kBlock = 1024;

float largest_magnitude(Span<const float> values) {
  const std::uint32_t bits = rounding::best_round_kernels().largest(values.data(), values.size());
  float largest = 0;
  std::memcpy(&largest, &bits, sizeof largest);
  ABSIM_CHECK(std::isfinite(largest), "dfp_exponent: finite values are needed");
  return largest;
}

int exponent_of(float largest, unsigned bits) {
  return std::ilogb(largest) - static_cast<int>(bits) + 2;
}

rounding::DfpTask task_of(Span<const float> values, int exponent, IntegerRange range) {
  rounding::DfpTask task;
  task.in = values.data();
  task.count = values.size();
  task.step = dfp_decode(1, exponent);
  task.inverse = dfp_decode(1, -exponent);
  task.low = range.low;
  task.high = range.high;
  return task;
}

/// Squared errors of the exponents first, first + 1, ..., added up side by side: a sum waits for
/// its last addition, so one alone would leave the machine idle.
std::vector<double> squared_errors(Span<const float> values, int first, std::size_t exponents,
                                   IntegerRange range) {
  std::vector<double> sums(exponents);
  std::vector<double> errors(exponents * kBlock);
  for (std::size_t at = 0; at < values.size(); at += kBlock) {
    const std::size_t count = std::min(kBlock, values.size() - at);
    for (std::size_t e = 0; e < exponents; ++e) {
      const rounding::DfpTask task =
          task_of(values.subspan(at, count), first + static_cast<int>(e), range);
      rounding::best_round_kernels().dfp_errors(task, errors.data() + e * kBlock);
    }
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t e = 0; e < exponents; ++e) sums[e] += errors[e * kBlock + i];
    }
  }
  return sums;
}

int least_error_beta(Span<const float> values, int base, IntegerRange range,
                     const DfpPolicyConfig& config) {
  if (config.beta_low > config.beta_high) return config.beta_high;
  const std::vector<double> errors =
      squared_errors(values, base + config.beta_low,
                     static_cast<std::size_t>(config.beta_high - config.beta_low) + 1, range);
  // Backwards: of equal errors the larger beta's.
  const auto least = std::min_element(errors.rbegin(), errors.rend());
  return config.beta_high - static_cast<int>(least - errors.rbegin());
}

int overflow_beta(Span<const float> values, int base, IntegerRange range, double rate) {
  const double allowed = rate * static_cast<double>(values.size());
  const auto saturated = [&](int beta) {
    const rounding::DfpTask task = task_of(values, base + beta, range);
    return static_cast<double>(rounding::best_round_kernels().dfp_saturated(task));
  };
  // With one step more than the maximum's nothing saturates; each finer step saturates more.
  int beta = 1;
  while (beta > kFinest && saturated(beta - 1) <= allowed) --beta;
  return beta;
}

}  // namespace

int dfp_exponent(Span<const float> values, unsigned bits, int all_zero) {
  const float largest = largest_magnitude(values);
  return largest == 0.0F ? all_zero : exponent_of(largest, bits);
}

DfpExponent choose_dfp_exponent(Span<const float> values, unsigned bits, IntegerRange range,
                                const DfpPolicyConfig& config, int all_zero) {
  const float largest = largest_magnitude(values);
  if (largest == 0.0F) return {all_zero, 0};
  const int base = exponent_of(largest, bits);
  const auto moved = [&](int beta) { return DfpExponent{base + beta, beta}; };
  switch (config.policy) {
    case DfpPolicy::kMaximum:
      return moved(0);
    case DfpPolicy::kConstant:
      return moved(config.beta);
    case DfpPolicy::kMinimumError:
      return moved(least_error_beta(values, base, range, config));
    case DfpPolicy::kOverflowRate:
      return moved(overflow_beta(values, base, range, config.rate));
  }
  throw InvariantError("exponent policy out of range");
}

}  // namespace absim::models
