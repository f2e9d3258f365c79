// SPDX-License-Identifier: Apache-2.0
// Puts any Core (SystemC twin, Verilated RTL, both in lock-step, the pooling unit) behind clocked
// SystemC ports.
#pragma once

#include <array>
#include <cstdint>
#include <systemc>

#include "sim/core/core_ports.hpp"
#include "sim/system/dram_dma.hpp"

namespace absim::sim {

class CoreAdapter : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk{"clk"};
  sc_core::sc_in<const CoreInputs*> from_dma{"from_dma"};
  sc_core::sc_out<const CoreOutputs*> to_dma{"to_dma"};

  CoreAdapter(const sc_core::sc_module_name& name, Core& core, ErrorTrap& trap);

  /// Cycles in which the array worked, since begin_layer().
  [[nodiscard]] std::uint64_t active_cycles() const { return active_cycles_; }
  /// A unit that is not clocked keeps its state and costs no time to simulate.
  void begin_layer(bool clocked) {
    active_cycles_ = 0;
    clocked_ = clocked;
  }

 private:
  void on_clock();
  void publish();

  Core& core_;
  ErrorTrap& trap_;
  std::array<CoreOutputs, 2> outputs_;  // the one that the port shows stays as it is for a cycle
  std::size_t shown_ = 0;
  std::uint64_t active_cycles_ = 0;
  bool clocked_ = true;
};

}  // namespace absim::sim
