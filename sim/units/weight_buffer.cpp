// SPDX-License-Identifier: Apache-2.0
#include "sim/units/weight_buffer.hpp"

#include <string>

#include "models/core/error.hpp"

namespace absim::sim {

WeightBuffer::WeightBuffer(const sc_core::sc_module_name& name, const ArchConfig& arch)
    : sc_module(name),
      cols_(arch.cols),
      lanes_(arch.lanes),
      words_(arch.weight_words()),
      packed_(packed_size(plane_shape(arch.cols, arch.lanes))),
      data_(2 * words_ * packed_) {}

const std::uint32_t* WeightBuffer::read(std::size_t address) const {
  ABSIM_CHECK(address < words_,
              "weight_buffer: read beyond the slot, word " + std::to_string(address));
  return &data_[(flags_.use_slot() * words_ + address) * packed_];
}

void WeightBuffer::tick(FillControl fill, const std::uint64_t* word, bool release) {
  const bool write = fill.valid && flags_.ready();
  if (write) {
    ABSIM_CHECK(next_ < words_, "weight_buffer: more words than the slot holds");
    pack_weight_word(word, cols_, lanes_, &data_[(flags_.fill_slot() * words_ + next_) * packed_]);
    next_ = fill.last ? 0 : next_ + 1;
    ++written_;
  }
  flags_.tick(write && fill.last, release);
}

void WeightBuffer::reset() {
  flags_.reset();
  next_ = 0;
  written_ = 0;
}

}  // namespace absim::sim
