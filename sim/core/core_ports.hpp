// SPDX-License-Identifier: Apache-2.0
// The core's boundary: the same plain data for the SystemC core and the Verilated one (rtl/absim_core.sv).
// All outputs are functions of the core's registers: read them, then tick with the cycle's inputs. The pooling unit
// speaks the same ports, so that one DMA serves both; its input is the act stream with words of its own.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/core/arch_config.hpp"
#include "sim/schedule/job.hpp"
#include "sim/schedule/plan.hpp"

namespace absim::sim {

/// One channel's parameters in a param word.
struct ChannelParams {
  std::int16_t multiplier = 0;
  std::int64_t offset = 0;  // 48 bits
  std::int16_t act_multiplier = 0;
  std::int64_t act_offset = 0;  // 48 bits
};

/// One channel of an output beat.
struct OutElement {
  std::int32_t value = 0;     // the output `<name>`, clamped to its kind
  std::uint8_t activation = 0;  // the second output; 0 where there is none
  friend bool operator==(const OutElement& a, const OutElement& b) {
    return a.value == b.value && a.activation == b.activation;
  }
};

/// A load stream's word: valid, last word of the slot, and one payload (the stream's).
struct FillControl {
  bool valid = false;
  bool last = false;
};

struct CoreInputs {
  bool job_valid = false;
  const JobDescriptor* job = nullptr;  // set while job_valid, in a pooling layer pool_job instead
  const PoolJob* pool_job = nullptr;
  FillControl act_fill;
  std::uint32_t act_bank = 0;
  std::uint32_t act_address = 0;              // word in the bank
  const std::uint8_t* act_word = nullptr;     // [lanes] codes, low byte first
  const std::int16_t* pool_word = nullptr;    // [pool_lanes], in a pooling layer, in order of words
  FillControl weight_fill;
  const std::uint64_t* weight_word = nullptr;  // weight_word_bits; lane j of column c from
                                               // bit (c * lanes + j) * weight_bits on
  FillControl param_fill;
  const ChannelParams* param_word = nullptr;  // [postproc_lanes]
  FillControl residual_fill;
  const std::int16_t* residual_word = nullptr;  // [postproc_lanes]
  bool out_ready = false;
};

struct CoreOutputs {
  bool job_ready = false;
  std::array<bool, kLoadBuffers> fill_ready{};    // by Buffer
  std::array<bool, kLoadBuffers> credit{};        // a slot was released one cycle ago
  bool out_filled = false;                        // an out slot became full one cycle ago
  bool out_valid = false;                         // a full out slot has a word
  bool out_last = false;                          // it is the slot's last
  std::vector<OutElement> out_word;               // [postproc_lanes]; of the pooling unit
                                                  // [pool_lanes]; meaningful while out_valid
  bool array_active = false;  // the array, or the pooling unit, worked in the last cycle
};

/// A core: SystemC twin or Verilated RTL; or the pooling unit beside it.
class Core {
 public:
  virtual ~Core() = default;
  virtual void reset() = 0;
  /// Outputs of the current cycle.
  [[nodiscard]] virtual const CoreOutputs& outputs() const = 0;
  /// Ends the current cycle.
  virtual void tick(const CoreInputs& inputs) = 0;
};

}  // namespace absim::sim
