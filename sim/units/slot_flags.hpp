// SPDX-License-Identifier: Apache-2.0
// The flags of a two-slot buffer: full bits, fill and use pointers, and the credit pulse
// (docs/timing.md, Slots).
#pragma once

#include <array>
#include <cstddef>

#include "models/core/error.hpp"

namespace absim::sim {

class SlotFlags {
 public:
  [[nodiscard]] bool ready() const { return !full_[fill_]; }
  [[nodiscard]] bool full() const { return full_[use_]; }
  [[nodiscard]] bool credit() const { return credit_; }
  [[nodiscard]] std::size_t fill_slot() const { return fill_; }
  [[nodiscard]] std::size_t use_slot() const { return use_; }

  void reset() { *this = SlotFlags(); }

  /// Ends a cycle in which the slot's last word came and/or the slot in use was released.
  void tick(bool last_word, bool release) {
    credit_ = release;
    if (release) {
      ABSIM_CHECK(full_[use_], "release of a slot that is not full");
      full_[use_] = false;
      use_ ^= 1U;
    }
    if (last_word) {
      ABSIM_CHECK(!full_[fill_], "fill of a full slot");
      full_[fill_] = true;
      fill_ ^= 1U;
    }
  }

 private:
  std::array<bool, 2> full_{};
  std::size_t fill_ = 0;
  std::size_t use_ = 0;
  bool credit_ = false;
};

}  // namespace absim::sim
