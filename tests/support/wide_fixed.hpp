// SPDX-License-Identifier: Apache-2.0
// A signed fixed-point number of 640 bits, 320 of them behind the point: slow, plain and wide
// enough for every sum that the posit tests make.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "models/core/error.hpp"

namespace absim::test {

class WideFixed {
 public:
  static constexpr int kPoint = 320;
  static constexpr std::size_t kLimbs = 20;  // of 32 bits, the least significant first

  WideFixed() = default;
  /// Exact; fails if x has bits that this type does not.
  explicit WideFixed(double x) {
    if (x == 0.0) return;
    int exponent = 0;
    const double fraction = std::frexp(std::fabs(x), &exponent);
    const auto integer = static_cast<std::uint64_t>(std::ldexp(fraction, 53));
    const int lowest = exponent - 53 + kPoint;
    for (int bit = 0; bit < 53; ++bit) {
      if ((integer >> bit & 1U) != 0) set(lowest + bit);
    }
    if (x < 0) *this = negated();
  }

  [[nodiscard]] bool negative() const { return limbs_.back() >> 31U != 0; }
  [[nodiscard]] bool is_zero() const { return limbs_ == decltype(limbs_){}; }

  WideFixed& operator+=(const WideFixed& other) {
    const bool same_sign = negative() == other.negative();
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < kLimbs; ++i) {
      carry += std::uint64_t{limbs_[i]} + other.limbs_[i];
      limbs_[i] = static_cast<std::uint32_t>(carry);
      carry >>= 32U;
    }
    ABSIM_CHECK(!same_sign || negative() == other.negative(), "wide sum overflows");
    return *this;
  }
  friend WideFixed operator+(WideFixed a, const WideFixed& b) { return a += b; }

  [[nodiscard]] WideFixed negated() const {
    WideFixed result;
    std::uint64_t carry = 1;
    for (std::size_t i = 0; i < kLimbs; ++i) {
      carry += ~limbs_[i];
      result.limbs_[i] = static_cast<std::uint32_t>(carry);
      carry >>= 32U;
    }
    return result;
  }
  [[nodiscard]] WideFixed magnitude() const { return negative() ? negated() : *this; }

  /// floor(this * 2^exponent), in units of the last bit; fails if it does not fit.
  [[nodiscard]] WideFixed scaled(int exponent) const {
    constexpr int kBits = static_cast<int>(32 * kLimbs);
    WideFixed result;
    for (int bit = 0; bit < kBits; ++bit) {
      const int from = bit - exponent;
      if (from < 0) continue;
      if (from >= kBits ? negative() : test(from)) {
        result.limbs_[static_cast<std::size_t>(bit / 32)] |= 1U << bit % 32;  // the sign as well
      }
    }
    if (exponent > 0) {
      for (int bit = kBits - 1 - exponent; bit < kBits; ++bit) {
        ABSIM_CHECK(test(bit) == negative(), "wide shift overflows");
      }
    }
    return result;
  }
  /// The bit that weighs 2^exponent, in two's complement.
  [[nodiscard]] bool bit(int exponent) const { return test(exponent + kPoint); }
  /// floor(log2 |this|); of zero it is -kPoint - 1.
  [[nodiscard]] int leading() const {
    const WideFixed positive = magnitude();
    int bit = static_cast<int>(32 * kLimbs) - 1;
    while (bit >= 0 && !positive.test(bit)) --bit;
    return bit - kPoint;
  }
  /// The largest whole number that is not larger.
  [[nodiscard]] WideFixed floored() const {
    WideFixed result = *this;
    for (std::size_t i = 0; i < kPoint / 32; ++i) result.limbs_[i] = 0;
    return result;
  }

  friend bool operator==(const WideFixed& a, const WideFixed& b) { return a.limbs_ == b.limbs_; }
  friend bool operator<(const WideFixed& a, const WideFixed& b) {
    if (a.negative() != b.negative()) return a.negative();
    for (std::size_t i = kLimbs; i-- > 0;) {
      if (a.limbs_[i] != b.limbs_[i]) return a.limbs_[i] < b.limbs_[i];
    }
    return false;
  }

 private:
  [[nodiscard]] bool test(int bit) const {
    return (limbs_[static_cast<std::size_t>(bit / 32)] >> bit % 32 & 1U) != 0;
  }
  void set(int bit) {
    ABSIM_CHECK(bit >= 0 && bit < static_cast<int>(32 * kLimbs) - 1, "wide number out of range");
    limbs_[static_cast<std::size_t>(bit / 32)] |= 1U << bit % 32;
  }

  std::array<std::uint32_t, kLimbs> limbs_{};
};

}  // namespace absim::test
