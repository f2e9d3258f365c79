// SPDX-License-Identifier: Apache-2.0
#include "sim/units/sdfp_shifter.hpp"

#include <algorithm>

namespace absim::sim {
namespace {

using models::Rounding;

__extension__ typedef __int128 Wide;

constexpr int kAccBits = 32;
constexpr int kRandomBits = 16;
constexpr int kFractionBits = kAccBits + kRandomBits - 1;

// The increment of the rounding. fraction: kFractionBits bits, the first one half.
bool rounds_up(const SdfpInput& input, std::int64_t whole, std::uint64_t fraction) {
  const bool guard = (fraction >> (kFractionBits - 1) & 1U) != 0;
  const bool sticky = (fraction & ((std::uint64_t{1} << (kFractionBits - 1)) - 1)) != 0;
  const bool negative = input.accumulator < 0;
  switch (input.rounding) {
    case Rounding::kNearestEven:
      return guard && (sticky || (whole & 1) != 0);
    case Rounding::kHalfAway:
      return guard && (sticky || !negative);
    case Rounding::kHalfUp:
      return guard;
    case Rounding::kTowardZero:
      return negative && (guard || sticky);
    case Rounding::kStochastic:
      return (((fraction >> (kFractionBits - kRandomBits)) + input.random) >> kRandomBits) != 0;
    case Rounding::kFloor:
      break;
  }
  return false;
}

// No shift beyond these changes the result; the stochastic mode still sees 16 discarded bits.
std::int64_t shifted(const SdfpInput& input) {
  if (input.shift < 0) {
    const Wide value = Wide{input.accumulator} * (Wide{1} << std::min(-input.shift, kAccBits));
    return static_cast<std::int64_t>(value);
  }
  const int limit = input.rounding == Rounding::kStochastic ? kFractionBits : kAccBits + 1;
  const Wide placed = Wide{input.accumulator} * (Wide{1} << kFractionBits);
  const Wide moved = placed >> std::min(input.shift, limit);
  const auto whole = static_cast<std::int64_t>(moved >> kFractionBits);
  const auto fraction = static_cast<std::uint64_t>(moved & ((Wide{1} << kFractionBits) - 1));
  return whole + (rounds_up(input, whole, fraction) ? 1 : 0);
}

}  // namespace

SdfpOutput sdfp_align(const SdfpInput& input) {
  const std::int64_t value = shifted(input);
  SdfpOutput output;
  output.value =
      static_cast<std::int32_t>(std::clamp<std::int64_t>(value, input.range.low, input.range.high));
  output.saturated = value < input.range.low || value > input.range.high;
  output.underflowed = value == 0 && input.accumulator != 0;
  return output;
}

void SdfpShifter::tick(const SdfpInput* input, bool clear) {
  if (clear) counters_ = {};
  valid_ = input != nullptr;
  if (input == nullptr) return;
  output_ = sdfp_align(*input);
  ++counters_.values;
  counters_.saturated += output_.saturated ? 1U : 0U;
  counters_.underflowed += output_.underflowed ? 1U : 0U;
}

void SdfpShifter::reset() {
  valid_ = false;
  output_ = {};
  counters_ = {};
}

}  // namespace absim::sim
