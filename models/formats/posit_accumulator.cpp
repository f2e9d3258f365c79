// SPDX-License-Identifier: Apache-2.0
#include "models/formats/posit_accumulator.hpp"

#include <fmt/format.h>

#include "models/core/error.hpp"

namespace absim::models {
namespace {

using Words = std::array<std::uint64_t, PositQuire::kWords>;
constexpr unsigned kWordBits = 64;
constexpr unsigned kQuireBits = kWordBits * PositQuire::kWords;

bool negative(const Words& words) { return words.back() >> (kWordBits - 1) != 0; }

/// words += addend + carry, modulo 2^320.
void add(Words& words, const Words& addend, bool carry) {
  __extension__ using Wide = unsigned __int128;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Wide sum = static_cast<Wide>(words[i]) + addend[i] + (carry ? 1U : 0U);
    words[i] = static_cast<std::uint64_t>(sum);
    carry = (sum >> kWordBits) != 0;
  }
}

void invert(Words& words) {
  for (std::uint64_t& word : words) word = ~word;
}

Words magnitude_of(const Words& words) {
  Words result = words;
  if (!negative(words)) return result;
  invert(result);
  add(result, Words{}, true);
  return result;
}

/// Position of the leading one; the value is not zero.
unsigned leading_bit(const Words& words) {
  std::size_t i = words.size() - 1;
  while (words[i] == 0) --i;
  unsigned bit = kWordBits - 1;
  while ((words[i] >> bit & 1U) == 0) --bit;
  return static_cast<unsigned>(i) * kWordBits + bit;
}

bool is_zero(const Words& words) {
  for (const std::uint64_t word : words) {
    if (word != 0) return false;
  }
  return true;
}

bool bit_at(const Words& words, unsigned position) {
  return (words[position / kWordBits] >> position % kWordBits & 1U) != 0;
}

/// Whether any of the `count` low bits is set.
bool any_below(const Words& words, unsigned count) {
  for (unsigned i = 0; i < words.size() && count > 0; ++i) {
    const std::uint64_t mask =
        count >= kWordBits ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
    if ((words[i] & mask) != 0) return true;
    count -= count >= kWordBits ? kWordBits : count;
  }
  return false;
}

}  // namespace

void check_posit_window(PositFormat format, const PositWindowConfig& window, const char* where) {
  const int low = -2 * format.max_exponent();
  const int high = 2 * format.max_exponent() + 1;
  if (window.low < low || window.high > high || window.low >= window.high || window.guard > 16) {
    throw ConfigError(
        fmt::format("{}: found {}:{}; allowed: L:M with {} <= L < M <= {}, the quire "
                    "of {}, and at most 16 guard bits",
                    where, window.low, window.high, low, high, posit_name(format)));
  }
}

PositQuire::PositQuire(PositFormat format) : format_(format) {}

void PositQuire::clear() {
  words_ = {};
  nar_ = false;
}

void PositQuire::add_magnitude(bool negative_sign, std::uint64_t magnitude, unsigned shift) {
  ABSIM_CHECK(shift + kWordBits <= kQuireBits, "posit quire: term beyond its width");
  Words term{};
  const unsigned word = shift / kWordBits;
  const unsigned bit = shift % kWordBits;
  term[word] = magnitude << bit;
  if (bit != 0 && word + 1 < term.size()) term[word + 1] = magnitude >> (kWordBits - bit);
  if (negative_sign) invert(term);
  add(words_, term, negative_sign);
}

void PositQuire::add_product(PositCode a, PositCode b) {
  const PositValue x = decode_posit(format_, a);
  const PositValue y = decode_posit(format_, b);
  if (x.kind == PositKind::kNaR || y.kind == PositKind::kNaR) {
    nar_ = true;
    return;
  }
  if (x.kind == PositKind::kZero || y.kind == PositKind::kZero) return;
  const int unit = x.exponent + y.exponent - static_cast<int>(x.fraction_bits + y.fraction_bits);
  add_magnitude(x.negative != y.negative, std::uint64_t{x.significand} * y.significand,
                static_cast<unsigned>(unit + 2 * format_.max_exponent()));
}

