// SPDX-License-Identifier: Apache-2.0
#include "models/quantize/parallel_layer.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "models/core/error.hpp"

namespace absim::models {
namespace {

constexpr int kOffsetPrecisionBits = 46;  // of the largest posit offset, in 48
constexpr int kLogitBits = 26;
constexpr int kMaxResidualShift = 30;  // residual_gain has 32 bits

double largest_magnitude(const std::vector<double>& values) {
  double largest = 0.0;
  for (const double value : values) largest = std::max(largest, std::fabs(value));
  return largest;
}

}  // namespace

int least_dfp_output(const LayerExponents& exponents) { return exponents.sum(); }

PostprocParams dfp_params(const LayerExponents& exponents, const std::vector<double>& offset,
                          const std::string& where) {
  PostprocParams params;
  params.multiplier.assign(offset.size(), 1);
  for (const double value : offset) {
    const double steps = std::round(std::ldexp(value, -exponents.sum()));
    if (!(std::fabs(steps) < std::ldexp(1.0, 31))) {
      throw ConfigError(
          fmt::format("{}: an offset of {} steps; a DFP sum allows 32 bits", where, steps));
    }
    params.offset.push_back(static_cast<std::int64_t>(steps));
  }
  if (exponents.has_residual) {
    const int shift = exponents.residual - exponents.sum();
    if (shift < 0 || shift > kMaxResidualShift) {
      throw ConfigError(fmt::format(
          "{}: a residual of exponent {} beside sums of exponent {}; at most {} more is allowed, "
          "and not less",
          where, exponents.residual, exponents.sum(), kMaxResidualShift));
    }
    params.residual_gain = std::int32_t{1} << shift;
  }
  if (!exponents.is_logits) {
    const int shift = exponents.output - exponents.sum();
    if (shift < 0 || shift > static_cast<int>(kMaxDfpShift)) {
      throw ConfigError(
          fmt::format("{}: a shift of {}; 0 to {} are allowed", where, shift, kMaxDfpShift));
    }
    params.shift = static_cast<unsigned>(shift);
  }
  return params;
}

PostprocParams posit_params(PositFormat format, const LayerExponents& exponents,
                            const std::vector<double>& offset, double largest,
                            const std::string& where) {
  const int m = format.max_exponent();
  PostprocParams params;
  params.multiplier.assign(offset.size(), 1);
  const int to_units = 2 * m - exponents.sum();  // quire steps of a real 1: 2^to_units
  const double units = std::ldexp(largest_magnitude(offset), to_units);
  const int bits = units < 1.0 ? 0 : std::ilogb(units) + 1;
  const int shift = std::max(0, bits - kOffsetPrecisionBits);
  if (shift > static_cast<int>(kMaxPositShift)) {
    throw ConfigError(where + ": an offset beyond the quire; smaller ones are allowed");
  }
  params.offset_shift = static_cast<unsigned>(shift);
  for (const double value : offset) {
    params.offset.push_back(std::llround(std::ldexp(value, to_units - shift)));
  }
  if (exponents.has_residual) {
    params.residual_exponent = exponents.residual - exponents.sum();
    if (params.residual_exponent < -m) {
      throw ConfigError(
          fmt::format("{}: a residual of exponent {} beside sums of exponent {}; at "
                      "least {} is allowed",
                      where, exponents.residual, exponents.sum(), exponents.sum() - m));
    }
  }
  if (!exponents.is_logits) {
    params.out_exponent = exponents.sum() - exponents.output;
    return params;
  }
  const double sum = std::ldexp(largest, to_units);
  const int wanted = sum < 1.0 ? 0 : std::ilogb(sum) + 1 - kLogitBits;
  params.shift = static_cast<unsigned>(std::clamp(wanted, 0, static_cast<int>(kMaxPositShift)));
  return params;
}

int logit_exponent(const QuantizedNetwork& network, const LayerExponents& exponents,
                   const PostprocParams& params) {
  const int step = network.format == WeightFormat::kPosit
                       ? exponents.sum() - 2 * network.posit.max_exponent()
                       : exponents.sum();
  return step + static_cast<int>(params.shift);
}

}  // namespace absim::models
