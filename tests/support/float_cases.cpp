// SPDX-License-Identifier: Apache-2.0
#include "tests/support/float_cases.hpp"

#include <algorithm>

namespace absim::test {
namespace {

constexpr std::uint32_t kSignBit = 0x80000000;
constexpr std::uint32_t kInfinity = 0x7f800000;
constexpr std::uint32_t kBf16Mask = 0xffff0000;

std::uint32_t bits32(FloatRng& rng) { return static_cast<std::uint32_t>(rng() >> 32); }

int between(FloatRng& rng, int low, int high) {
  return low + static_cast<int>(rng() % static_cast<std::uint64_t>(high - low + 1));
}

std::uint32_t random_sign(FloatRng& rng) { return (rng() & 1U) != 0 ? kSignBit : 0U; }

// Random, a power of two, all ones, few ones at the top, one bit, few ones at the bottom
std::uint32_t random_fraction(FloatRng& rng) {
  switch (rng() % 8) {
    case 0:
      return 0;
    case 1:
      return 0x7fffff;
    case 2:
      return bits32(rng) & 0x7ff000U;
    case 3:
      return 1U << between(rng, 0, 22);
    case 4:
      return bits32(rng) & 0xfU;
    default:
      return bits32(rng) & 0x7fffffU;
  }
}

// Exponent field clamped to what normal numbers have
std::uint32_t number(FloatRng& rng, int field, std::uint32_t fraction) {
  return random_sign(rng) | static_cast<std::uint32_t>(std::clamp(field, 1, 254)) << 23 | fraction;
}

std::uint32_t field_of(std::uint32_t bits) { return bits >> 23 & 0xffU; }

// A multiplicand's pattern: bfloat16 drops the low bits (infinities and quiet NaNs stay what they
// are).
std::uint32_t cut(std::uint32_t bits, Multiplicand kind) {
  return kind == Multiplicand::kFp32 ? bits : bits & kBf16Mask;
}

std::uint32_t subnormal(FloatRng& rng) {
  const std::uint32_t mask = 0x7fffffU >> between(rng, 0, 22);
  return random_sign(rng) | (bits32(rng) & mask);
}

// Field of the product if its significand were in [1, 2)
int product_field(const FloatTriple& t) {
  return static_cast<int>(std::max(field_of(t.a), 1U)) +
         static_cast<int>(std::max(field_of(t.b), 1U)) - 127;
}

float as_float(std::uint32_t bits) {
  float value = 0;
  static_assert(sizeof value == sizeof bits, "binary32");
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}

std::uint32_t as_bits(float value) {
  std::uint32_t bits = 0;
  __builtin_memcpy(&bits, &value, sizeof bits);
  return bits;
}

// a, b with a product field of about `field`
FloatTriple product_near(FloatRng& rng, Multiplicand kind, int field) {
  FloatTriple t;
  const int low = std::max(1, field + 127 - 254);
  const int high = std::min(254, field + 127 - 1);
  const int first = low <= high ? between(rng, low, high) : 127;
  t.a = cut(number(rng, first, random_fraction(rng)), kind);
  t.b = cut(number(rng, field + 127 - first, random_fraction(rng)), kind);
  return t;
}

// The addend's last bit counts twice the product's only bit, or the product has one bit more than
// fits, with nothing to break the tie or something far below.
FloatTriple tie(FloatRng& rng, Multiplicand kind) {
  if (rng() % 2 == 0) {
    const std::uint32_t c = number(rng, between(rng, 30, 254), bits32(rng) & 0x7fffffU);
    FloatTriple t = product_near(rng, kind, static_cast<int>(field_of(c)) - 24);
    t.c = c;
    t.a &= ~0x7fffffU;
    t.b &= ~0x7fffffU;
    if (rng() % 4 == 0) t.b = cut(t.b + (kind == Multiplicand::kFp32 ? 1U : 0x10000U), kind);
    if (rng() % 4 == 0) t.b = cut(t.b - (kind == Multiplicand::kFp32 ? 1U : 0x10000U), kind);
    return t;
  }
  // 12-bit times 13-bit significand: 25 bits if both are large enough. bfloat16: 16 bits, under a c
  // whose last bits are 0, moved so that the last bit of the product is half of c's last.
  const int field = between(rng, 40, 240);
  FloatTriple t = product_near(rng, kind, field);
  t.a = (t.a & ~0x7fffffU) | (bits32(rng) & 0x7ff000U) | 0x1000U << (rng() % 2);
  t.b = (t.b & ~0x7fffffU) | (bits32(rng) & 0x7ff800U) | 0x800U;
  t.c = random_sign(rng);
  if (rng() % 2 == 0) t.c = number(rng, field - between(rng, 26, 120), random_fraction(rng));
  if (kind == Multiplicand::kBf16) {
    t.a = cut(t.a, kind) | 0x10000U;
    t.b = cut(t.b, kind) | 0x10000U;
    t.c = number(rng, field + 10 + between(rng, 0, 1), bits32(rng) & 0x7fffffU);
  }
  return t;
}

FloatTriple special(FloatRng& rng, Multiplicand kind) {
  static const std::vector<std::uint32_t> factors[2] = {special_values(Multiplicand::kFp32),
                                                        special_values(Multiplicand::kBf16)};
  const std::vector<std::uint32_t>& factor = factors[kind == Multiplicand::kBf16 ? 1 : 0];
  const std::vector<std::uint32_t>& addend = factors[0];
  FloatTriple t = {cut(bits32(rng), kind), cut(bits32(rng), kind), bits32(rng)};
  if (rng() % 2 == 0) t.a = factor[rng() % factor.size()];
  if (rng() % 2 == 0) t.b = factor[rng() % factor.size()];
  if (rng() % 2 == 0) t.c = addend[rng() % addend.size()];
  return t;
}

}  // namespace

FloatTriple draw(FloatStratum stratum, Multiplicand kind, FloatRng& rng) {
  FloatTriple t;
  switch (stratum) {
    case FloatStratum::kUniform:
      return {cut(bits32(rng), kind), cut(bits32(rng), kind), bits32(rng)};
    case FloatStratum::kOverlap:
      t = product_near(rng, kind, between(rng, 30, 230));
      t.c = number(rng, product_field(t) + between(rng, -28, 28), random_fraction(rng));
      return t;
    case FloatStratum::kCancel:
      t = product_near(rng, kind, between(rng, -10, 240));
      t.c = as_bits(-(as_float(t.a) * as_float(t.b)));
      if (rng() % 4 != 0) t.c += static_cast<std::uint32_t>(between(rng, -4, 4));
      return t;
    case FloatStratum::kOverflow:
      t = product_near(rng, kind, between(rng, 225, 258));
      t.c = number(rng, between(rng, 225, 254), random_fraction(rng));
      if (rng() % 4 == 0)
        t.c = random_sign(rng) | (0x7f7fffffU - static_cast<std::uint32_t>(rng() % 3));
      return t;
    case FloatStratum::kSubnormalResult:
      t = product_near(rng, kind, between(rng, -30, 3));
      t.c = rng() % 2 == 0 ? subnormal(rng) : number(rng, between(rng, 1, 3), random_fraction(rng));
      if (rng() % 4 == 0) t.c = random_sign(rng);
      return t;
    case FloatStratum::kTie:
      return tie(rng, kind);
    case FloatStratum::kDistance: {
      const int distance = rng() % 2 == 0 ? between(rng, 22, 27) : between(rng, 46, 52);
      t = product_near(rng, kind, between(rng, 60, 200));
      t.c = number(rng, product_field(t) + (rng() % 2 == 0 ? distance : -distance),
                   random_fraction(rng));
      return t;
    }
    case FloatStratum::kSubnormalOperands:
      t.a =
          cut(subnormal(rng) | (kind == Multiplicand::kBf16 ? bits32(rng) & 0x7f0000U : 0U), kind);
      t.b = cut(
          rng() % 8 == 0 ? subnormal(rng) : number(rng, between(rng, 1, 254), random_fraction(rng)),
          kind);
      t.c = rng() % 2 == 0
                ? subnormal(rng)
                : number(rng, product_field(t) + between(rng, -40, 26), random_fraction(rng));
      if (rng() % 2 == 0) std::swap(t.a, t.b);
      return t;
    case FloatStratum::kSpecial:
      return special(rng, kind);
  }
  return t;
}

std::vector<std::uint32_t> special_values(Multiplicand kind) {
  std::vector<std::uint32_t> positive = {
      0x00000000, 0x00000001, 0x00000002, 0x00400000, 0x007fffff,  // 0, subnormals
      0x00800000, 0x00800001, 0x00ffffff, 0x01000000,              // the smallest normals
      0x0c800000, 0x1a000000, 0x1a3504f3,                          // 2^-102, 2^-75, sqrt(2) 2^-75
      0x33000000, 0x33800000, 0x34000000,                          // 2^-25, 2^-24, 2^-23
      0x3f7fffff, 0x3f800000, 0x3f800001, 0x3fc00000, 0x40000000,  // around 1
      0x4b000001, 0x4b800000, 0x5f7fffff, 0x5f800000,              // 2^23 + 1, 2^24, 2^64
      0x7effffff, 0x7f000000, 0x7f7ffffe, 0x7f7fffff, kInfinity,   // the largest, infinity
      0x7f800001, 0x7fbfffff, 0x7fc00000, 0x7fffffff,              // signalling and quiet NaNs
  };
  if (kind == Multiplicand::kBf16) {
    positive = {0x00000000, 0x00010000, 0x00020000, 0x00400000, 0x007f0000, 0x00800000, 0x00810000,
                0x00ff0000, 0x01000000, 0x0c800000, 0x1a000000, 0x1a350000, 0x33000000, 0x33800000,
                0x34000000, 0x3f7f0000, 0x3f800000, 0x3f810000, 0x3fc00000, 0x40000000, 0x4b010000,
                0x5f7f0000, 0x5f800000, 0x7eff0000, 0x7f000000, 0x7f7e0000, 0x7f7f0000, kInfinity,
                0x7f810000, 0x7fbf0000, 0x7fc00000, 0x7fff0000};
  }
  std::vector<std::uint32_t> all;
  for (const std::uint32_t bits : positive) all.insert(all.end(), {bits, bits | kSignBit});
  return all;
}

void FloatReached::note(const FloatTriple& t, std::uint32_t result) {
  const auto is_nan = [](std::uint32_t bits) { return (bits & ~kSignBit) > kInfinity; };
  const auto finite = [](std::uint32_t bits) { return (bits & ~kSignBit) < kInfinity; };
  const auto zero = [](std::uint32_t bits) { return (bits & ~kSignBit) == 0; };
  const auto tiny = [&](std::uint32_t bits) { return field_of(bits) == 0 && !zero(bits); };
  nans += is_nan(result) ? 1U : 0U;
  invalid += is_nan(result) && !is_nan(t.a) && !is_nan(t.b) && !is_nan(t.c) ? 1U : 0U;
  negative_zeros += result == kSignBit ? 1U : 0U;
  if (!finite(t.a) || !finite(t.b) || !finite(t.c)) return;
  overflows += !finite(result) ? 1U : 0U;
  largest += (result & ~kSignBit) == kInfinity - 1 ? 1U : 0U;
  subnormal_results += tiny(result) ? 1U : 0U;
  if (zero(t.a) || zero(t.b) || zero(t.c)) return;
  exact_zeros +=
      zero(result) && ((t.a ^ t.b ^ t.c) & kSignBit) != 0 && product_field(t) > 0 ? 1U : 0U;
  subnormal_multiplicands += (tiny(t.a) || tiny(t.b)) && !zero(result) ? 1U : 0U;
  const int larger = std::max(product_field(t), static_cast<int>(field_of(t.c)));
  cancelled +=
      !zero(result) && !tiny(t.a) && !tiny(t.b) && static_cast<int>(field_of(result)) + 12 < larger
          ? 1U
          : 0U;
  const int distance = static_cast<int>(field_of(t.c)) - product_field(t);
  addend_alone += distance > 26 ? 1U : 0U;
  product_alone += distance < -26 ? 1U : 0U;
}

}  // namespace absim::test
