// SPDX-License-Identifier: Apache-2.0
// A pipelined multiply-accumulate unit under test: operations and bubbles go in, and in every cycle
// valid_o and the result are compared with what went in `latency` cycles ago.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/rtl/dut.hpp"

namespace absim::tests {

template <typename Model, unsigned kLatency>
class MacPipeline {
 public:
  struct Operation {
    bool valid = false;
    std::uint32_t a = 0, b = 0, c = 0, want = 0;
  };
  std::uint64_t wrong = 0, compared = 0, bubbles = 0;
  Operation first_wrong;
  std::uint32_t first_found = 0;

  void cycle(const Operation& operation) {
    drive(operation);
    dut_.tick();
    sent_[at_] = operation;
    at_ = (at_ + 1) % kLatency;
    compare(sent_[at_]);
  }
  /// Empties the pipeline.
  void drain() {
    for (unsigned i = 0; i < kLatency; ++i) cycle(Operation());
  }

 private:
  template <typename Port>
  static void put(Port& port, std::uint32_t value) {
    port = static_cast<Port>(value);
  }
  void drive(const Operation& operation) {
    dut_->valid_i = operation.valid;
    put(dut_->a_i, operation.a);
    put(dut_->b_i, operation.b);
    put(dut_->c_i, operation.c);
  }
  // After the edge that ends the cycle of sending, an operation is in stage 1; it is out after
  // kLatency edges.
  void compare(const Operation& due) {
    const bool valid = dut_->valid_o != 0;
    bool good = valid == due.valid;
    if (due.valid) {
      ++compared;
      good = good && dut_->result_o == due.want;
    } else {
      ++bubbles;
    }
    if (good) return;
    if (wrong++ == 0) {
      first_wrong = due;
      first_found = dut_->result_o;
    }
  }

  Dut<Model> dut_;
  std::vector<Operation> sent_ = std::vector<Operation>(kLatency);
  unsigned at_ = 0;
};

}  // namespace absim::tests
