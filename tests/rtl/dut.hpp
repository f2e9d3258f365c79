// SPDX-License-Identifier: Apache-2.0
// A Verilated block under test.
#pragma once

#include "sim/cosim/verilated_block.hpp"
#include "sim/cosim/verilated_port.hpp"

namespace absim::tests {

template <typename Model>
class Dut : public sim::VerilatedBlock<Model> {
 public:
  Dut() : sim::VerilatedBlock<Model>("dut") {}
};

}  // namespace absim::tests
