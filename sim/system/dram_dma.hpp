// SPDX-License-Identifier: Apache-2.0
// DMA and DRAM channel of the system: runs a layer's static list of transfers and hands out its job
// descriptors. SystemC only, shared by both cores and the pooling unit. Cycles: docs/timing.md §2.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <exception>
#include <string>
#include <systemc>
#include <vector>

#include "sim/core/core_ports.hpp"
#include "sim/system/layer_data.hpp"

namespace absim::sim {

/// One layer's tensors: what the DMA reads and writes.
struct LayerTensors {
  const Tensor* input = nullptr;
  const Tensor* residual = nullptr;  ///< null without
  Tensor* output = nullptr;
  Tensor* activation = nullptr;  ///< null without
};

/// The DMA without a clock: registers, accessor and clock edge, so that it can be tested alone.
class DmaEngine {
 public:
  explicit DmaEngine(const ArchConfig& arch);

  /// Starts a layer; the next tick ends its cycle 0.
  void begin_layer(const LayerData& data, const LayerTensors& tensors);
  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] std::uint64_t cycles() const { return cycle_; }

  /// Core inputs of the current cycle; valid until the second tick from now.
  [[nodiscard]] const CoreInputs& inputs() const { return drives_[drive_].inputs; }
  /// Ends a cycle, given the core's outputs in it.
  void tick(const CoreOutputs& core);

  // Request and first data cycle of every transfer of the layer so far.
  struct Issue {
    std::uint64_t request = 0;
    std::uint64_t data = 0;
    std::uint64_t duration = 0;
  };
  [[nodiscard]] const std::vector<Issue>& issues() const { return issues_; }
  /// Every load slot was released: so it must be at a layer's end.
  [[nodiscard]] bool all_slots_free() const;
  [[nodiscard]] std::string describe() const;

 private:
  struct Drive {
    CoreInputs inputs;
    std::vector<std::uint8_t> act;
    std::vector<ChannelParams> param;
    std::vector<std::int16_t> residual;
    std::vector<std::int16_t> pool;
  };

  void take_pulses(const CoreOutputs& core);
  void request();
  void finish_word(const CoreOutputs& core);
  void drive_next();
  void drive_load(const Transfer& transfer, Drive& drive);
  void drive_pool(const Transfer& transfer, Drive& drive);
  void store_word(const Transfer& transfer, const CoreOutputs& core);
  void check_progress(const CoreOutputs& core);
  [[nodiscard]] const Transfer& current() const { return (*transfers_)[moving_]; }

  ArchConfig arch_;
  const LayerData* data_ = nullptr;
  const std::vector<Transfer>* transfers_ = nullptr;
  LayerTensors tensors_;

  std::uint64_t cycle_ = 0;  // the current one
  bool done_ = true;
  std::size_t next_job_ = 0;
  std::array<unsigned, kLoadBuffers + 1> free_slots_{};  // by Buffer; kOut: full slots
  std::vector<Issue> issues_;
  // The transfer on the channel, and its next word.
  std::size_t moving_ = 0;
  std::uint64_t word_ = 0;
  std::uint64_t word_cycle_ = 0;  // in which the next word moves
  std::uint64_t word_carry_ = 0;  // (word * duration) mod words
  bool word_moves_ = false;       // in the current cycle

  std::array<Drive, 2> drives_;
  std::size_t drive_ = 0;
  std::uint64_t last_progress_ = 0;
};

using CoreInputWire = sc_core::sc_signal<const CoreInputs*>;
using CoreOutputWire = sc_core::sc_signal<const CoreOutputs*>;

/// Keeps an error thrown in a process, which pauses the kernel; the driver throws it again.
struct ErrorTrap {
  std::exception_ptr error;
};

class DramDma : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk{"clk"};
  sc_core::sc_in<const CoreOutputs*> from_core{"from_core"};
  sc_core::sc_out<const CoreInputs*> to_core{"to_core"};
  sc_core::sc_in<const CoreOutputs*> from_pool{"from_pool"};
  sc_core::sc_out<const CoreInputs*> to_pool{"to_pool"};

  DramDma(const sc_core::sc_module_name& name, const ArchConfig& arch, ErrorTrap& trap);

  /// Between two runs of the kernel.
  void begin_layer(const LayerData& data, const LayerTensors& tensors);
  [[nodiscard]] const DmaEngine& engine() const { return engine_; }

 private:
  void on_clock();
  void write_inputs();

  DmaEngine engine_;
  ErrorTrap& trap_;
  const CoreInputs idle_;  // what the core sees in a pooling layer
  bool pooling_ = false;   // the layer is the pooling unit's
};

}  // namespace absim::sim
