// SPDX-License-Identifier: Apache-2.0
#include "tests/support/float_oracle.hpp"

#include <array>
#include <cmath>
#include <cstring>

namespace absim::test {
namespace {

constexpr std::uint32_t kNan = 0x7fc00000;
constexpr std::uint32_t kInfinity = 0x7f800000;
constexpr std::uint32_t kSignBit = 0x80000000;
constexpr unsigned kWords = 10;
constexpr unsigned kPoint = 149;  // a number's bits count 2^-149, a product's 2^-298

// Unsigned fixed point in units of 2^-298; a product is below 2^256, so 554 bits are needed.
class Fixed {
 public:
  void add_power(unsigned bit) {
    unsigned word = bit / 64;
    std::uint64_t carry = std::uint64_t{1} << bit % 64;
    while (carry != 0) {
      words_[word] += carry;
      carry = words_[word] < carry ? 1 : 0;
      ++word;
    }
  }
  [[nodiscard]] int compare(const Fixed& other) const {
    for (unsigned i = kWords; i-- > 0;) {
      if (words_[i] != other.words_[i]) return words_[i] < other.words_[i] ? -1 : 1;
    }
    return 0;
  }
  void add(const Fixed& other) {
    std::uint64_t carry = 0;
    for (unsigned i = 0; i < kWords; ++i) {
      const std::uint64_t partial = words_[i] + carry;
      const std::uint64_t carried = partial < carry ? 1 : 0;
      words_[i] = partial + other.words_[i];
      carry = carried + (words_[i] < partial ? 1 : 0);
    }
  }
  void subtract(const Fixed& smaller) {
    std::uint64_t borrow = 0;
    for (unsigned i = 0; i < kWords; ++i) {
      const std::uint64_t old = words_[i];
      words_[i] = old - smaller.words_[i] - borrow;
      borrow = old < smaller.words_[i] || (old == smaller.words_[i] && borrow != 0) ? 1 : 0;
    }
  }
  [[nodiscard]] bool zero() const { return compare(Fixed()) == 0; }

 private:
  std::array<std::uint64_t, kWords> words_{};
};

/// Places of the set bits of a magnitude, in units of 2^-149. Infinity's pattern gives 2^128.
struct Places {
  std::array<unsigned, 24> at{};
  unsigned count = 0;

  explicit Places(std::uint32_t magnitude) {
    const unsigned field = magnitude / 0x800000U;
    const unsigned lowest = field == 0 ? 0 : field - 1;
    for (unsigned i = 0; i < 23; ++i) {
      if ((magnitude >> i & 1U) != 0) at[count++] = lowest + i;
    }
    if (field != 0) at[count++] = lowest + 23;
  }
};

Fixed value_of(std::uint32_t magnitude) {
  Fixed value;
  const Places places(magnitude);
  for (unsigned i = 0; i < places.count; ++i) value.add_power(places.at[i] + kPoint);
  return value;
}

OracleResult nearest(const Fixed& value) {
  OracleResult result;
  if (value.compare(value_of(kInfinity)) >= 0) {
    result.bits = kInfinity;
    result.inexact = true;
    return result;
  }
  std::uint32_t below = 0;
  std::uint32_t above = kInfinity;
  while (above - below > 1) {
    const std::uint32_t middle = below + (above - below) / 2;
    (value_of(middle).compare(value) <= 0 ? below : above) = middle;
  }
  result.inexact = value_of(below).compare(value) != 0;
  Fixed twice = value;
  twice.add(value);
  Fixed both = value_of(below);
  both.add(value_of(above));
  const int side = twice.compare(both);
  result.tie = side == 0;
  const bool up = side > 0 || (side == 0 && below % 2 != 0);
  result.bits = up ? above : below;
  return result;
}

bool is_nan(std::uint32_t bits) { return (bits & ~kSignBit) > kInfinity; }
bool is_infinite(std::uint32_t bits) { return (bits & ~kSignBit) == kInfinity; }
bool is_zero(std::uint32_t bits) { return (bits & ~kSignBit) == 0; }

}  // namespace

OracleResult oracle_fma(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  const std::uint32_t sign = (a ^ b) & kSignBit;
  const std::uint32_t c_sign = c & kSignBit;
  OracleResult result;
  result.bits = kNan;
  if (is_nan(a) || is_nan(b) || is_nan(c)) return result;
  if (is_infinite(a) || is_infinite(b)) {
    if (is_zero(a) || is_zero(b)) return result;
    if (is_infinite(c) && c_sign != sign) return result;
    result.bits = sign | kInfinity;
    return result;
  }
  if (is_infinite(c)) {
    result.bits = c;
    return result;
  }
  Fixed product;
  const Places pa(a & ~kSignBit);
  const Places pb(b & ~kSignBit);
  for (unsigned i = 0; i < pa.count; ++i) {
    for (unsigned j = 0; j < pb.count; ++j) product.add_power(pa.at[i] + pb.at[j]);
  }
  Fixed addend = value_of(c & ~kSignBit);
  std::uint32_t result_sign = sign;
  if (sign == c_sign) {
    product.add(addend);
  } else if (product.compare(addend) >= 0) {
    product.subtract(addend);
    if (product.zero()) result_sign = 0;  // x - x
  } else {
    addend.subtract(product);
    product = addend;
    result_sign = c_sign;
  }
  result = nearest(product);
  result.bits |= result_sign;
  return result;
}

std::uint32_t host_fma(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  float values[3];
  const std::uint32_t bits[3] = {a, b, c};
  std::memcpy(values, bits, sizeof values);
  const float result = std::fma(values[0], values[1], values[2]);
  std::uint32_t out = 0;
  std::memcpy(&out, &result, sizeof out);
  return is_nan(out) ? kNan : out;
}

}  // namespace absim::test
