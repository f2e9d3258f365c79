// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/verilated_sdfp.hpp"

#include <Vsdfp_unit_o3.h>

#include <string>

#include "models/core/error.hpp"
#include "sim/cosim/verilated_block.hpp"

namespace absim::sim {

class SdfpRtl::Model {
 public:
  VerilatedBlock<Vsdfp_unit_o3> rtl{"sdfp_unit"};
};

SdfpRtl::SdfpRtl() : model_(std::make_unique<Model>()) {}
SdfpRtl::~SdfpRtl() = default;
SdfpRtl::SdfpRtl(SdfpRtl&&) noexcept = default;
SdfpRtl& SdfpRtl::operator=(SdfpRtl&&) noexcept = default;

SdfpOutput SdfpRtl::run(const SdfpInput& input) {
  const bool symmetric = input.range.low == -127;
  if (input.range.high != 127 || (!symmetric && input.range.low != -128)) {
    throw ConfigError("sdfp_shifter: range: found " + std::to_string(input.range.low) + ".." +
                      std::to_string(input.range.high) + "; allowed: -127..127, -128..127");
  }
  if (input.shift < -512 || input.shift > 511) {
    throw ConfigError("sdfp_shifter: shift: found " + std::to_string(input.shift) +
                      "; allowed: -512..511");
  }
  VerilatedBlock<Vsdfp_unit_o3>& rtl = model_->rtl;
  rtl->valid_i = 1;
  rtl->acc_i = static_cast<std::uint32_t>(input.accumulator);
  rtl->shift_i = static_cast<SData>(static_cast<std::uint32_t>(input.shift) & 0x3ffU);
  rtl->rounding_i = static_cast<CData>(input.rounding);
  rtl->random_i = input.random;
  rtl->range_i = 1;  // OUT_S8
  rtl->symmetric_i = symmetric;
  rtl.tick();
  SdfpOutput output;
  output.value = static_cast<std::int32_t>(rtl->value_o);
  output.saturated = rtl->saturated_o != 0;
  output.underflowed = rtl->underflowed_o != 0;
  return output;
}

models::DfpCounters SdfpRtl::counters() const {
  const VerilatedBlock<Vsdfp_unit_o3>& rtl = model_->rtl;
  return {rtl->values_o, rtl->saturated_count_o, rtl->underflowed_count_o};
}

}  // namespace absim::sim
