// SPDX-License-Identifier: Apache-2.0
#include "tests/support/posit_oracle.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace absim::test {
namespace {

using models::PositMode;
using models::PositRounding;
using models::PositUnderflow;

bool is_power_of_two(double x) {
  int exponent = 0;
  return std::frexp(x, &exponent) == 0.5;
}

/// The posit that one more bit puts between two positive ones.
double between(double low, double high) {
  if (is_power_of_two(low) && is_power_of_two(high) && high > 2 * low) {
    return std::ldexp(1.0, (std::ilogb(low) + std::ilogb(high)) / 2);
  }
  return (low + high) / 2;
}

/// From the nonnegative posits of n bits to those of n + 1.
std::vector<double> refine(const std::vector<double>& values, double useed) {
  std::vector<double> result;
  for (std::size_t i = 0; i < values.size(); ++i) {
    result.push_back(values[i]);
    if (i + 1 == values.size()) {
      result.push_back(values[i] * useed);  // before infinity
    } else if (i == 0) {
      result.push_back(values[1] / useed);
    } else {
      result.push_back(between(values[i], values[i + 1]));
    }
  }
  return result;
}

}  // namespace

PositOracle::PositOracle(models::PositFormat format) : format_(format) {
  const double useed = std::ldexp(1.0, 1 << format.es);
  values_ = {0.0, 1.0};  // two bits
  for (unsigned n = 2; n < format.n; ++n) values_ = refine(values_, useed);
  const std::vector<double> finer = refine(values_, useed);
  for (std::size_t i = 0; i < values_.size(); ++i) points_.push_back(finer[2 * i + 1]);
  for (const double x : values_) wide_values_.emplace_back(x);
  for (const double x : points_) wide_points_.emplace_back(x);
}

int PositOracle::max_exponent() const { return std::ilogb(values_.back()); }

unsigned PositOracle::sum_bits() const { return 4 * static_cast<unsigned>(max_exponent()) + 16; }

double PositOracle::value(Code code) const {
  if (code == nar()) return std::numeric_limits<double>::quiet_NaN();
  return code < nar() ? values_[code] : -values_[codes() - code];
}

PositOracle::Code PositOracle::signed_code(bool negative, Code magnitude) const {
  return negative && magnitude != 0 ? static_cast<Code>(codes() - magnitude) : magnitude;
}

template <typename Value>
PositOracle::Code PositOracle::round_magnitude(const Value& x, const std::vector<Value>& values,
                                               const std::vector<Value>& points,
                                               PositMode mode) const {
  if (!(x < values.back())) return maxpos();
  // values[low] <= x < values[low + 1]
  const auto above = std::upper_bound(values.begin(), values.end(), x);
  const auto low = static_cast<std::size_t>(above - values.begin()) - 1;
  if (low == 0) {  // 0 < x < minpos
    const bool below_half = x + x < values[1];
    return mode.underflow == PositUnderflow::kToZero && below_half ? Code{0} : Code{1};
  }
  if (mode.rounding == PositRounding::kTowardZero || x < points[low]) {
    return static_cast<Code>(low);
  }
  const std::size_t nearest = points[low] < x ? low + 1 : low + low % 2;
  return static_cast<Code>(nearest);
}

PositOracle::Code PositOracle::round(double x, PositMode mode) const {
  if (std::isnan(x) || std::isinf(x)) return nar();
  if (x == 0.0) return 0;
  return signed_code(x < 0, round_magnitude(std::fabs(x), values_, points_, mode));
}

PositOracle::Code PositOracle::round(const WideFixed& x, PositMode mode) const {
  if (x.is_zero()) return 0;
  return signed_code(x.negative(),
                     round_magnitude(x.magnitude(), wide_values_, wide_points_, mode));
}

PositOracle::Code PositOracle::add(Code a, Code b, PositMode mode) const {
  if (a == nar() || b == nar()) return nar();
  return round(WideFixed(value(a)) + WideFixed(value(b)), mode);
}

