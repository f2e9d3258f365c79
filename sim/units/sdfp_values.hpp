// SPDX-License-Identifier: Apache-2.0
// What goes into the S-DFP shifter and comes out, for SystemC and for the driver of the RTL, which
// must not see SystemC's headers.
#pragma once

#include <cstdint>

#include "models/formats/dfp.hpp"

namespace absim::sim {

struct SdfpInput {
  std::int32_t accumulator = 0;
  int shift = 0;  ///< to the right; the hardware has 10 bits, -512..511
  models::Rounding rounding = models::Rounding::kNearestEven;
  std::uint16_t random = 0;  ///< stochastic only
  models::IntegerRange range;
};

struct SdfpOutput {
  std::int32_t value = 0;
  bool saturated = false;
  bool underflowed = false;
};

/// value = clamp(round(accumulator * 2^-shift)), combinational.
SdfpOutput sdfp_align(const SdfpInput& input);

}  // namespace absim::sim
