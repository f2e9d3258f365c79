// SPDX-License-Identifier: Apache-2.0
// Two's complement fractions in [-1, 1) as weights, truncated by dropping low bits (floor).
// Source: Chang and Tin, Scaling Bit-Flexible Neural Networks, ISOCC 2019.
#pragma once

#include <cstdint>

namespace absim::models::twos_complement {

/// Code of w in [-scale, scale): floor(2^(bits-1) w / scale), clamped to -2^(bits-1) .. 2^(bits-1)
/// - 1, as the unsigned bit pattern. bits: 1..8; scale > 0; w finite. Rounding to nearest is
/// encode(w + scale * 2^-bits, ...); then truncated codes are no longer the shorter codes of the
/// same w.
std::uint8_t encode(double w, double scale, unsigned bits);

/// The t most significant bits of a code, the sign bit among them. t: 1..bits.
std::uint8_t truncate(std::uint8_t code, unsigned bits, unsigned t);

/// T_t: the t most significant bits as a signed integer, -2^(t-1) .. 2^(t-1) - 1.
std::int32_t weight(std::uint8_t code, unsigned bits, unsigned t);

/// scale * alpha * T_t * 2^-(t-1); alpha is the scaling factor of truncation length t.
double decode(std::uint8_t code, double scale, unsigned bits, unsigned t, double alpha = 1.0);

}  // namespace absim::models::twos_complement
