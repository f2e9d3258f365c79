// SPDX-License-Identifier: Apache-2.0
// Posit<n, es> numbers of at most 16 bits: decode, the one rounding function, conversions, and
// arithmetic that rounds once.
// Sources: Gustafson and Yonemoto, Supercomputing Frontiers 4(2), 2017; Posit Standard (2022).
#pragma once

#include <cstdint>
#include <string>

namespace absim::models {

/// A code: the n low bits; those above are zero.
using PositCode = std::uint16_t;

struct PositFormat {
  unsigned n = 8;   ///< bits, 3..16
  unsigned es = 1;  ///< exponent bits, 0..2

  /// M: maxpos = 2^M, minpos = 2^-M.
  [[nodiscard]] int max_exponent() const { return static_cast<int>((n - 2) << es); }
  [[nodiscard]] PositCode mask() const { return static_cast<PositCode>((1U << n) - 1U); }
  [[nodiscard]] PositCode nar() const { return static_cast<PositCode>(1U << (n - 1U)); }
  [[nodiscard]] PositCode maxpos() const { return static_cast<PositCode>(nar() - 1U); }
  friend bool operator==(PositFormat a, PositFormat b) { return a.n == b.n && a.es == b.es; }
  friend bool operator!=(PositFormat a, PositFormat b) { return !(a == b); }
};

/// Throws ConfigError `where: found ...; allowed: ...` unless 3 <= n <= 16 and es <= 2.
void check_posit_format(PositFormat format, const std::string& where);
std::string posit_name(PositFormat format);  // "posit(8,1)"

enum class PositRounding { kNearestEven, kTowardZero };  ///< on the bit string
enum class PositUnderflow {
  kToMinpos,  ///< nothing but zero rounds to zero (the standard; also under kTowardZero)
  kToZero,    ///< magnitudes below minpos / 2 become zero (a training mode)
};
struct PositMode {
  PositRounding rounding = PositRounding::kNearestEven;
  PositUnderflow underflow = PositUnderflow::kToMinpos;
};

enum class PositKind { kZero, kNaR, kFinite };

/// A decoded posit: (-1)^negative * significand * 2^(exponent - fraction_bits).
struct PositValue {
  PositKind kind = PositKind::kZero;
  bool negative = false;
  int exponent = 0;              ///< floor(log2 |x|), -M..M
  std::uint32_t significand = 0;  ///< hidden bit included: 2^fraction_bits <= it < 2^(fraction_bits + 1)
  unsigned fraction_bits = 0;    ///< 0..n - 3
  // As the word has them, for tables of fields:
  int regime = 0;             ///< k
  unsigned exponent_field = 0;  ///< e, missing bits read as 0
};

PositValue decode_posit(PositFormat format, PositCode code);

/// The only place that rounds. |x| = 2^exponent * (1 + fraction / 2^64 + something smaller than
/// 2^-64 if `sticky`). Magnitude first, sign after. x is not zero.
PositCode round_posit(PositFormat format, bool negative, int exponent, std::uint64_t fraction,
                      bool sticky, PositMode mode = {});

/// Infinity and NaN give NaR, both zeros give 0.
PositCode posit_from_double(PositFormat format, double x, PositMode mode = {});
double posit_to_double(PositFormat format, PositCode code);  ///< exact; NaR gives NaN
PositCode posit_convert(PositFormat to, PositFormat from, PositCode code, PositMode mode = {});

PositCode posit_negate(PositFormat format, PositCode code);
PositCode posit_add(PositFormat format, PositCode a, PositCode b, PositMode mode = {});
PositCode posit_multiply(PositFormat format, PositCode a, PositCode b, PositMode mode = {});
/// round(a * b + c), one rounding.
PositCode posit_fma(PositFormat format, PositCode a, PositCode b, PositCode c, PositMode mode = {});

/// The code as a signed integer of n bits: posits are ordered like these, NaR lowest.
std::int32_t posit_signed(PositFormat format, PositCode code);
PositCode posit_from_signed(PositFormat format, std::int32_t value);

}  // namespace absim::models
