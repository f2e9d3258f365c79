// SPDX-License-Identifier: Apache-2.0
// The Verilated posit units of every tested format at -O0 and -O3, and operands for them.
#pragma once

#include <Vposit_16_1_o0.h>
#include <Vposit_16_1_o3.h>
#include <Vposit_16_2_o0.h>
#include <Vposit_16_2_o3.h>
#include <Vposit_7_1_o0.h>
#include <Vposit_7_1_o3.h>
#include <Vposit_8_0_o0.h>
#include <Vposit_8_0_o3.h>
#include <Vposit_8_1_o0.h>
#include <Vposit_8_1_o3.h>
#include <Vposit_8_2_o0.h>
#include <Vposit_8_2_o3.h>

#include "sim/cosim/posit_driver.hpp"
#include "tests/rtl/layer_case.hpp"

namespace absim::tests {

template <typename Verilated, unsigned kN, unsigned kEs>
struct PositModel {
  using Model = Verilated;
  static constexpr models::PositFormat kFormat{kN, kEs};
};

using Posit7x1O0 = PositModel<Vposit_7_1_o0, 7, 1>;
using Posit7x1O3 = PositModel<Vposit_7_1_o3, 7, 1>;
using Posit8x0O0 = PositModel<Vposit_8_0_o0, 8, 0>;
using Posit8x0O3 = PositModel<Vposit_8_0_o3, 8, 0>;
using Posit8x1O0 = PositModel<Vposit_8_1_o0, 8, 1>;
using Posit8x1O3 = PositModel<Vposit_8_1_o3, 8, 1>;
using Posit8x2O0 = PositModel<Vposit_8_2_o0, 8, 2>;
using Posit8x2O3 = PositModel<Vposit_8_2_o3, 8, 2>;
using Posit16x1O0 = PositModel<Vposit_16_1_o0, 16, 1>;
using Posit16x1O3 = PositModel<Vposit_16_1_o3, 16, 1>;
using Posit16x2O0 = PositModel<Vposit_16_2_o0, 16, 2>;
using Posit16x2O3 = PositModel<Vposit_16_2_o3, 16, 2>;

inline models::PositCode random_code(Rng& rng, models::PositFormat format) {
  return static_cast<models::PositCode>(rng() & format.mask());
}

/// A code between 1/4 and 4 in magnitude: near 1 the fractions are longest.
inline models::PositCode middle_code(Rng& rng, models::PositFormat format) {
  const std::int64_t one = std::int64_t{1} << (format.n - 2);
  const std::int64_t half = one / 2;
  const std::int64_t magnitude = uniform(rng, one - half, one + half - 1);
  return models::posit_from_signed(
      format, static_cast<std::int32_t>(chance(rng, 50) ? magnitude : -magnitude));
}

/// Zero, NaR, and both signs of minpos, maxpos, 1 and their neighbours.
inline std::vector<models::PositCode> corner_codes(models::PositFormat format) {
  std::vector<models::PositCode> codes = {0, format.nar()};
  const std::int32_t max = format.maxpos();
  const std::int32_t one = 1 << (format.n - 2);
  for (const std::int32_t value : {1, 2, 3, max, max - 1, max - 2, one, one - 1, one + 1, one / 2,
                                   one / 2 + 1, one + one / 2, one + one / 2 - 1}) {
    codes.push_back(models::posit_from_signed(format, value));
    codes.push_back(models::posit_from_signed(format, -value));
  }
  return codes;
}

}  // namespace absim::tests
