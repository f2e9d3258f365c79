// SPDX-License-Identifier: Apache-2.0
// Real gains and offsets to the integer parameters of the post-processing step, and that step
// itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/network/dump.hpp"

namespace absim::models {

/// y = gain[c] * (x - centre[c]) + offset[c] + residual_gain * residual, in steps of the output.
/// The centre is where the integer form is exact: the mean of x, so that rounding the gain moves no
/// mean.
struct RealPostproc {
  std::vector<double> gain;
  std::vector<double> centre;
  std::vector<double> offset;
  double residual_gain = 0.0;
};

struct FixedPostproc {
  std::vector<std::int16_t> multiplier;
  std::vector<std::int64_t> offset;
  std::int32_t residual_gain = 0;
  unsigned shift = 0;

  /// Before the clamp: round half up of the exact sum.
  [[nodiscard]] std::int64_t apply(std::size_t channel, std::int64_t x,
                                   std::int64_t residual) const {
    const std::int64_t half = shift == 0 ? 0 : std::int64_t{1} << (shift - 1);
    return (x * multiplier[channel] + offset[channel] + residual * residual_gain + half) >> shift;
  }
};

/// The largest shift for which every parameter fits its width, so the finest resolution. Throws
/// ConfigError beginning with `where` if none does.
FixedPostproc to_fixed_point(const RealPostproc& real, const std::string& where);

/// Smallest and largest code of a type.
std::int64_t lowest(ElementType type);
std::int64_t highest(ElementType type);

}  // namespace absim::models
