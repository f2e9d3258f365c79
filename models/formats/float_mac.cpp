// SPDX-License-Identifier: Apache-2.0
// Multiply-accumulate on bit patterns: the exact sum as a 128-bit integer, then one rounding.
#include "models/formats/float_mac.hpp"

#include <algorithm>

namespace absim::models {
namespace {

__extension__ typedef __int128 Wide;
__extension__ typedef unsigned __int128 WideBits;

constexpr int kFractionBits = 23;
constexpr int kLowestExponent = -149;  // of the unit of subnormals
constexpr std::uint32_t kSign = 0x80000000;

// A finite number is significand * 2^exponent.
struct Unpacked {
  bool negative, infinite, nan;
  std::uint32_t significand;  // below 2^24
  int exponent;
};

Unpacked unpack(std::uint32_t bits) {
  const auto field = static_cast<int>(bits >> kFractionBits & 0xffU);
  const std::uint32_t fraction = bits & 0x7fffffU;
  Unpacked out{};
  out.negative = (bits & kSign) != 0;
  out.infinite = field == 255 && fraction == 0;
  out.nan = field == 255 && fraction != 0;
  out.significand = field == 0 ? fraction : fraction | 0x800000U;
  out.exponent = kLowestExponent + std::max(field, 1) - 1;
  return out;
}

int leading_bit(WideBits value) {
  const auto high = static_cast<std::uint64_t>(value >> 64);
  return high != 0 ? 127 - __builtin_clzll(high)
                   : 63 - __builtin_clzll(static_cast<std::uint64_t>(value));
}

// magnitude * 2^exponent, not zero, to the nearest fp32; ties to even. A significand of 2^24
// carries into the exponent by itself, and so do a subnormal of 2^23 and the largest number into
// infinity.
std::uint32_t round(WideBits magnitude, int exponent) {
  const int unit = std::max(exponent + leading_bit(magnitude) - kFractionBits, kLowestExponent);
  const int shift = unit - exponent;
  WideBits significand = 0;
  if (shift <= 0) {
    significand = magnitude << -shift;
  } else if (shift < 128) {
    const WideBits half = WideBits{1} << (shift - 1);
    const WideBits rest = magnitude & (2 * half - 1);
    significand = magnitude >> (shift - 1) >> 1;
    if (rest > half || (rest == half && (significand & 1) != 0)) significand += 1;
  }  // else below half of the smallest subnormal
  const std::uint64_t bits = (static_cast<std::uint64_t>(unit - kLowestExponent) << kFractionBits) +
                             static_cast<std::uint64_t>(significand);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(bits, kFp32Infinity));
}

// The larger operand goes so far to the left that 128 bits allow. What lies further apart only says
// on which side of the larger one the sum is: 1 in its place does the same.
std::uint32_t add(std::uint64_t product, int product_exponent, bool product_negative,
                  const Unpacked& c) {
  constexpr int kMostProduct = 126 - 48;
  constexpr int kMostAddend = 126 - 24;
  const int distance = product_exponent - c.exponent;
  Wide p = static_cast<Wide>(product);
  Wide a = static_cast<Wide>(c.significand);
  int exponent = std::min(product_exponent, c.exponent);
  if (product == 0) {
    exponent = c.exponent;
  } else if (c.significand == 0) {
    exponent = product_exponent;
  } else if (distance >= 0) {
    if (distance > kMostProduct) a = 1;
    p <<= std::min(distance, kMostProduct);
    exponent = product_exponent - std::min(distance, kMostProduct);
  } else {
    if (-distance > kMostAddend) p = 1;
    a <<= std::min(-distance, kMostAddend);
    exponent = c.exponent - std::min(-distance, kMostAddend);
  }
  const Wide sum = (product_negative ? -p : p) + (c.negative ? -a : a);
  if (sum == 0) return product_negative && c.negative ? kSign : 0U;
  const std::uint32_t rounded = round(static_cast<WideBits>(sum < 0 ? -sum : sum), exponent);
  return (sum < 0 ? kSign : 0U) | rounded;
}

}  // namespace

std::uint32_t fp32_mac(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  const Unpacked ua = unpack(a);
  const Unpacked ub = unpack(b);
  const Unpacked uc = unpack(c);
  const bool negative = ua.negative != ub.negative;
  const bool infinite = ua.infinite || ub.infinite;
  const bool zero_times_infinity =
      (ua.infinite && ub.significand == 0) || (ub.infinite && ua.significand == 0);
  if (ua.nan || ub.nan || uc.nan || zero_times_infinity ||
      (infinite && uc.infinite && negative != uc.negative)) {
    return kFp32CanonicalNan;
  }
  if (infinite) return (negative ? kSign : 0U) | kFp32Infinity;
  if (uc.infinite) return c;
  return add(std::uint64_t{ua.significand} * ub.significand, ua.exponent + ub.exponent, negative,
             uc);
}

std::uint32_t bf16_mac(std::uint16_t a, std::uint16_t b, std::uint32_t c) {
  return fp32_mac(std::uint32_t{a} << 16, std::uint32_t{b} << 16, c);
}

std::int32_t int8_mac(std::int8_t a, std::int8_t b, std::int32_t c) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(c) +
                                   static_cast<std::uint32_t>(a * b));
}

}  // namespace absim::models
