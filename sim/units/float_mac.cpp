// SPDX-License-Identifier: Apache-2.0
#include "sim/units/float_mac.hpp"

#include <algorithm>

namespace absim::sim {
namespace {

__extension__ typedef unsigned __int128 Window;

// The window, from the top: addend in its leftmost place (24 bits), 2 zeros, product (48), 2 zeros,
// sticky bit. rtl/absim_fp_fma.sv says why that is enough.
constexpr unsigned kLow = 2;
constexpr unsigned kBits = 24 + 2 + 48 + kLow;
constexpr unsigned kSumBits = kBits + 1;
constexpr std::uint32_t kInfinity = 0x7f800000;
constexpr std::uint32_t kNan = 0x7fc00000;
constexpr std::uint32_t kSign = 0x80000000;

struct Unpacked {
  std::uint32_t sign, significand;
  int exponent;  // biased, 1..255
  bool infinite, nan;

  explicit Unpacked(std::uint32_t bits)
      : sign(bits & kSign),
        significand((bits & 0x7fffffU) | ((bits & kInfinity) != 0 ? 0x800000U : 0U)),
        exponent(std::max(static_cast<int>(bits >> 23 & 0xffU), 1)),
        infinite((bits & ~kSign) == kInfinity),
        nan((bits & ~kSign) > kInfinity) {}
};

struct Sum {
  Window magnitude;  // kSumBits bits
  int top_exponent;  // biased, of its top bit; 1 at least
  std::uint32_t sign;
};

Sum add(const Unpacked& a, const Unpacked& b, const Unpacked& c) {
  const std::uint64_t product = std::uint64_t{a.significand} * b.significand;
  const int distance = a.exponent + b.exponent - c.exponent - 100;
  const unsigned shift =
      product == 0 || distance < 0 ? 0 : std::min(static_cast<unsigned>(distance), kBits);
  const Window leftmost = Window{c.significand} << (kBits - 24 + 24);  // 24 more bits to the right
  const Window moved = leftmost >> shift;
  const bool sticky = (static_cast<std::uint32_t>(moved) & 0xffffffU) != 0;
  const Window addend = (moved >> 24) << 1 | (sticky ? 1U : 0U);
  const Window factor = Window{product} << (kLow + 1);
  const std::uint32_t sign = a.sign ^ b.sign;
  Sum sum{0, c.exponent + static_cast<int>(shift), sign};
  if (product != 0 && distance > 0) sum.top_exponent = c.exponent + distance;
  if (sign == c.sign) {
    sum.magnitude = factor + addend;
  } else if (factor >= addend) {
    sum.magnitude = factor - addend;
    if (sum.magnitude == 0) sum.sign = 0;
  } else {
    sum.magnitude = addend - factor;
    sum.sign = c.sign;
  }
  return sum;
}

unsigned leading_zeros(Window value) {  // of kSumBits bits, not zero
  unsigned zeros = 0;
  for (unsigned step = 64; step > 0; step /= 2) {
    if (zeros + step < kSumBits && value >> (kSumBits - zeros - step) == 0) zeros += step;
  }
  return zeros;
}

std::uint32_t normalise_and_round(const Sum& sum) {
  if (sum.magnitude == 0) return sum.sign;
  const auto shift =
      std::min(leading_zeros(sum.magnitude), static_cast<unsigned>(sum.top_exponent - 1));
  const Window shifted = sum.magnitude << shift;
  constexpr unsigned kRest = kSumBits - 24;
  const Window rest = shifted & ((Window{1} << kRest) - 1);
  const Window half = Window{1} << (kRest - 1);
  auto significand = static_cast<std::uint32_t>(shifted >> kRest);
  if (rest > half || (rest == half && significand % 2 != 0)) ++significand;
  const auto exponent = static_cast<std::uint32_t>(sum.top_exponent) - shift;
  return sum.sign | std::min(((exponent - 1) << 23) + significand, kInfinity);
}

}  // namespace

std::uint32_t float_mac(FloatFormat format, std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  const unsigned unused = format == FloatFormat::kBf16 ? 16 : 0;  // bfloat16 is the top of an fp32
  const Unpacked ua(a << unused);
  const Unpacked ub(b << unused);
  const Unpacked uc(c);
  const std::uint32_t sign = ua.sign ^ ub.sign;
  const bool infinite = ua.infinite || ub.infinite;
  if (ua.nan || ub.nan || uc.nan) return kNan;
  if (infinite && (ua.significand == 0 || ub.significand == 0)) return kNan;
  if (infinite && uc.infinite && sign != uc.sign) return kNan;
  if (infinite) return sign | kInfinity;
  if (uc.infinite) return c;
  return normalise_and_round(add(ua, ub, uc));
}

}  // namespace absim::sim
