// SPDX-License-Identifier: Apache-2.0
#include "sim/units/act_buffer.hpp"

#include <cstring>
#include <string>
#include <utility>

#include "models/core/error.hpp"

namespace absim::sim {

ActBuffer::ActBuffer(const sc_core::sc_module_name& name, const ArchConfig& arch)
    : sc_module(name),
      bytes_(arch.act_word_bytes()),
      stride_(padded_lanes(bytes_)),
      banks_(arch.act_banks),
      words_per_bank_(arch.act_words_per_bank()),
      data_(2 * banks_ * words_per_bank_ * stride_),
      request_(arch.rows),
      next_request_(arch.rows),
      pending_(arch.rows),
      bank_stamp_(arch.act_banks),
      operand_(arch.rows, bytes_) {}

void ActBuffer::write(std::uint32_t bank, std::uint32_t address, const std::uint8_t* word) {
  ABSIM_CHECK(bank < banks_ && address < words_per_bank_,
              "act_buffer: fill beyond the slot, bank " + std::to_string(bank) + " word " +
                  std::to_string(address));
  std::memcpy(&data_[((flags_.fill_slot() * banks_ + bank) * words_per_bank_ + address) * stride_],
              word, bytes_);
  ++words_written_;
}

// Lists the request's rows that need a bank.
void ActBuffer::begin_request() {
  pending_count_ = 0;
  const std::int32_t* inside = request_.inside.data();
  std::uint32_t* pending = pending_.data();
  for (std::uint32_t row = 0; row < request_.tag.rows; ++row) {
    pending[pending_count_] = row;
    pending_count_ += inside[row] != 0 ? 1U : 0U;
  }
  count_conflicts();
}

// Counts the rows that the next gather cycle cannot serve: every bank serves its lowest-numbered
// row.
void ActBuffer::count_conflicts() {
  ++stamp_;
  conflicts_after_ = 0;
  const std::int32_t* bank = request_.bank.data();
  std::uint64_t* stamps = bank_stamp_.data();
  for (std::size_t i = 0; i < pending_count_; ++i) {
    std::uint64_t& used = stamps[static_cast<std::size_t>(bank[pending_[i]])];
    conflicts_after_ += used == stamp_ ? 1U : 0U;
    used = stamp_;
  }
}

void ActBuffer::gather_row(std::uint32_t row, const std::uint8_t* slot) {
  const auto bank = static_cast<std::size_t>(request_.bank[row]);
  const auto address = static_cast<std::size_t>(request_.address[row]);
  ABSIM_CHECK(address < words_per_bank_,
              "act_buffer: gather beyond the slot, row " + std::to_string(row));
  const std::uint8_t* from = slot + (bank * words_per_bank_ + address) * stride_;
  std::uint8_t* to = &operand_.words[row * stride_];
  for (std::size_t j = 0; j < stride_; j += 16) std::memcpy(to + j, from + j, 16);
}

void ActBuffer::gather() {
  const std::uint8_t* slot = &data_[flags_.use_slot() * banks_ * words_per_bank_ * stride_];
  if (last_gather()) {
    for (std::size_t i = 0; i < pending_count_; ++i) gather_row(pending_[i], slot);
    words_read_ += pending_count_;
    pending_count_ = 0;
    return;
  }
  ++stamp_;
  std::size_t waiting = 0;
  for (std::size_t i = 0; i < pending_count_; ++i) {
    const std::uint32_t row = pending_[i];
    std::uint64_t& used = bank_stamp_[static_cast<std::size_t>(request_.bank[row])];
    if (used == stamp_) {
      pending_[waiting++] = row;
      continue;
    }
    used = stamp_;
    gather_row(row, slot);
  }
  words_read_ += pending_count_ - waiting;
  pending_count_ = waiting;
  count_conflicts();
}

void ActBuffer::clear_outside_rows() {
  for (std::uint32_t row = 0; row < request_.tag.rows; ++row) {
    if (request_.inside[row] == 0) std::memset(&operand_.words[row * stride_], 0, stride_);
  }
}

void ActBuffer::tick(FillControl fill, std::uint32_t bank, std::uint32_t address,
                     const std::uint8_t* word, bool take, bool handover) {
  const bool gathering = gathers(take);
  const bool done = gathering && last_gather();
  if (take) operand_valid_ = false;
  if (gathering) {
    gather();
    if (done) {
      clear_outside_rows();
      operand_.tag = request_.tag;
      operand_valid_ = true;
      request_valid_ = false;
    } else {
      ++conflict_cycles_;
    }
  }
  const bool release = done && request_.releases_acts;

  const bool filling = fill.valid && flags_.ready();
  if (filling) write(bank, address, word);
  flags_.tick(filling && fill.last, release);

  if (!handover) return;
  ABSIM_CHECK(!request_valid_, "act_buffer: step over an unfinished request");
  std::swap(request_, next_request_);
  request_valid_ = true;
  begin_request();
}

void ActBuffer::reset() {
  flags_.reset();
  request_valid_ = false;
  operand_valid_ = false;
  words_written_ = 0;
  words_read_ = 0;
  conflict_cycles_ = 0;
}

}  // namespace absim::sim
