// SPDX-License-Identifier: Apache-2.0
// A Verilated block under test: clock, reset, and a look at its outputs before the clock edge.
#pragma once

#include "sim/cosim/verilated_port.hpp"

namespace absim::tests {

template <typename Model>
class Dut {
 public:
  Dut() : model_(&context_, "dut") {
    model_.clk_i = 0;
    model_.rst_ni = 1;
    model_.eval();
    model_.rst_ni = 0;
    model_.eval();
    model_.rst_ni = 1;
    model_.eval();
  }
  ~Dut() { model_.final(); }
  Dut(const Dut&) = delete;
  Dut& operator=(const Dut&) = delete;
  Dut(Dut&&) = delete;
  Dut& operator=(Dut&&) = delete;

  Model* operator->() { return &model_; }

  /// Outputs that depend on this cycle's inputs.
  void settle() { model_.eval(); }
  /// The clock edge; afterwards outputs of the next cycle with this cycle's inputs still there.
  void tick() {
    model_.clk_i = 0;
    model_.eval();  // assertions sample what has settled before the edge
    model_.clk_i = 1;
    model_.eval();
  }

 private:
  VerilatedContext context_;
  Model model_;
};

}  // namespace absim::tests
