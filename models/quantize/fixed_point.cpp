// SPDX-License-Identifier: Apache-2.0
#include "models/quantize/fixed_point.hpp"

#include <cmath>
#include <limits>
#include <optional>

#include "models/core/error.hpp"

namespace absim::models {
namespace {

bool fits(double value, unsigned bits) {
  return std::fabs(value) <= std::ldexp(1.0, static_cast<int>(bits) - 1) - 1.0;
}

std::optional<FixedPostproc> try_shift(const RealPostproc& real, unsigned shift) {
  FixedPostproc fixed;
  fixed.shift = shift;
  const auto scaled = [&](double value) { return std::ldexp(value, static_cast<int>(shift)); };
  for (std::size_t c = 0; c < real.gain.size(); ++c) {
    const double multiplier = std::round(scaled(real.gain[c]));
    const double offset = std::round(scaled(real.offset[c]) - multiplier * real.centre[c]);
    if (!fits(multiplier, kMultiplierBits) || !fits(offset, kOffsetBits)) return std::nullopt;
    fixed.multiplier.push_back(static_cast<std::int16_t>(multiplier));
    fixed.offset.push_back(static_cast<std::int64_t>(offset));
  }
  const double residual_gain = std::round(scaled(real.residual_gain));
  if (!fits(residual_gain, kResidualGainBits)) return std::nullopt;
  fixed.residual_gain = static_cast<std::int32_t>(residual_gain);
  return fixed;
}

}  // namespace

FixedPostproc to_fixed_point(const RealPostproc& real, const std::string& where) {
  for (unsigned shift = kMaxShift + 1; shift-- > 0;) {
    if (std::optional<FixedPostproc> fixed = try_shift(real, shift)) return *fixed;
  }
  throw ConfigError(where + ": gains or offsets too large for fixed point; at most " +
                    std::to_string(kMultiplierBits) + "-bit multipliers and " +
                    std::to_string(kOffsetBits) + "-bit offsets are allowed");
}

std::int64_t lowest(ElementType type) {
  switch (type) {
    case ElementType::kU8:
      return 0;
    case ElementType::kS8:
      return std::numeric_limits<std::int8_t>::min();
    case ElementType::kS16:
      return std::numeric_limits<std::int16_t>::min();
    case ElementType::kS32:
      return std::numeric_limits<std::int32_t>::min();
    case ElementType::kPosit8:
    case ElementType::kPosit16:
      break;
  }
  throw InvariantError("element type out of range");
}

std::int64_t highest(ElementType type) {
  switch (type) {
    case ElementType::kU8:
      return std::numeric_limits<std::uint8_t>::max();
    case ElementType::kS8:
      return std::numeric_limits<std::int8_t>::max();
    case ElementType::kS16:
      return std::numeric_limits<std::int16_t>::max();
    case ElementType::kS32:
      return std::numeric_limits<std::int32_t>::max();
    case ElementType::kPosit8:
    case ElementType::kPosit16:
      break;
  }
  throw InvariantError("element type out of range");
}

}  // namespace absim::models
