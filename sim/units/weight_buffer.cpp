// SPDX-License-Identifier: Apache-2.0
#include "sim/units/weight_buffer.hpp"

#include <string>

#include "models/core/error.hpp"

namespace absim::sim {

namespace {

/// Bits [first, first + count) of a word, count <= 16.
std::uint32_t field(const std::uint64_t* word, std::size_t first, unsigned count) {
  std::uint64_t bits = word[first / 64] >> (first % 64);
  if (first % 64 + count > 64) bits |= word[first / 64 + 1] << (64 - first % 64);
  return static_cast<std::uint32_t>(bits & ((1U << count) - 1U));
}

}  // namespace

WeightBuffer::WeightBuffer(const sc_core::sc_module_name& name, const ArchConfig& arch)
    : sc_module(name),
      kind_(arch.pe),
      bits_(arch.weight_bits()),
      cols_(arch.cols),
      lanes_(arch.lanes),
      words_(arch.weight_words()),
      fields_(kind_ == PeKind::kAbs ? packed_size(plane_shape(arch.cols, arch.lanes))
                                    : std::size_t{arch.cols} * arch.lanes),
      table_({arch.posit_bits, arch.posit_es}) {
  const std::size_t size = 2 * words_ * fields_;
  if (kind_ == PeKind::kAbs) planes_.resize(size);
  if (kind_ == PeKind::kDfp) integers_.resize(size);
  if (kind_ == PeKind::kPosit) posits_.resize(size);
}

WeightWord WeightBuffer::read(std::size_t address) const {
  ABSIM_CHECK(address < words_,
              "weight_buffer: read beyond the slot, word " + std::to_string(address));
  const std::size_t first = (flags_.use_slot() * words_ + address) * fields_;
  WeightWord word;
  if (kind_ == PeKind::kAbs) word.planes = &planes_[first];
  if (kind_ == PeKind::kDfp) word.integers = &integers_[first];
  if (kind_ == PeKind::kPosit) word.posits = &posits_[first];
  return word;
}

void WeightBuffer::write(const std::uint64_t* word, std::size_t index) {
  const std::size_t base = index * fields_;
  if (kind_ == PeKind::kAbs) {
    pack_weight_word(word, cols_, lanes_, &planes_[base]);
    return;
  }
  for (std::size_t c = 0; c < cols_; ++c) {
    for (std::size_t j = 0; j < lanes_; ++j) {
      const std::uint32_t code = field(word, (c * lanes_ + j) * bits_, bits_);
      const std::size_t at = base + j * cols_ + c;
      if (kind_ == PeKind::kDfp) {
        integers_[at] = static_cast<std::int8_t>(code);
      } else {
        posits_[at] = table_.fixed(code);
      }
    }
  }
}

void WeightBuffer::tick(FillControl fill, const std::uint64_t* word, bool release) {
  const bool taken = fill.valid && flags_.ready();
  if (taken) {
    ABSIM_CHECK(next_ < words_, "weight_buffer: more words than the slot holds");
    write(word, flags_.fill_slot() * words_ + next_);
    next_ = fill.last ? 0 : next_ + 1;
    ++written_;
  }
  flags_.tick(taken && fill.last, release);
}

void WeightBuffer::reset() {
  flags_.reset();
  next_ = 0;
  written_ = 0;
}

}  // namespace absim::sim