void PositQuire::add_posit(PositCode x, int exponent) {
  const PositValue value = decode_posit(format_, x);
  if (value.kind == PositKind::kNaR) nar_ = true;
  if (value.kind != PositKind::kFinite) return;
  ABSIM_CHECK(exponent >= -format_.max_exponent(), "posit quire: exponent below -M");
  const int unit = value.exponent - static_cast<int>(value.fraction_bits) + exponent;
  add_magnitude(value.negative, value.significand,
                static_cast<unsigned>(unit + 2 * format_.max_exponent()));
}

void PositQuire::add_units(std::int64_t integer, unsigned shift) {
  const std::uint64_t magnitude =
      integer < 0 ? 0 - static_cast<std::uint64_t>(integer) : static_cast<std::uint64_t>(integer);
  add_magnitude(integer < 0, magnitude, shift);
}

PositCode PositQuire::read(int exponent, PositMode mode) const {
  if (nar_) return format_.nar();
  if (is_zero(words_)) return 0;
  const Words magnitude = magnitude_of(words_);
  const unsigned lead = leading_bit(magnitude);
  std::uint64_t fraction = 0;  // the 64 bits below the leading one
  for (unsigned i = 1; i <= kWordBits; ++i) {
    fraction = fraction << 1 | (i <= lead && bit_at(magnitude, lead - i) ? 1U : 0U);
  }
  const bool sticky = lead > kWordBits && any_below(magnitude, lead - kWordBits);
  return round_posit(format_, negative(words_),
                     static_cast<int>(lead) - 2 * format_.max_exponent() + exponent, fraction,
                     sticky, mode);
}

std::int32_t PositQuire::read_s32(unsigned shift) const {
  ABSIM_CHECK(shift < kQuireBits - kWordBits, "posit quire: shift beyond its width");
  Words rounded = words_;
  if (shift > 0) {
    Words half{};
    half[(shift - 1) / kWordBits] = std::uint64_t{1} << (shift - 1) % kWordBits;
    add(rounded, half, false);
  }
  const bool minus = negative(rounded);
  // Fits where all bits from shift + 31 up equal the sign.
  for (unsigned i = shift + 31; i < kQuireBits; ++i) {
    if (bit_at(rounded, i) != minus) return minus ? INT32_MIN : INT32_MAX;
  }
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 32; ++i) {
    value |= (bit_at(rounded, shift + i) ? 1U : 0U) << i;
  }
  return static_cast<std::int32_t>(value);
}

bool PositQuire::fits(unsigned bits) const {
  for (unsigned i = bits - 1; i < kQuireBits; ++i) {
    if (bit_at(words_, i) != negative(words_)) return false;
  }
  return true;
}

PositWindow::PositWindow(PositFormat format, PositWindowConfig window)
    : format_(format), window_(window), quire_(format) {
  check_posit_window(format, window, "posit window");
}

void PositWindow::clear() {
  quire_.clear();
  products_ = 0;
}

void PositWindow::add_product(PositCode a, PositCode b) {
  ABSIM_CHECK(products_ < std::uint64_t{1} << window_.guard, "posit window: too many products");
  ++products_;
  PositQuire product(format_);
  product.add_product(a, b);
  if (product.is_nar()) {
    quire_.add_product(a, b);
    return;
  }
  if (is_zero(product.words())) return;
  const bool minus = negative(product.words());
  Words magnitude = magnitude_of(product.words());
  const auto low = static_cast<unsigned>(window_.low + 2 * format_.max_exponent());
  const auto high = static_cast<unsigned>(window_.high + 2 * format_.max_exponent());
  const bool above = leading_bit(magnitude) >= high;
  for (unsigned i = 0; i < kQuireBits; ++i) {
    const bool inside = i >= low && i < high;
    const std::uint64_t mask = std::uint64_t{1} << i % kWordBits;
    std::uint64_t& word = magnitude[i / kWordBits];
    if (inside && above) word |= mask;  // 2^high - 2^low
    if (!inside) word &= ~mask;
  }
  for (unsigned i = 0; i < magnitude.size() - 1; ++i) {
    const std::uint64_t word = magnitude[i];
    // In two halves, as add_units takes signed integers.
    const auto add_half = [&](std::uint64_t half, unsigned shift) {
      const auto value = static_cast<std::int64_t>(half);
      quire_.add_units(minus ? -value : value, shift);
    };
    add_half(word & 0xffffffffU, i * kWordBits);
    add_half(word >> 32, i * kWordBits + 32);
  }
}

PositCode PositWindow::read(PositMode mode) const { return quire_.read(0, mode); }

}  // namespace absim::models
