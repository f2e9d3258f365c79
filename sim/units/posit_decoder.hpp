// SPDX-License-Identifier: Apache-2.0
// Posit decoder: a code to sign, exponent and left-aligned significand, as the datapath has them.
// RTL twin: rtl/absim_posit_decoder.sv. Cycles: combinational.
#pragma once

#include <cstdint>

#include "models/formats/posit.hpp"

namespace absim::sim {

/// value = (-1)^sign * significand * 2^(exponent - fraction_bits(format)).
struct PositFields {
  bool zero = false;
  bool nar = false;
  bool sign = false;
  std::int32_t exponent = 0;      ///< 0 for zero and NaR
  std::uint32_t significand = 0;  ///< hidden bit included; 0 for zero and NaR
  friend bool operator==(const PositFields& a, const PositFields& b) {
    return a.zero == b.zero && a.nar == b.nar && a.sign == b.sign && a.exponent == b.exponent &&
           a.significand == b.significand;
  }
};

/// The longest fraction of the format: max(0, n - 3 - es).
unsigned posit_fraction_bits(models::PositFormat format);
PositFields decode_fields(models::PositFormat format, models::PositCode code);

}  // namespace absim::sim
