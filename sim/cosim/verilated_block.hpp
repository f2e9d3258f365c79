// SPDX-License-Identifier: Apache-2.0
// A Verilated block with clock clk_i and asynchronous reset rst_ni. Only for .cpp files that hold a
// model: it includes Verilator's headers.
#pragma once

#include <verilated.h>

#include <memory>

namespace absim::sim {

/// Owns the model. After construction it is out of reset, with its inputs 0 and no clock edge seen.
template <typename Model>
class VerilatedBlock {
 public:
  explicit VerilatedBlock(const char* name) : model_(std::make_unique<Model>(&context_, name)) {
    reset();
  }
  ~VerilatedBlock() { model_->final(); }
  VerilatedBlock(const VerilatedBlock&) = delete;
  VerilatedBlock& operator=(const VerilatedBlock&) = delete;
  VerilatedBlock(VerilatedBlock&&) = delete;
  VerilatedBlock& operator=(VerilatedBlock&&) = delete;

  Model* operator->() { return model_.get(); }
  const Model* operator->() const { return model_.get(); }
  Model& operator*() { return *model_; }
  const Model& operator*() const { return *model_; }

  /// The edge of rst_ni resets, so it has to be seen.
  void reset() {
    model_->clk_i = 0;
    model_->rst_ni = 1;
    model_->eval();
    model_->rst_ni = 0;
    model_->eval();
    model_->rst_ni = 1;
    model_->eval();
  }
  /// Outputs that depend on this cycle's inputs.
  void settle() { model_->eval(); }
  /// The clock edge; afterwards outputs of the next cycle with this cycle's inputs still there.
  void tick() {
    model_->clk_i = 0;
    model_->eval();  // assertions sample what has settled before the edge
    model_->clk_i = 1;
    model_->eval();
  }

 private:
  VerilatedContext context_;
  std::unique_ptr<Model> model_;  // large: hundreds of kilobytes for a core
};

}  // namespace absim::sim
