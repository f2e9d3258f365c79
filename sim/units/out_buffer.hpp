// SPDX-License-Identifier: Apache-2.0
// Two slots of finished beats, written by post-processing, read in order by the store stream. A
// slot is busy from the drain's claim to the store's last word. RTL twin: rtl/absim_out_buffer.sv.
// The pooling unit has one, too.
#pragma once

#include <array>
#include <cstdint>
#include <systemc>
#include <vector>

#include "sim/core/core_ports.hpp"

namespace absim::sim {

class OutBuffer : public sc_core::sc_module {
 public:
  /// `words` of one slot, `lanes` elements each.
  OutBuffer(const sc_core::sc_module_name& name, std::size_t words, std::size_t lanes);

  /// Whether the slot that the next job would claim is not busy.
  [[nodiscard]] bool claimable() const { return !busy_[claim_slot_]; }
  [[nodiscard]] bool filled() const { return filled_; }
  [[nodiscard]] bool valid() const { return full_[store_slot_]; }
  [[nodiscard]] bool last() const { return next_read_ + 1 == counts_[store_slot_]; }
  [[nodiscard]] const OutElement* word() const {
    return &data_[(store_slot_ * words_ + next_read_) * lanes_];
  }

  /// Ends a cycle. `claim`: the drain claims a slot; `write`: a beat from post-processing or null.
  void tick(bool claim, const OutElement* write, bool last_of_job, bool store_ready);
  void reset();

  [[nodiscard]] std::uint64_t words_written() const { return written_; }
  [[nodiscard]] std::uint64_t words_read() const { return read_; }

 private:
  std::size_t lanes_;
  std::size_t words_;  // of one slot
  std::vector<OutElement> data_;
  std::array<bool, 2> busy_{};
  std::array<bool, 2> full_{};
  std::array<std::size_t, 2> counts_{};
  std::size_t claim_slot_ = 0;
  std::size_t write_slot_ = 0;
  std::size_t store_slot_ = 0;
  std::size_t next_write_ = 0;
  std::size_t next_read_ = 0;
  bool filled_ = false;
  std::uint64_t written_ = 0;
  std::uint64_t read_ = 0;
};

}  // namespace absim::sim
