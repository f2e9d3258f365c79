// SPDX-License-Identifier: Apache-2.0
#include "sim/units/pe_array.hpp"

#include "models/core/error.hpp"

namespace absim::sim {

PeArray::PeArray(const sc_core::sc_module_name& name, const ArchConfig& arch, PlaneKernel kernel)
    : sc_module(name),
      lanes_(arch.lanes),
      shape_(plane_shape(arch.cols, arch.lanes)),
      row_step_(shape_.col_blocks * kBlockCols),
      kernel_(kernel),
      accumulators_(arch.rows * row_step_) {}

void PeArray::tick(bool works, const Operand& operand, const std::uint32_t* weights, bool capture) {
  ABSIM_CHECK(!capture || result_valid_, "pe_array: capture without a result");
  if (capture) result_valid_ = false;
  if (!works) return;
  const StepTag& step = operand.tag;
  kernel_(shape_, step.rows, (step.cols + kBlockCols - 1) / kBlockCols, operand.words.data(),
          weights, plane_operation(step, plane_), accumulators_.data());
  ++array_cycles_;
  bit_macs_ += std::uint64_t{step.rows} * step.cols * lanes_;
  if (!last_cycle(step)) {
    ++plane_;
    return;
  }
  plane_ = 0;
  if (step.last_of_tile) {
    ABSIM_CHECK(!result_valid_, "pe_array: result over a result that was not captured");
    result_valid_ = true;
  }
}

void PeArray::reset() {
  plane_ = 0;
  result_valid_ = false;
  array_cycles_ = 0;
  bit_macs_ = 0;
}

}  // namespace absim::sim
