// SPDX-License-Identifier: Apache-2.0
#include "sim/units/posit_postproc.hpp"

namespace absim::sim {

std::int32_t posit_postprocess(models::PositFormat format, const models::PositQuire& accumulator,
                               const PositPostprocParams& params) {
  models::PositQuire sum = accumulator;
  sum.add_units(params.offset, params.offset_shift);
  sum.add_posit(params.residual, params.residual_exponent);
  const bool negative = sum.words().back() >> 63U != 0;
  if (params.relu && negative) {
    const bool nar = sum.is_nar();
    sum.clear();
    if (nar) sum.add_posit(format.nar());
  }
  if (params.is_s32) return sum.read_s32(params.shift);
  models::PositMode mode;
  if (params.toward_zero) mode.rounding = models::PositRounding::kTowardZero;
  return models::posit_signed(format, sum.read(params.out_exponent, mode));
}

void PositPostprocLane::tick(const models::PositQuire& accumulator,
                             const PositPostprocParams& params) {
  for (std::size_t s = kStages - 1; s > 0; --s) values_[s] = values_[s - 1];
  values_[0] = posit_postprocess(format_, accumulator, params);
}

}  // namespace absim::sim
