// SPDX-License-Identifier: Apache-2.0
// Rounds floats to posits without tables or branches, so that compilers vectorise it.
//
// Write |x| * 2^-s = 2^e * (1 + f), and take w = e + f in fixed point with 23 fraction bits: the
// bits of the float less an offset. A posit's body is a regime that says k = floor(e / 2^es), then
// the lowest es bits of e, then f: the same bits as those of w. So the body's last bit stands at
// one place of w for the whole of a regime, rounding the bit string is rounding w at that place,
// and a carry runs into the next regime as it does in the body.
//   length of the regime = 2 + t, t = k >= 0 ? k : -k - 1
//   place of the last bit = 23 + es - (n - 3 - t)
// With t = n - 3 only the regime is left, whose last bit is 0 for k >= 0 and 1 for k < 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "models/formats/kernels/round_kernels.hpp"

namespace absim::models::rounding {

/// `Isa`: a struct of an anonymous namespace, so that each instruction set's file keeps its own
/// copy.
template <class Isa, bool kToNearest>
void round_posits(const PositTask& task) {
  constexpr std::int32_t kSigns = 31;
  constexpr std::uint32_t kMagnitude = 0x7fffffffU;
  constexpr std::int32_t kInfinity = 0x7f800000;
  constexpr std::uint32_t kNaN = 0x7fc00000U;
  const float* const in = task.in;
  float* const out = task.out;
  const std::size_t count = task.count;
  const std::int32_t offset = task.offset;
  const std::int32_t high = task.largest;
  const std::int32_t low = -task.largest;
  const std::int32_t vanishing = task.vanishing;
  const std::int32_t regime_place = 23 + task.exponent_bits;
  const std::int32_t longest = task.bits - 3;
  const std::int32_t first_place = regime_place - longest;
#pragma GCC ivdep
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t bits;
    std::memcpy(&bits, in + i, sizeof bits);
    const auto magnitude = static_cast<std::int32_t>(bits & kMagnitude);
    const std::int32_t w = magnitude - offset;
    const std::int32_t below = w > high ? high : w;
    const std::int32_t inside = below < low ? low : below;
    const std::int32_t regime = inside >> regime_place;
    const std::int32_t length = regime ^ (regime >> kSigns);
    const std::int32_t t = length > longest ? longest : length;
    const std::int32_t place = first_place + t;
    const std::int32_t unit = 1 << place;
    std::int32_t sum = inside;
    if (kToNearest) {
      const std::int32_t last = (inside >> place) & 1;
      const std::int32_t last_of_regime = (inside >> kSigns) & 1;
      sum += (unit >> 1) - 1 + (t == longest ? last_of_regime : last);
    }
    const std::int32_t rounded = (sum & -unit) + offset;
    std::uint32_t result = static_cast<std::uint32_t>(rounded) | (bits & ~kMagnitude);
    result = w < vanishing ? 0 : result;
    result = magnitude == 0 ? 0 : result;
    result = magnitude >= kInfinity ? kNaN : result;
    std::memcpy(out + i, &result, sizeof result);
  }
}

template <class Isa>
void round_posits_either(const PositTask& task) {
  if (task.to_nearest) {
    round_posits<Isa, true>(task);
  } else {
    round_posits<Isa, false>(task);
  }
}

}  // namespace absim::models::rounding
