// SPDX-License-Identifier: Apache-2.0
// Two slots of weight words, one plane bit of every column and lane each. Kept packed for the
// array's kernel (plane_kernel.hpp); on the port a word is bit c * lanes + j. RTL twin:
// rtl/absim_weight_buffer.sv.
#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "sim/core/arch_config.hpp"
#include "sim/core/core_ports.hpp"
#include "sim/units/plane_kernel.hpp"
#include "sim/units/slot_flags.hpp"

namespace absim::sim {

class WeightBuffer : public sc_core::sc_module {
 public:
  WeightBuffer(const sc_core::sc_module_name& name, const ArchConfig& arch);

  [[nodiscard]] bool ready() const { return flags_.ready(); }
  [[nodiscard]] bool full() const { return flags_.full(); }
  [[nodiscard]] bool credit() const { return flags_.credit(); }
  [[nodiscard]] std::uint64_t words_written() const { return written_; }

  /// Packed word of the slot in use.
  [[nodiscard]] const std::uint32_t* read(std::size_t address) const;

  void tick(FillControl fill, const std::uint64_t* word, bool release);
  void reset();

 private:
  std::size_t cols_;
  std::size_t lanes_;
  std::size_t words_;   // of one slot
  std::size_t packed_;  // 32-bit fields of a packed word
  std::vector<std::uint32_t> data_;
  SlotFlags flags_;
  std::size_t next_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace absim::sim
