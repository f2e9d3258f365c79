// SPDX-License-Identifier: Apache-2.0
// BWB (bitwise binary) weights: every bit of a code means -1 or +1, so there is no zero.
// Source: Suzuki et al., ProgressiveNN, CANDAR 2020 and IJNC 11(2), 2021.
#pragma once

#include <cstdint>

namespace absim::models::bwb {

/// Code of w in [-scale, scale): clamp(floor(2^(bits-1) (w / scale + 1)), 0, 2^bits - 1).
/// bits: 1..8; scale > 0; w finite. Offset binary, so truncating a code gives the shorter code of
/// the same w: encode(w, s, t) == truncate(encode(w, s, B), B, t).
std::uint8_t encode(double w, double scale, unsigned bits);

/// The t most significant bits of a code. t: 1..bits.
std::uint8_t truncate(std::uint8_t code, unsigned bits, unsigned t);

/// W_t = 2 (code >> (bits - t)) + 1 - 2^t: odd, -(2^t - 1) .. 2^t - 1.
std::int32_t weight(std::uint8_t code, unsigned bits, unsigned t);

/// scale * W_t * 2^-t.
double decode(std::uint8_t code, double scale, unsigned bits, unsigned t);

}  // namespace absim::models::bwb
