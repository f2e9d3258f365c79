// SPDX-License-Identifier: Apache-2.0
// Requantisation by exact division in 128 bits: the independent form of models::sdfp_shift and of
// rtl/absim_sdfp_shifter.sv, neither of which divides.
#pragma once

#include <cstdint>
#include <random>

#include "models/formats/dfp.hpp"

namespace absim::test {

__extension__ typedef __int128 SdfpWide;

struct SdfpResult {
  std::int32_t value = 0;
  bool saturated = false;
  bool underflowed = false;
  bool tie = false;      ///< exactly between two integers
  bool carried = false;  ///< beyond the range only because it was rounded away from zero
};

inline SdfpWide floor_div(SdfpWide n, SdfpWide d) { return n >= 0 ? n / d : -((-n + d - 1) / d); }

/// round(acc / unit) as an integer; random is for the stochastic mode.
inline SdfpWide divide_rounded(SdfpWide acc, SdfpWide unit, models::Rounding rounding,
                               std::uint32_t random) {
  const SdfpWide up = floor_div(2 * acc + unit, 2 * unit);  // nearest, halves up
  switch (rounding) {
    case models::Rounding::kNearestEven:
      return up * 2 * unit == 2 * acc + unit && up % 2 != 0 ? up - 1 : up;
    case models::Rounding::kHalfAway:
      return acc >= 0 ? up : -floor_div(-2 * acc + unit, 2 * unit);
    case models::Rounding::kHalfUp:
      return up;
    case models::Rounding::kFloor:
      return floor_div(acc, unit);
    case models::Rounding::kTowardZero:
      return acc / unit;
    case models::Rounding::kStochastic:
      return floor_div(floor_div(acc * 65536, unit) + random, 65536);
  }
  return 0;
}

inline SdfpResult sdfp_oracle(std::int32_t acc, int shift, models::Rounding rounding,
                              models::IntegerRange range, std::uint32_t random) {
  // |acc| / 2^60 and |acc| * 2^60 already are as good as zero and infinity.
  const int distance = shift > 60 ? 60 : shift < -60 ? -60 : shift;
  const SdfpWide unit = SdfpWide{1} << (distance > 0 ? distance : 0);
  const SdfpWide scaled = SdfpWide{acc} * (SdfpWide{1} << (distance < 0 ? -distance : 0));
  const SdfpWide value = divide_rounded(scaled, unit, rounding, random);
  SdfpResult result;
  result.saturated = value < range.low || value > range.high;
  result.value = value < range.low    ? range.low
                 : value > range.high ? range.high
                                      : static_cast<std::int32_t>(value);
  result.underflowed = value == 0 && acc != 0;
  result.tie = 2 * scaled % unit == 0 && scaled % unit != 0;
  const SdfpWide truncated = scaled / unit;
  result.carried = result.saturated && truncated >= range.low && truncated <= range.high;
  return result;
}

constexpr models::Rounding kAllRoundings[] = {
    models::Rounding::kNearestEven, models::Rounding::kHalfAway,   models::Rounding::kHalfUp,
    models::Rounding::kFloor,       models::Rounding::kTowardZero, models::Rounding::kStochastic};

/// An accumulator for which the result at `shift` lies near a boundary of rounding or range, or any
/// 32-bit word.
inline std::int32_t interesting_accumulator(std::mt19937_64& random, int shift) {
  const auto any = static_cast<std::int32_t>(static_cast<std::uint32_t>(random()));
  switch (random() % 4) {
    case 0:
      return any;
    case 1:
      return any >> (random() % 32);
    case 2: {
      constexpr std::int32_t kCorners[] = {0,   1,   -1, INT32_MIN, INT32_MAX, INT32_MIN + 1,
                                           127, -128};
      return kCorners[random() % 8];
    }
    default:
      break;
  }
  // k / 2 units, which is a tie where k is odd, or one beside
  const int distance = shift < 1 ? 1 : shift > 32 ? 32 : shift;
  const std::int64_t half = std::int64_t{1} << (distance - 1);
  const std::int64_t most =
      (std::int64_t{1} << 31) / half < 520 ? (std::int64_t{1} << 31) / half : 520;
  const auto span = static_cast<std::uint64_t>(2 * most + 1);
  const std::int64_t halves = static_cast<std::int64_t>(random() % span) - most;
  const auto near = static_cast<std::int64_t>(random() % 4);
  const std::int64_t word = halves * half + (near < 2 ? 0 : 2 * near - 5);
  return word < INT32_MIN   ? INT32_MIN
         : word > INT32_MAX ? INT32_MAX
                            : static_cast<std::int32_t>(word);
}

}  // namespace absim::test
