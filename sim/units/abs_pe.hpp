// SPDX-License-Identifier: Apache-2.0
// One bit-serial processing element: `lanes` activations times one plane of weight bits, one 32-bit
// accumulator, planes MSB first. RTL twin: rtl/absim_abs_pe.sv. pe_array runs all PEs at once with
// the same arithmetic (plane_kernel); this is its plain form, and the tests' oracle for it.
#pragma once

#include <cstdint>

#include "models/core/span.hpp"
#include "sim/units/packets.hpp"

namespace absim::sim {

/// How one plane-cycle of a PE changes its accumulator:
/// acc = (clears ? 0 : acc << shift) + (sum of masked activations * factor + correction).
struct PlaneOperation {
  bool clears = false;    ///< first plane-cycle of a tile
  unsigned shift = 0;     ///< 1 at the first step of a further plane (progressive)
  std::int32_t sign = 1;  ///< -1: the sign plane of two's complement
  unsigned weight = 0;    ///< the plane counts 2^weight (stationary)
  bool bwb = true;        ///< bits mean -1 and +1, not 0 and 1
  bool act_signed = false;
};

/// The operation of array cycle `plane` (0 = MSB) of a step; progressive steps have one cycle.
PlaneOperation plane_operation(const StepTag& step, unsigned plane_of_step);

/// Weighted sum of one plane: sum of +-a_j (BWB) or bit_j * a_j. Bit j of `bits` is lane j.
std::int32_t plane_sum(Span<const std::uint8_t> acts, Span<const std::uint8_t> bits,
                       const PlaneOperation& operation);

/// The accumulator after one plane-cycle. Wraps modulo 2^32 as the RTL does; dumps exclude
/// overflow.
std::int32_t accumulate(std::int32_t accumulator, std::int32_t sum,
                        const PlaneOperation& operation);

}  // namespace absim::sim
