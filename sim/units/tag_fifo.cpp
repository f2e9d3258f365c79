// SPDX-License-Identifier: Apache-2.0
#include "sim/units/tag_fifo.hpp"

#include <algorithm>

#include "models/core/error.hpp"

namespace absim::sim {

TagFifo::TagFifo(const sc_core::sc_module_name& name) : sc_module(name) {}

void TagFifo::tick(const TileTag* push, bool pop) {
  ABSIM_CHECK(!pop || valid(), "tag_fifo: pop of an empty FIFO");
  ABSIM_CHECK(push == nullptr || ready(), "tag_fifo: push into a full FIFO");
  if (push != nullptr) tags_[(head_ + count_) % kDepth] = *push;
  if (pop) head_ = (head_ + 1) % kDepth;
  count_ = count_ + (push != nullptr ? 1U : 0U) - (pop ? 1U : 0U);
  high_water_ = std::max(high_water_, count_);
}

void TagFifo::reset() {
  head_ = 0;
  count_ = 0;
  high_water_ = 0;
}

}  // namespace absim::sim
