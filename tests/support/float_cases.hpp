// SPDX-License-Identifier: Apache-2.0
// Operands for tests of a * b + c: all special values, and random triples drawn so that each hard
// case of an adder and a rounder comes up often; with counters of what came up.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace absim::test {

using FloatRng = std::mt19937_64;

struct FloatTriple {
  std::uint32_t a = 0, b = 0, c = 0;
};

enum class FloatStratum {
  kUniform,            ///< any bit patterns
  kOverlap,            ///< c's bits over the product's
  kCancel,             ///< c next to -a * b
  kOverflow,           ///< next to the largest number
  kSubnormalResult,    ///< the sum around and below 2^-126
  kTie,                ///< the sum halfway between two numbers, or one step off
  kDistance,           ///< c 22 to 27 or 46 to 52 places from the product, on either side
  kSubnormalOperands,  ///< of a, b, c at least one
  kSpecial,            ///< special values mixed with random ones
};
inline constexpr unsigned kFloatStrata = 9;

/// 24-bit significands for fp32 multiplicands, 8-bit ones for bfloat16 (16 low bits zero).
enum class Multiplicand { kFp32, kBf16 };

FloatTriple draw(FloatStratum stratum, Multiplicand kind, FloatRng& rng);

/// Zeros, subnormals, borders of ranges, powers of two around half an ulp, infinities, quiet and
/// signalling NaNs, of both signs; bfloat16: those it has.
std::vector<std::uint32_t> special_values(Multiplicand kind);

/// What triples and their results were.
struct FloatReached {
  std::uint64_t subnormal_results = 0;
  std::uint64_t subnormal_multiplicands = 0;  ///< of nonzero finite results
  std::uint64_t overflows = 0;                ///< infinity from finite operands
  std::uint64_t largest = 0;                  ///< the largest finite number
  std::uint64_t exact_zeros = 0;              ///< from nonzero product and addend
  std::uint64_t cancelled = 0;                ///< at least 12 leading bits cancelled
  std::uint64_t nans = 0;
  std::uint64_t invalid = 0;  ///< NaN from operands that are none
  std::uint64_t negative_zeros = 0;
  std::uint64_t addend_alone = 0;   ///< the product only rounds: result = c or next to it
  std::uint64_t product_alone = 0;  ///< the addend only rounds

  void note(const FloatTriple& t, std::uint32_t result);
};

}  // namespace absim::test
