// SPDX-License-Identifier: Apache-2.0
// Decode, round, convert.
#include "models/formats/posit.hpp"

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "models/core/error.hpp"

namespace absim::models {
namespace {

constexpr unsigned kMinBits = 3;
constexpr unsigned kMaxBits = 16;
constexpr unsigned kMaxExponentBits = 2;

PositCode with_sign(PositFormat format, bool negative, PositCode body) {
  return negative ? posit_negate(format, body) : body;
}

}  // namespace

void check_posit_format(PositFormat format, const std::string& where) {
  if (format.n < kMinBits || format.n > kMaxBits || format.es > kMaxExponentBits) {
    throw ConfigError(
        fmt::format("{}: found posit({},{}); allowed: {} to {} bits, 0 to {} of the "
                    "exponent",
                    where, format.n, format.es, kMinBits, kMaxBits, kMaxExponentBits));
  }
}

std::string posit_name(PositFormat format) {
  return fmt::format("posit({},{})", format.n, format.es);
}

PositValue decode_posit(PositFormat format, PositCode code) {
  PositValue value;
  if (code == 0) return value;
  if (code == format.nar()) {
    value.kind = PositKind::kNaR;
    return value;
  }
  value.kind = PositKind::kFinite;
  value.negative = (code & format.nar()) != 0;
  const PositCode body = with_sign(format, value.negative, code);
  unsigned left = format.n - 1;  // bits not read yet
  const auto bit = [&](unsigned position) {
    return (static_cast<unsigned>(body) >> position) & 1U;
  };
  const unsigned kind = bit(left - 1);
  int run = 0;
  while (left > 0 && bit(left - 1) == kind) {
    ++run;
    --left;
  }
  value.regime = kind == 1 ? run - 1 : -run;
  if (left > 0) --left;  // the bit that ends the run; maxpos has none
  for (unsigned i = 0; i < format.es; ++i) {
    value.exponent_field <<= 1;
    if (left > 0) value.exponent_field |= bit(--left);
  }
  value.fraction_bits = left;
  value.significand = (1U << left) | (static_cast<unsigned>(body) & ((1U << left) - 1U));
  value.exponent = value.regime * (1 << format.es) + static_cast<int>(value.exponent_field);
  return value;
}

PositCode round_posit(PositFormat format, bool negative, int exponent, std::uint64_t fraction,
                      bool sticky, PositMode mode) {
  const int largest = format.max_exponent();
  if (exponent >= largest) return with_sign(format, negative, format.maxpos());
  if (exponent < -largest) {
    // |x| < minpos / 2 where the exponent is below -M - 1.
    const bool vanishes = mode.underflow == PositUnderflow::kToZero && exponent < -largest - 1;
    return vanishes ? PositCode{0} : with_sign(format, negative, PositCode{1});
  }
  // The whole bit string regime | exponent | fraction, left-aligned in 128 bits.
  __extension__ using Wide = unsigned __int128;
  const int regime =
      exponent >= 0 ? exponent >> format.es : -((-exponent + (1 << format.es) - 1) >> format.es);
  const auto field = static_cast<unsigned>(exponent - regime * (1 << format.es));
  Wide string = 0;
  unsigned used = 0;
  const auto append = [&](std::uint64_t bits, unsigned width) {
    if (width == 0) return;
    used += width;
    string |= static_cast<Wide>(bits) << (128U - used);
  };
  if (regime >= 0) {
    const auto ones = static_cast<unsigned>(regime) + 1;
    append(((std::uint64_t{1} << ones) - 1) << 1, ones + 1);
  } else {
    append(1, static_cast<unsigned>(-regime) + 1);
  }
  append(field, format.es);
  append(fraction, 64);
  const unsigned kept = format.n - 1;
  auto body = static_cast<unsigned>(string >> (128U - kept));
  const Wide rest = string << kept;
  const bool guard = (rest >> 127U) != 0;
  const bool below = static_cast<Wide>(rest << 1U) != 0 || sticky;
  if (mode.rounding == PositRounding::kNearestEven && guard && (below || (body & 1U) != 0)) ++body;
  return with_sign(format, negative, static_cast<PositCode>(body));
}

PositCode posit_from_double(PositFormat format, double x, PositMode mode) {
  if (x == 0.0) return 0;
  if (!std::isfinite(x)) return format.nar();
  int exponent = 0;
  const double magnitude = std::frexp(std::fabs(x), &exponent);  // [0.5, 1)
  constexpr int kBits = std::numeric_limits<double>::digits;
  const auto significand = static_cast<std::uint64_t>(std::ldexp(magnitude, kBits));
  // Without the hidden bit, left-aligned.
  const std::uint64_t fraction = significand << (64 - kBits + 1);
  return round_posit(format, std::signbit(x), exponent - 1, fraction, false, mode);
}

double posit_to_double(PositFormat format, PositCode code) {
  const PositValue value = decode_posit(format, code);
  switch (value.kind) {
    case PositKind::kZero:
      return 0.0;
    case PositKind::kNaR:
      return std::numeric_limits<double>::quiet_NaN();
    case PositKind::kFinite:
      break;
  }
  const double magnitude = std::ldexp(static_cast<double>(value.significand),
                                      value.exponent - static_cast<int>(value.fraction_bits));
  return value.negative ? -magnitude : magnitude;
}

PositCode posit_convert(PositFormat to, PositFormat from, PositCode code, PositMode mode) {
  const PositValue value = decode_posit(from, code);
  switch (value.kind) {
    case PositKind::kZero:
      return 0;
    case PositKind::kNaR:
      return to.nar();
    case PositKind::kFinite:
      break;
  }
  // The hidden bit falls out at the left.
  const std::uint64_t fraction = value.fraction_bits == 0
                                     ? 0
                                     : static_cast<std::uint64_t>(value.significand)
                                           << (64U - value.fraction_bits);
  return round_posit(to, value.negative, value.exponent, fraction, false, mode);
}

PositCode posit_negate(PositFormat format, PositCode code) {
  return static_cast<PositCode>((0U - code) & format.mask());
}

std::int32_t posit_signed(PositFormat format, PositCode code) {
  return (code & format.nar()) != 0 ? static_cast<std::int32_t>(code) - (1 << format.n)
                                    : static_cast<std::int32_t>(code);
}

PositCode posit_from_signed(PositFormat format, std::int32_t value) {
  return static_cast<PositCode>(static_cast<std::uint32_t>(value) & format.mask());
}

}  // namespace absim::models
