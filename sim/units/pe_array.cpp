// SPDX-License-Identifier: Apache-2.0
#include "sim/units/pe_array.hpp"

#include "models/core/error.hpp"

namespace absim::sim {

PeArray::PeArray(const sc_core::sc_module_name& name, const ArchConfig& arch, PlaneKernel kernel)
    : sc_module(name),
      kind_(arch.pe),
      lanes_(arch.lanes),
      latency_(arch.pe_latency()),
      sets_(latency_ > 0 ? 2 : 1),
      shape_(plane_shape(arch.cols, arch.lanes)),
      row_step_(kind_ == PeKind::kAbs ? shape_.col_blocks * kBlockCols : arch.cols),
      set_size_(arch.rows * row_step_),
      kernel_(kernel),
      mac_shape_{arch.cols, arch.lanes, padded_lanes(arch.act_word_bytes())},
      posit_step_({arch.posit_bits, arch.posit_es}, mac_shape_),
      accumulators_(kind_ == PeKind::kPosit ? 0 : sets_ * set_size_),
      wide_accumulators_(kind_ == PeKind::kPosit ? sets_ * set_size_ : 0) {}

void PeArray::compute(const Operand& operand, const WeightWord& weights) {
  const StepTag& step = operand.tag;
  const std::uint8_t* acts = operand.words.data();
  if (step.first_of_tile && plane_ == 0) set_ = (set_ + 1) % sets_;
  switch (kind_) {
    case PeKind::kAbs:
      kernel_(shape_, step.rows, (step.cols + kBlockCols - 1) / kBlockCols, acts, weights.planes,
              plane_operation(step, plane_), accumulators_.data());
      break;
    case PeKind::kDfp:
      dfp_step(mac_shape_, step.rows, step.cols, acts, step.act_signed, weights.integers,
               step.first_of_tile, &accumulators_[set_ * set_size_]);
      break;
    case PeKind::kPosit:
      posit_step_.run(step.rows, step.cols, acts, weights.posits, step.first_of_tile,
                      &wide_accumulators_[set_ * set_size_]);
      break;
  }
}

void PeArray::tick(bool works, const Operand& operand, const WeightWord& weights, bool capture) {
  ABSIM_CHECK(!capture || result_valid(), "pe_array: capture without a result");
  if (capture) {
    --pending_;
    waits_[0] = waits_[1];
    front_ = (front_ + 1) % sets_;
  }
  for (unsigned i = 0; i < pending_; ++i) waits_[i] -= waits_[i] > 0 ? 1U : 0U;
  if (!works) return;
  const StepTag& step = operand.tag;
  compute(operand, weights);
  ++array_cycles_;
  bit_macs_ += std::uint64_t{step.rows} * step.cols * lanes_;
  if (!last_cycle(step)) {
    ++plane_;
    return;
  }
  plane_ = 0;
  if (step.last_of_tile) {
    ABSIM_CHECK(pending_ < sets_, "pe_array: result over a result that was not captured");
    if (pending_ == 0) front_ = set_;
    waits_[pending_++] = latency_;
  }
}

void PeArray::reset() {
  plane_ = 0;
  pending_ = 0;
  set_ = 0;
  front_ = 0;
  array_cycles_ = 0;
  bit_macs_ = 0;
}

}  // namespace absim::sim
