// SPDX-License-Identifier: Apache-2.0
// Rounds many floats to dynamic fixed point and back to floats, for training; every value equals
// what the scalar functions of dfp.hpp give.
#pragma once

#include <cstdint>

#include "models/core/span.hpp"
#include "models/formats/dfp.hpp"
#include "models/formats/kernels/round_kernels.hpp"

namespace absim::models {

/// Random number (0..65535) of one value: a function of seed and index alone, so that results do
/// not depend on how a tensor is cut into pieces.
std::uint32_t dfp_random(std::uint64_t seed, std::uint64_t index);

/// out[i] = dfp_decode(dfp_encode(in[i], ...), exponent) as a float, with
/// dfp_random(seed, first_index + i) for kStochastic. Exact for codes of at most 25 bits and
/// exponents of at least -149. Throws InvariantError where a value is not finite (`out` is then of
/// no use), or a code of the range means more than a float holds, or exponent < -500.
/// `out` has the size of `in`, and may be `in`, but must not overlap it otherwise.
void dfp_round(Span<const float> in, Span<float> out, int exponent, IntegerRange range,
               Rounding rounding, std::uint64_t seed = 0, std::uint64_t first_index = 0,
               const rounding::RoundKernels& kernels = rounding::best_round_kernels());

}  // namespace absim::models
