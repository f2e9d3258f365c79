// SPDX-License-Identifier: Apache-2.0
#include "models/formats/posit_round.hpp"

#include <cstdlib>
#include <limits>

#include "models/core/error.hpp"

namespace absim::models {
namespace {

constexpr int kBias = 127;                  // of a float's exponent
constexpr std::int32_t kOctave = 0x800000;  // 2^23: exponents in a float's bits

}  // namespace

PositRounder::PositRounder(PositFormat format, PositMode mode,
                           const rounding::RoundKernels& kernels)
    : format_(format), mode_(mode), kernels_(&kernels) {
  check_posit_format(format, "PositRounder");
}

int PositRounder::largest_scale_exponent() const { return kBias - 2 - format_.max_exponent(); }

void PositRounder::round(Span<const float> in, Span<float> out, int scale_exponent) const {
  ABSIM_CHECK(in.size() == out.size(), "PositRounder: as many results as values");
  // No std::abs: that of the least int overflows.
  ABSIM_CHECK(
      scale_exponent <= largest_scale_exponent() && scale_exponent >= -largest_scale_exponent(),
      "PositRounder: the scale exponent leaves the range of float");
  rounding::PositTask task;
  task.in = in.data();
  task.out = out.data();
  task.count = in.size();
  task.bits = static_cast<std::int32_t>(format_.n);
  task.exponent_bits = static_cast<std::int32_t>(format_.es);
  task.to_nearest = mode_.rounding == PositRounding::kNearestEven;
  task.offset = (kBias + scale_exponent) * kOctave;
  task.largest = format_.max_exponent() * kOctave;
  task.vanishing = mode_.underflow == PositUnderflow::kToZero
                       ? -task.largest - kOctave
                       : std::numeric_limits<std::int32_t>::min();
  kernels_->posit(task);
}

}  // namespace absim::models
