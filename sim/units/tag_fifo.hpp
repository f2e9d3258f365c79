// SPDX-License-Identifier: Apache-2.0
// Eight tile tags on their way from the sequencer to the drain. RTL twin: rtl/absim_tag_fifo.sv.
#pragma once

#include <array>
#include <cstddef>
#include <systemc>

#include "sim/units/packets.hpp"

namespace absim::sim {

class TagFifo : public sc_core::sc_module {
 public:
  static constexpr std::size_t kDepth = 8;

  explicit TagFifo(const sc_core::sc_module_name& name);

  [[nodiscard]] bool ready() const { return count_ < kDepth; }
  [[nodiscard]] bool valid() const { return count_ > 0; }
  [[nodiscard]] const TileTag& front() const { return tags_[head_]; }
  [[nodiscard]] std::size_t high_water() const { return high_water_; }

  void tick(const TileTag* push, bool pop);
  void reset();

 private:
  std::array<TileTag, kDepth> tags_{};
  std::size_t head_ = 0;
  std::size_t count_ = 0;
  std::size_t high_water_ = 0;
};

}  // namespace absim::sim
