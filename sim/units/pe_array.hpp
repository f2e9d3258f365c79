// SPDX-License-Identifier: Apache-2.0
// rows x cols processing elements, output-stationary: one plane-cycle of all of them a clock.
// RTL twins: rtl/absim_pe_array.sv, rtl/absim_abs_pe.sv.
// Cycles: 1 a progressive step, t a stationary one; the result is valid after the tile's last.
#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "sim/core/arch_config.hpp"
#include "sim/units/act_buffer.hpp"
#include "sim/units/plane_kernel.hpp"

namespace absim::sim {

class PeArray : public sc_core::sc_module {
 public:
  PeArray(const sc_core::sc_module_name& name, const ArchConfig& arch,
          PlaneKernel kernel = best_plane_kernel());

  [[nodiscard]] bool result_valid() const { return result_valid_; }
  /// Whether this cycle works on the operand (docs/timing.md, PE array).
  [[nodiscard]] bool works(bool operand_valid, const StepTag& step, bool weights_full,
                           bool capture) const {
    return operand_valid && weights_full && !(step.first_of_tile && result_valid_ && !capture);
  }
  /// Whether a working cycle is the step's last, which takes the operand.
  [[nodiscard]] bool last_cycle(const StepTag& step) const {
    return !step.stationary || plane_ + 1U == step.planes;
  }
  /// Word of the weight slot that a working cycle reads.
  [[nodiscard]] std::uint32_t weight_address(const StepTag& step) const {
    return step.weight_address + plane_;
  }
  [[nodiscard]] std::int32_t accumulator(std::size_t row, std::size_t col) const {
    return accumulators_[row * row_step_ + accumulator_slot(col)];
  }

  /// Ends a cycle. `weights`: the packed word, where the array works.
  void tick(bool works, const Operand& operand, const std::uint32_t* weights, bool capture);
  void reset();

  [[nodiscard]] std::uint64_t array_cycles() const { return array_cycles_; }
  [[nodiscard]] std::uint64_t bit_macs() const { return bit_macs_; }

 private:
  std::uint64_t lanes_;
  PlaneShape shape_;
  std::size_t row_step_;  // accumulators of a row as stored
  PlaneKernel kernel_;
  std::vector<std::int32_t> accumulators_;
  std::uint32_t plane_ = 0;  // of a stationary step
  bool result_valid_ = false;
  std::uint64_t array_cycles_ = 0;
  std::uint64_t bit_macs_ = 0;
};

}  // namespace absim::sim
