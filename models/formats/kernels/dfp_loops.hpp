// SPDX-License-Identifier: Apache-2.0
// Rounds floats to dynamic fixed point in double arithmetic, which holds a scaled float exactly.
// The clamp comes first: that gives the same code, because the ends of the range are integers.
// `Isa` as in posit_loop.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "models/formats/kernels/round_kernels.hpp"

namespace absim::models::rounding {

/// Integers of up to 51 bits: adding and subtracting it rounds to nearest even.
inline constexpr double kToInteger = 0x1.8p52;

template <class Isa>
[[gnu::always_inline]] inline double clamp(double x, double low, double high) {
  const double below = x > high ? high : x;
  return below < low ? low : below;
}

template <class Isa>
[[gnu::always_inline]] inline double nearest(double x) {
  return (x + kToInteger) - kToInteger;
}

template <class Isa>
[[gnu::always_inline]] inline double floor(double x) {
  const double integer = nearest<Isa>(x);
  return integer - (integer > x ? 1.0 : 0.0);
}

template <class Isa>
[[gnu::always_inline]] inline std::uint32_t magnitude_bits(float x) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits & 0x7fffffffU;
}

/// The 16 random bits of one index; the key enters twice, so that no two keys give shifted copies
/// of one sequence. Multipliers: C. Wellons, hash-prospector (lowbias32).
template <class Isa>
[[gnu::always_inline]] inline std::uint32_t random16(RandomKey key, std::uint32_t index) {
  std::uint32_t x = index ^ key.first;
  x ^= x >> 16U;
  x *= 0x7feb352dU;
  x ^= (x >> 15U) ^ key.second;
  x *= 0x846ca68bU;
  return x >> 16U;
}

template <class Isa, Rounding kRounding>
[[gnu::always_inline]] inline double rounded(double x, RandomKey key, std::uint32_t index) {
  if (kRounding == Rounding::kNearestEven) return nearest<Isa>(x);
  const double below = floor<Isa>(x);
  const double fraction = x - below;
  if (kRounding == Rounding::kHalfAway) {
    return below + (fraction > 0.5 ? 1.0 : 0.0) + (fraction == 0.5 && x > 0 ? 1.0 : 0.0);
  }
  if (kRounding == Rounding::kHalfUp) return below + (fraction >= 0.5 ? 1.0 : 0.0);
  if (kRounding == Rounding::kTowardZero) return below + (fraction > 0 && x < 0 ? 1.0 : 0.0);
  if (kRounding == Rounding::kStochastic) {
    const auto random = static_cast<std::int32_t>(random16<Isa>(key, index));
    const double top = floor<Isa>(fraction * 0x1p16);
    return below + (top + random >= 0x1p16 ? 1.0 : 0.0);
  }
  return below;
}

template <class Isa, Rounding kRounding>
bool round_dfp(const DfpTask& task, float* out, RandomKey key, std::uint32_t index) {
  const float* const in = task.in;
  const DfpTask t = task;
  std::uint32_t largest = 0;
#pragma GCC ivdep
  for (std::size_t i = 0; i < t.count; ++i) {
    const float x = in[i];
    const std::uint32_t bits = magnitude_bits<Isa>(x);
    largest = bits > largest ? bits : largest;
    const double scaled = clamp<Isa>(static_cast<double>(x) * t.inverse, t.low, t.high);
    const double code = rounded<Isa, kRounding>(scaled, key, index + static_cast<std::uint32_t>(i));
    out[i] = static_cast<float>(code * t.step + 0.0);  // + 0.0: no negative zero
  }
  return largest < 0x7f800000U;
}

template <class Isa>
bool round_dfp_any(const DfpTask& task, float* out, Rounding rounding, RandomKey key,
                   std::uint32_t index) {
  switch (rounding) {
    case Rounding::kNearestEven:
      return round_dfp<Isa, Rounding::kNearestEven>(task, out, key, index);
    case Rounding::kHalfAway:
      return round_dfp<Isa, Rounding::kHalfAway>(task, out, key, index);
    case Rounding::kHalfUp:
      return round_dfp<Isa, Rounding::kHalfUp>(task, out, key, index);
    case Rounding::kFloor:
      return round_dfp<Isa, Rounding::kFloor>(task, out, key, index);
    case Rounding::kTowardZero:
      return round_dfp<Isa, Rounding::kTowardZero>(task, out, key, index);
    case Rounding::kStochastic:
      return round_dfp<Isa, Rounding::kStochastic>(task, out, key, index);
  }
  return false;
}

template <class Isa>
void dfp_errors(const DfpTask& task, double* errors) {
  const float* const in = task.in;
  const DfpTask t = task;
#pragma GCC ivdep
  for (std::size_t i = 0; i < t.count; ++i) {
    const auto x = static_cast<double>(in[i]);
    const double error = nearest<Isa>(clamp<Isa>(x * t.inverse, t.low, t.high)) * t.step - x;
    errors[i] = error * error;
  }
}

template <class Isa>
std::uint64_t dfp_saturated(const DfpTask& task) {
  const float* const in = task.in;
  const DfpTask t = task;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < t.count; ++i) {
    // One code more on either side suffices to see that the range is left.
    const double x = clamp<Isa>(static_cast<double>(in[i]) * t.inverse, t.low - 1, t.high + 1);
    const double code = nearest<Isa>(x);
    count += (code > t.high ? 1U : 0U) + (code < t.low ? 1U : 0U);
  }
  return count;
}

template <class Isa>
std::uint32_t largest_magnitude(const float* in, std::size_t count) {
  std::uint32_t largest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t bits = magnitude_bits<Isa>(in[i]);
    largest = bits > largest ? bits : largest;
  }
  return largest;
}

}  // namespace absim::models::rounding
