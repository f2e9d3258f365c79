// SPDX-License-Identifier: Apache-2.0
#include "sim/units/out_buffer.hpp"

#include <algorithm>

#include "models/core/error.hpp"

namespace absim::sim {

OutBuffer::OutBuffer(const sc_core::sc_module_name& name, std::size_t words, std::size_t lanes)
    : sc_module(name), lanes_(lanes), words_(words), data_(2 * words * lanes) {}

void OutBuffer::tick(bool claim, const OutElement* write, bool last_of_job, bool store_ready) {
  if (store_ready && full_[store_slot_]) {
    ++read_;
    if (last()) {
      full_[store_slot_] = false;
      busy_[store_slot_] = false;
      store_slot_ ^= 1U;
      next_read_ = 0;
    } else {
      ++next_read_;
    }
  }
  filled_ = write != nullptr && last_of_job;
  if (write != nullptr) {
    ABSIM_CHECK(next_write_ < words_, "out_buffer: more beats than the slot holds");
    ABSIM_CHECK(busy_[write_slot_] && !full_[write_slot_],
                "out_buffer: write to a slot not claimed");
    std::copy_n(write, lanes_, &data_[(write_slot_ * words_ + next_write_) * lanes_]);
    ++next_write_;
    ++written_;
    if (last_of_job) {
      full_[write_slot_] = true;
      counts_[write_slot_] = next_write_;
      write_slot_ ^= 1U;
      next_write_ = 0;
    }
  }
  if (claim) {
    ABSIM_CHECK(!busy_[claim_slot_], "out_buffer: claim of a busy slot");
    busy_[claim_slot_] = true;
    claim_slot_ ^= 1U;
  }
}

void OutBuffer::reset() {
  busy_ = {};
  full_ = {};
  claim_slot_ = 0;
  write_slot_ = 0;
  store_slot_ = 0;
  next_write_ = 0;
  next_read_ = 0;
  filled_ = false;
  written_ = 0;
  read_ = 0;
}

}  // namespace absim::sim
