// SPDX-License-Identifier: Apache-2.0
#include "sim/units/posit_decoder.hpp"

namespace absim::sim {

unsigned posit_fraction_bits(models::PositFormat format) {
  return format.n > format.es + 3 ? format.n - format.es - 3 : 0;
}

PositFields decode_fields(models::PositFormat format, models::PositCode code) {
  const models::PositValue value = models::decode_posit(format, code);
  PositFields fields;
  fields.zero = value.kind == models::PositKind::kZero;
  fields.nar = value.kind == models::PositKind::kNaR;
  if (value.kind != models::PositKind::kFinite) return fields;
  fields.sign = value.negative;
  fields.exponent = value.exponent;
  fields.significand = value.significand << (posit_fraction_bits(format) - value.fraction_bits);
  return fields;
}

}  // namespace absim::sim
