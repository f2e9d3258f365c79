// SPDX-License-Identifier: Apache-2.0
// rows x cols processing elements, output-stationary: one array cycle of all of them a clock.
// RTL twins: rtl/absim_pe_array.sv, rtl/absim_abs_pe.sv, rtl/absim_dfp_pe.sv,
// rtl/absim_posit_pe.sv.
// Cycles: 1 a progressive step, t a stationary one; the result is valid 1 + the PE's latency after
// the tile's last. Values are computed at once and kept until their cycle: a second set of
// accumulators stands for the PEs' pipeline.
#pragma once

#include <array>
#include <cstdint>
#include <systemc>
#include <vector>

#include "sim/core/arch_config.hpp"
#include "sim/units/act_buffer.hpp"
#include "sim/units/mac_kernel.hpp"
#include "sim/units/plane_kernel.hpp"
#include "sim/units/weight_buffer.hpp"

namespace absim::sim {

class PeArray : public sc_core::sc_module {
 public:
  PeArray(const sc_core::sc_module_name& name, const ArchConfig& arch,
          PlaneKernel kernel = best_plane_kernel());

  [[nodiscard]] bool result_valid() const { return pending_ > 0 && waits_[0] == 0; }
  /// Whether this cycle works on the operand (docs/timing.md, PE array).
  [[nodiscard]] bool works(bool operand_valid, const StepTag& step, bool weights_full, bool capture,
                           bool drain_holds) const {
    const bool room = pending_ == 0 || (pending_ == 1 && (capture || !drain_holds));
    return operand_valid && weights_full && (!step.first_of_tile || room);
  }
  /// Whether a working cycle is the step's last, which takes the operand.
  [[nodiscard]] bool last_cycle(const StepTag& step) const {
    return !step.stationary || plane_ + 1U == step.planes;
  }
  /// Word of the weight slot that a working cycle reads.
  [[nodiscard]] std::uint32_t weight_address(const StepTag& step) const {
    return step.weight_address + plane_;
  }
  /// Of the result: abs and dfp, posit.
  [[nodiscard]] std::int32_t accumulator(std::size_t row, std::size_t col) const {
    return accumulators_[front_ * set_size_ + row * row_step_ +
                         (kind_ == PeKind::kAbs ? accumulator_slot(col) : col)];
  }
  [[nodiscard]] WideInt wide_accumulator(std::size_t row, std::size_t col) const {
    return wide_accumulators_[front_ * set_size_ + row * row_step_ + col];
  }

  /// Ends a cycle. `weights`: the word, where the array works.
  void tick(bool works, const Operand& operand, const WeightWord& weights, bool capture);
  void reset();

  [[nodiscard]] std::uint64_t array_cycles() const { return array_cycles_; }
  [[nodiscard]] std::uint64_t bit_macs() const { return bit_macs_; }

 private:
  void compute(const Operand& operand, const WeightWord& weights);

  PeKind kind_;
  std::uint64_t lanes_;
  unsigned latency_;
  std::size_t sets_;  // of accumulators: 2 where a tile may begin before the one before is captured
  PlaneShape shape_;
  std::size_t row_step_;  // accumulators of a row as stored
  std::size_t set_size_;
  PlaneKernel kernel_;
  MacShape mac_shape_;
  PositStep posit_step_;
  std::vector<std::int32_t> accumulators_;
  std::vector<WideInt> wide_accumulators_;
  std::size_t set_ = 0;    // of the tile in the array
  std::size_t front_ = 0;  // of the oldest result
  std::uint32_t plane_ = 0;  // of a stationary step
  // Results that are not captured yet, the oldest first: cycles until each is valid.
  unsigned pending_ = 0;
  std::array<unsigned, 2> waits_{};
  std::uint64_t array_cycles_ = 0;
  std::uint64_t bit_macs_ = 0;
};

}  // namespace absim::sim
