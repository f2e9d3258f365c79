// SPDX-License-Identifier: Apache-2.0
// A two-slot buffer that is filled word by word in order and read by address: param and residual
// buffer (RTL twins: rtl/absim_param_buffer.sv, rtl/absim_residual_buffer.sv), and the pooling
// unit's input.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <systemc>
#include <vector>

#include "sim/core/core_ports.hpp"
#include "sim/units/slot_flags.hpp"

namespace absim::sim {

template <typename Element>
class SlotBuffer : public sc_core::sc_module {
 public:
  SlotBuffer(const sc_core::sc_module_name& name, std::size_t words, std::size_t word_elements)
      : sc_module(name),
        words_(words),
        elements_(word_elements),
        data_(2 * words * word_elements) {}

  [[nodiscard]] bool ready() const { return flags_.ready(); }
  [[nodiscard]] bool full() const { return flags_.full(); }
  [[nodiscard]] bool credit() const { return flags_.credit(); }
  [[nodiscard]] std::uint64_t words_written() const { return written_; }

  /// Word of the slot in use.
  [[nodiscard]] const Element* read(std::size_t address) const {
    ABSIM_CHECK(address < words_, std::string(name()) + ": read beyond the slot");
    return &data_[(flags_.use_slot() * words_ + address) * elements_];
  }

  void tick(FillControl fill, const Element* word, bool release) {
    const bool write = fill.valid && flags_.ready();
    if (write) {
      ABSIM_CHECK(next_ < words_, std::string(name()) + ": more words than the slot holds");
      std::copy_n(word, elements_, &data_[(flags_.fill_slot() * words_ + next_) * elements_]);
      next_ = fill.last ? 0 : next_ + 1;
      ++written_;
    }
    flags_.tick(write && fill.last, release);
  }

  void reset() {
    flags_.reset();
    next_ = 0;
    written_ = 0;
  }

 private:
  std::size_t words_;
  std::size_t elements_;
  std::vector<Element> data_;
  SlotFlags flags_;
  std::size_t next_ = 0;  // word the fill side writes next
  std::uint64_t written_ = 0;
};

/// Per-channel parameters, one word a beat of a column group.
using ParamBuffer = SlotBuffer<ChannelParams>;
/// Residual codes, one word a beat.
using ResidualBuffer = SlotBuffer<std::int16_t>;
/// The pooling unit's input: channels of one pixel a word.
using PoolInBuffer = SlotBuffer<std::int16_t>;

}  // namespace absim::sim
