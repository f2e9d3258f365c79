// SPDX-License-Identifier: Apache-2.0
// Activation memory and fetch: two slots of banks, one request register, one operand register with
// a word of `lanes` activations for every row of the array. RTL twin: rtl/absim_act_buffer.sv.
// Cycles: a gather takes max(1, largest number of rows on one bank) cycles; the operand is valid
// after it.
#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "sim/core/arch_config.hpp"
#include "sim/units/packets.hpp"
#include "sim/units/slot_flags.hpp"

namespace absim::sim {

/// Bytes of an operand row as stored: rounded up to 16, the surplus is zero.
inline std::size_t padded_lanes(std::size_t bytes) { return (bytes + 15) / 16 * 16; }

/// One operand: a word for every valid row.
struct Operand {
  explicit Operand(std::size_t rows, std::size_t bytes) : words(rows * padded_lanes(bytes)) {}
  std::vector<std::uint8_t> words;  // [rows][padded_lanes]
  StepTag tag;
};

class ActBuffer : public sc_core::sc_module {
 public:
  ActBuffer(const sc_core::sc_module_name& name, const ArchConfig& arch);

  [[nodiscard]] bool fill_ready() const { return flags_.ready(); }
  [[nodiscard]] bool slot_full() const { return flags_.full(); }
  [[nodiscard]] bool credit() const { return flags_.credit(); }
  [[nodiscard]] bool request_valid() const { return request_valid_; }
  [[nodiscard]] bool operand_valid() const { return operand_valid_; }
  [[nodiscard]] const Operand& operand() const { return operand_; }

  /// Whether this cycle gathers, given that the array takes (frees) the operand now.
  [[nodiscard]] bool gathers(bool take) const {
    return request_valid_ && flags_.full() && (!operand_valid_ || take);
  }
  /// Whether a gather in this cycle is the request's last.
  [[nodiscard]] bool last_gather() const { return conflicts_after_ == 0; }
  /// Whether the request register can take a step in this cycle.
  [[nodiscard]] bool step_ready(bool take) const {
    return !request_valid_ || (gathers(take) && last_gather());
  }

  /// Where the sequencer writes the step of a hand-over; becomes the request at the tick.
  StepRequest& next_request() { return next_request_; }
  void tick(FillControl fill, std::uint32_t bank, std::uint32_t address, const std::uint8_t* word,
            bool take, bool handover);
  void reset();

  // Counted since reset.
  [[nodiscard]] std::uint64_t words_written() const { return words_written_; }
  [[nodiscard]] std::uint64_t words_read() const { return words_read_; }
  [[nodiscard]] std::uint64_t conflict_cycles() const { return conflict_cycles_; }

 private:
  void begin_request();
  void count_conflicts();
  void gather();
  void gather_row(std::uint32_t row, const std::uint8_t* slot);
  void clear_outside_rows();
  void write(std::uint32_t bank, std::uint32_t address, const std::uint8_t* word);

  std::size_t bytes_;   // of a word
  std::size_t stride_;  // bytes of a stored word
  std::size_t banks_;
  std::size_t words_per_bank_;      // of one slot
  std::vector<std::uint8_t> data_;  // [slot][bank][word][stride]
  SlotFlags flags_;

  StepRequest request_;
  StepRequest next_request_;
  bool request_valid_ = false;
  std::vector<std::uint32_t> pending_;  // rows that wait, ascending
  std::size_t pending_count_ = 0;
  std::size_t conflicts_after_ = 0;  // rows that still wait after the next gather cycle
  std::vector<std::uint64_t> bank_stamp_;
  std::uint64_t stamp_ = 0;

  Operand operand_;
  bool operand_valid_ = false;
  std::uint64_t words_written_ = 0;
  std::uint64_t words_read_ = 0;
  std::uint64_t conflict_cycles_ = 0;
};

}  // namespace absim::sim
