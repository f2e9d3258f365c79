// SPDX-License-Identifier: Apache-2.0
// Arithmetic that rounds once: an exact sum in a quire of its own, read once.
#include "models/formats/posit.hpp"
#include "models/formats/posit_accumulator.hpp"

namespace absim::models {

PositCode posit_add(PositFormat format, PositCode a, PositCode b, PositMode mode) {
  PositQuire sum(format);
  sum.add_posit(a);
  sum.add_posit(b);
  return sum.read(0, mode);
}

PositCode posit_multiply(PositFormat format, PositCode a, PositCode b, PositMode mode) {
  const PositValue x = decode_posit(format, a);
  const PositValue y = decode_posit(format, b);
  if (x.kind == PositKind::kNaR || y.kind == PositKind::kNaR) return format.nar();
  if (x.kind == PositKind::kZero || y.kind == PositKind::kZero) return 0;
  const std::uint64_t product = std::uint64_t{x.significand} * y.significand;
  const unsigned point = x.fraction_bits + y.fraction_bits;
  const unsigned carry = static_cast<unsigned>(product >> (point + 1U));  // product lies in [1, 4)
  const unsigned fraction_bits = point + carry;
  const std::uint64_t fraction = fraction_bits == 0 ? 0 : product << (64U - fraction_bits);
  return round_posit(format, x.negative != y.negative,
                     x.exponent + y.exponent + static_cast<int>(carry), fraction, false, mode);
}

PositCode posit_fma(PositFormat format, PositCode a, PositCode b, PositCode c, PositMode mode) {
  PositQuire sum(format);
  sum.add_product(a, b);
  sum.add_posit(c);
  return sum.read(0, mode);
}

PositCode posit_chain(PositFormat format, PositChain chain, Span<const PositCode> a,
                      Span<const PositCode> b, PositMode mode) {
  PositCode sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    switch (chain) {
      case PositChain::kFma:
        sum = posit_fma(format, a[i], b[i], sum, mode);
        break;
      case PositChain::kMultiplyAdd:
        sum = posit_add(format, sum, posit_multiply(format, a[i], b[i], mode), mode);
        break;
    }
  }
  return sum;
}

}  // namespace absim::models
