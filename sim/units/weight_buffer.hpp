// SPDX-License-Identifier: Apache-2.0
// Two slots of weight words, weight_bits of every column and lane each. Kept as the array's kernel
// wants them (plane_kernel.hpp, mac_kernel.hpp); on the port lane j of column c lies from bit
// (c * lanes + j) * weight_bits on. RTL twin: rtl/absim_slot_buffer.sv.
#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "sim/core/arch_config.hpp"
#include "sim/core/core_ports.hpp"
#include "sim/units/mac_kernel.hpp"
#include "sim/units/plane_kernel.hpp"
#include "sim/units/slot_flags.hpp"

namespace absim::sim {

/// A word for the array; the pointer of its kind is set.
struct WeightWord {
  const std::uint32_t* planes = nullptr;    ///< pack_weight_word
  const std::int32_t* integers = nullptr;   ///< [lanes][cols]
  const std::int64_t* posits = nullptr;     ///< [lanes][cols]
};

class WeightBuffer : public sc_core::sc_module {
 public:
  WeightBuffer(const sc_core::sc_module_name& name, const ArchConfig& arch);

  [[nodiscard]] bool ready() const { return flags_.ready(); }
  [[nodiscard]] bool full() const { return flags_.full(); }
  [[nodiscard]] bool credit() const { return flags_.credit(); }
  [[nodiscard]] std::uint64_t words_written() const { return written_; }

  /// Word of the slot in use: packed planes, 8-bit weights or posits in units of minpos.
  [[nodiscard]] WeightWord read(std::size_t address) const;

  void tick(FillControl fill, const std::uint64_t* word, bool release);
  void reset();

 private:
  void write(const std::uint64_t* word, std::size_t index);

  PeKind kind_;
  unsigned bits_;  // of a weight
  std::size_t cols_;
  std::size_t lanes_;
  std::size_t words_;   // of one slot
  std::size_t fields_;  // of a word as kept
  std::vector<std::uint32_t> planes_;
  std::vector<std::int32_t> integers_;
  std::vector<std::int64_t> posits_;
  PositDecodeTable table_;
  SlotFlags flags_;
  std::size_t next_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace absim::sim