PositOracle::Code PositOracle::multiply(Code a, Code b, PositMode mode) const {
  if (a == nar() || b == nar()) return nar();
  return round(WideFixed(value(a) * value(b)), mode);
}

PositOracle::Code PositOracle::fma(Code a, Code b, Code c, PositMode mode) const {
  if (a == nar() || b == nar() || c == nar()) return nar();
  return round(WideFixed(value(a) * value(b)) + WideFixed(value(c)), mode);
}

WideFixed PositOracle::dot(const std::vector<Code>& a, const std::vector<Code>& b) const {
  WideFixed sum;
  for (std::size_t i = 0; i < a.size(); ++i) sum += WideFixed(value(a[i]) * value(b[i]));
  return sum;
}

WideFixed PositOracle::windowed_dot(const std::vector<Code>& a, const std::vector<Code>& b,
                                    const models::PositWindowConfig& window) const {
  const WideFixed saturated =
      WideFixed(std::ldexp(1.0, window.high)) + WideFixed(-std::ldexp(1.0, window.low));
  WideFixed sum;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double product = value(a[i]) * value(b[i]);
    const double magnitude = std::fabs(product);
    const WideFixed kept =
        magnitude >= std::ldexp(1.0, window.high)
            ? saturated
            : WideFixed(std::ldexp(std::floor(std::ldexp(magnitude, -window.low)), window.low));
    sum += product < 0 ? kept.negated() : kept;
  }
  return sum;
}

WideFixed PositOracle::in_units(const WideFixed& value) const {
  return value.scaled(2 * max_exponent());
}

WideFixed PositOracle::addend(const PositPost& post) const {
  const WideFixed offset(static_cast<double>(post.offset));  // 48 bits: exact
  const WideFixed residual(value(post.residual));
  return offset.scaled(static_cast<int>(post.offset_shift)) +
         in_units(residual).scaled(post.residual_exponent);
}

// Far outside the range of posits the sum is not scaled: it would not fit.
PositOracle::Code PositOracle::round_scaled(const WideFixed& units, int exponent,
                                            PositMode mode) const {
  if (units.is_zero()) return 0;
  const int scale = exponent - 2 * max_exponent();
  const int leading = units.leading() + scale;
  if (leading > max_exponent()) return signed_code(units.negative(), maxpos());
  if (leading < -max_exponent() - 2) {
    const bool to_zero = mode.underflow == PositUnderflow::kToZero;
    return to_zero ? Code{0} : signed_code(units.negative(), 1);
  }
  return round(units.scaled(scale), mode);
}

std::int32_t PositOracle::extended(Code code) const {
  return code < nar() ? std::int32_t{code} : code - static_cast<std::int32_t>(codes());
}

std::int32_t PositOracle::postprocess(const WideFixed& accumulator, const PositPost& post) const {
  if (post.residual == nar()) return extended(nar());
  const WideFixed sum = accumulator + addend(post);
  if (post.relu && sum.negative()) return 0;
  if (!post.is_s32) return extended(round_scaled(sum, post.out_exponent, post.mode));
  constexpr double kLow = -2147483648.0, kHigh = 2147483647.0;
  const int shift = static_cast<int>(post.shift);
  const WideFixed half(shift == 0 ? 0.0 : std::ldexp(1.0, shift - 1));
  const WideFixed result = (sum + half).scaled(-shift).floored();
  if (result < WideFixed(kLow)) return std::numeric_limits<std::int32_t>::min();
  if (WideFixed(kHigh) < result) return std::numeric_limits<std::int32_t>::max();
  std::uint32_t word = 0;
  for (int bit = 0; bit < 32; ++bit) word |= static_cast<std::uint32_t>(result.bit(bit)) << bit;
  return static_cast<std::int32_t>(word);
}

}  // namespace absim::test
