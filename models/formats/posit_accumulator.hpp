// SPDX-License-Identifier: Apache-2.0
// Sums of posit products: exact (quire), in a fixed window, or rounded at every step (chain).
// NaR is sticky in all of them; clear() resets it; reading changes nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "models/core/span.hpp"
#include "models/formats/posit.hpp"

namespace absim::models {

/// Exact sum in two's complement, unit 2^(-2M). 320 bits: enough for every format here and 2^63
/// products, so it never overflows in practice; hardware widths are checked apart (fits()).
class PositQuire {
 public:
  static constexpr std::size_t kWords = 5;

  explicit PositQuire(PositFormat format);
  void clear();
  void add_product(PositCode a, PositCode b);
  /// Adds x * 2^exponent exactly; exponent >= -M, or the ABSIM_CHECK fails.
  void add_posit(PositCode x, int exponent = 0);
  /// Adds integer * 2^shift units. shift: 0..255.
  void add_units(std::int64_t integer, unsigned shift = 0);
  /// round(sum * 2^exponent), one rounding; 0 for an empty sum, NaR if there was one.
  [[nodiscard]] PositCode read(int exponent = 0, PositMode mode = {}) const;
  /// clamp_s32(floor((sum + half) / 2^shift)) in units; half = 2^(shift-1), 0 where shift = 0.
  [[nodiscard]] std::int32_t read_s32(unsigned shift) const;
  [[nodiscard]] bool is_nar() const { return nar_; }
  /// Whether the sum fits a two's complement register of so many bits.
  [[nodiscard]] bool fits(unsigned bits) const;
  /// Two's complement words, the least significant first.
  [[nodiscard]] const std::array<std::uint64_t, kWords>& words() const { return words_; }

 private:
  void add_magnitude(bool negative, std::uint64_t magnitude, unsigned shift);

  PositFormat format_;
  std::array<std::uint64_t, kWords> words_{};
  bool nar_ = false;
};

/// Fixed window [2^low, 2^high): a product's magnitude of 2^high or more counts as 2^high - 2^low,
/// otherwise it is cut to a multiple of 2^low; then it takes its sign. With at most 2^guard
/// products nothing overflows, so the result does not depend on their order. One rounding at
/// read().
struct PositWindowConfig {
  int low = 0;         ///< L >= -2M
  int high = 1;        ///< L < high <= 2M + 1
  unsigned guard = 9;  ///< bits, 0..16
};
/// Throws ConfigError `where: ...` for a window outside the quire.
void check_posit_window(PositFormat format, const PositWindowConfig& window, const char* where);

class PositWindow {
 public:
  PositWindow(PositFormat format, PositWindowConfig window);
  void clear();
  void add_product(PositCode a, PositCode b);
  [[nodiscard]] PositCode read(PositMode mode = {}) const;
  [[nodiscard]] bool is_nar() const { return quire_.is_nar(); }

 private:
  PositFormat format_;
  PositWindowConfig window_;
  PositQuire quire_;  // holds multiples of 2^low
  std::uint64_t products_ = 0;
};

enum class PositChain { kFma, kMultiplyAdd };
/// acc = 0; in index order acc = round(a_i b_i + acc), or round(acc + round(a_i b_i)).
PositCode posit_chain(PositFormat format, PositChain chain, Span<const PositCode> a,
                      Span<const PositCode> b, PositMode mode = {});

}  // namespace absim::models
