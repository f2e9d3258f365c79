// SPDX-License-Identifier: Apache-2.0
#include "models/formats/dfp.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "models/core/error.hpp"

namespace absim::models {
namespace {

constexpr int kAccBits = 32;
constexpr unsigned kRandomBits = 16;

struct Rounded {
  std::int64_t value = 0;
  bool underflow = false;
};

/// Rounds floor + fraction to an integer, where fraction lies in [0, 1), is compared with one half
/// through `half` (-1 below, 0 equal, 1 above) and is zero where `exact`.
std::int64_t round_up(std::int64_t floor, bool negative, bool exact, int half, Rounding rounding) {
  switch (rounding) {
    case Rounding::kNearestEven:
      return half > 0 || (half == 0 && floor % 2 != 0) ? 1 : 0;
    case Rounding::kHalfAway:
      return half > 0 || (half == 0 && !negative) ? 1 : 0;
    case Rounding::kHalfUp:
      return half >= 0 ? 1 : 0;
    case Rounding::kTowardZero:
      return negative && !exact ? 1 : 0;
    case Rounding::kFloor:
    case Rounding::kStochastic:
      break;
  }
  return 0;
}

std::int32_t clamp_and_count(std::int64_t value, bool was_zero, IntegerRange range,
                             DfpCounters* counters) {
  const std::int64_t clamped = std::clamp<std::int64_t>(value, range.low, range.high);
  if (counters != nullptr) {
    ++counters->values;
    counters->saturated += clamped != value ? 1U : 0U;
    counters->underflowed += value == 0 && !was_zero ? 1U : 0U;
  }
  return static_cast<std::int32_t>(clamped);
}

/// floor(acc / 2^shift) and what was discarded; shift >= 1.
std::int64_t shift_right(std::int64_t acc, int shift, Rounding rounding, std::uint32_t random) {
  // Beyond these nothing but sign and "not zero" is left; the stochastic mode still sees 16 bits.
  shift = std::min(shift, rounding == Rounding::kStochastic ? kAccBits + 15 : kAccBits + 1);
  const std::int64_t floor = acc >> shift;
  const auto fraction = static_cast<std::uint64_t>(acc - floor * (std::int64_t{1} << shift));
  if (rounding == Rounding::kStochastic) {
    const auto width = static_cast<unsigned>(shift);
    const std::uint64_t top = width >= kRandomBits ? fraction >> (width - kRandomBits)
                                                   : fraction << (kRandomBits - width);
    return floor + static_cast<std::int64_t>((top + random) >> kRandomBits);
  }
  const std::uint64_t half = std::uint64_t{1} << (shift - 1);
  const int compared = fraction > half ? 1 : fraction == half ? 0 : -1;
  return floor + round_up(floor, acc < 0, fraction == 0, compared, rounding);
}

}  // namespace

const char* rounding_name(Rounding rounding) {
  switch (rounding) {
    case Rounding::kNearestEven:
      return "nearest_even";
    case Rounding::kHalfAway:
      return "half_away";
    case Rounding::kHalfUp:
      return "half_up";
    case Rounding::kFloor:
      return "floor";
    case Rounding::kTowardZero:
      return "toward_zero";
    case Rounding::kStochastic:
      return "stochastic";
  }
  return "";
}

std::int32_t dfp_encode(float x, int exponent, IntegerRange range, Rounding rounding,
                        std::uint32_t random, DfpCounters* counters) {
  ABSIM_CHECK(std::isfinite(x), "dfp_encode: a finite value is needed");
  // Exact: a float scaled by a power of two, far from the limits of double.
  const double scaled = std::ldexp(static_cast<double>(x), -exponent);
  constexpr double kBeyond = 1e15;
  if (std::fabs(scaled) >= kBeyond) {
    return clamp_and_count(scaled < 0 ? std::numeric_limits<std::int64_t>::min()
                                      : std::numeric_limits<std::int64_t>::max(),
                           false, range, counters);
  }
  const double below = std::floor(scaled);
  const double fraction = scaled - below;
  auto value = static_cast<std::int64_t>(below);
  if (rounding == Rounding::kStochastic) {
    const double top = std::floor(std::ldexp(fraction, kRandomBits));
    value += top + static_cast<double>(random) >= std::ldexp(1.0, kRandomBits) ? 1 : 0;
  } else {
    const int half = fraction > 0.5 ? 1 : fraction == 0.5 ? 0 : -1;
    value += round_up(value, scaled < 0, fraction == 0, half, rounding);
  }
  return clamp_and_count(value, x == 0.0F, range, counters);
}

double dfp_decode(std::int32_t code, int exponent) {
  return std::ldexp(static_cast<double>(code), exponent);
}

std::int32_t sdfp_shift(std::int32_t acc, int shift, Rounding rounding, IntegerRange range,
                        std::uint32_t random, DfpCounters* counters) {
  if (shift > 0) {
    return clamp_and_count(shift_right(acc, shift, rounding, random), acc == 0, range, counters);
  }
  // -2^31 * 2^32 still fits; a larger shift saturates whatever is not zero, like this one.
  const int left = -std::max(shift, -kAccBits);
  const std::int64_t value = std::int64_t{acc} * (std::int64_t{1} << left);
  return clamp_and_count(value, acc == 0, range, counters);
}

void DfpStatistics::add(std::int32_t value) {
  const std::uint32_t magnitude =
      value < 0 ? 0U - static_cast<std::uint32_t>(value) : static_cast<std::uint32_t>(value);
  largest |= magnitude;
  std::size_t bin = 0;
  for (std::uint32_t rest = magnitude; rest != 0; rest >>= 1) ++bin;
  ++bins[bin];
}

int DfpStatistics::shift(unsigned bits, std::uint64_t rate_num, std::uint64_t rate_den) const {
  ABSIM_CHECK(bits >= 2 && bits <= 32 && rate_den > 0, "codes of 2..32 bits and a rate");
  std::uint64_t total = 0;
  for (const std::uint64_t count : bins) total += count;
  __extension__ using Wide = unsigned __int128;
  std::uint64_t beyond = 0;  // values whose leading bit would overflow at `shift`
  int shift = 33 - static_cast<int>(bits);
  // bins[1 + p] overflows where p - shift > bits - 2.
  while (shift > 0) {
    const auto bin = static_cast<std::size_t>(shift) + bits - 1;  // p = shift + bits - 2
    beyond += bins[bin];
    if (static_cast<Wide>(beyond) * rate_den > static_cast<Wide>(total) * rate_num) break;
    --shift;
  }
  return shift;
}

}  // namespace absim::models
