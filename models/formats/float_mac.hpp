// SPDX-License-Identifier: Apache-2.0
// Multiply-accumulate units that bit-serial, DFP and posit PEs are measured against: int8, bfloat16
// and IEEE 754 binary32 ("fp32"). All on integers; floats are bit patterns.
// RTL twins: rtl/absim_{int8,bf16,fp32}_mac.sv.
// Sources: IEEE 754-2019, 5.4.1 fusedMultiplyAdd; bfloat16 is binary32 without its 16 low bits.
#pragma once

#include <cstdint>

namespace absim::models {

/// The only NaN that a unit gives.
inline constexpr std::uint32_t kFp32CanonicalNan = 0x7fc00000;
inline constexpr std::uint32_t kFp32Infinity = 0x7f800000;

/// round(a * b + c), rounded once, to nearest even. Subnormals count in full as operands and as
/// results. inf * 0, inf - inf and any NaN operand give kFp32CanonicalNan. An exact zero is -0
/// where product and c are both negative, else +0. No exception flags.
std::uint32_t fp32_mac(std::uint32_t a, std::uint32_t b, std::uint32_t c);

/// round(a * b + c) with a, b bfloat16, c and the result fp32: the product of two 8-bit
/// significands is exact, so the sum's is the only rounding. All else as in fp32_mac.
std::uint32_t bf16_mac(std::uint16_t a, std::uint16_t b, std::uint32_t c);

/// a * b + c modulo 2^32. No wrap for |c| <= 2^31 - 1 - 2^14: an accumulator that starts from 0 is
/// exact for 131,071 products.
std::int32_t int8_mac(std::int8_t a, std::int8_t b, std::int32_t c);

}  // namespace absim::models
