// SPDX-License-Identifier: Apache-2.0
#include "sim/units/act_buffer.hpp"

#include <cstring>
#include <string>
#include <utility>

#include "models/core/error.hpp"

namespace absim::sim {

ActBuffer::ActBuffer(const sc_core::sc_module_name& name, const ArchConfig& arch)
    : sc_module(name),
      lanes_(arch.lanes),
      stride_(padded_lanes(arch.lanes)),
      banks_(arch.act_banks),
      words_per_bank_(arch.act_words_per_bank()),
      data_(2 * banks_ * words_per_bank_ * stride_),
      request_(arch.rows),
      next_request_(arch.rows),
      pending_(arch.rows),
      bank_stamp_(arch.act_banks),
      operand_(arch.rows, arch.lanes) {}

void ActBuffer::write(std::uint32_t bank, std::uint32_t address, const std::uint8_t* word) {
  ABSIM_CHECK(bank < banks_ && address < words_per_bank_,
              "act_buffer: fill beyond the slot, bank " + std::to_string(bank) + " word " +
                  std::to_string(address));
  std::memcpy(&data_[((flags_.fill_slot() * banks_ + bank) * words_per_bank_ + address) * stride_],
              word, lanes_);
  ++words_written_;
}

// Counts the rows that the next gather cycle cannot serve: every bank serves its lowest-numbered row.
void ActBuffer::plan_gather() {
  ++stamp_;
  conflicts_after_ = 0;
  for (std::size_t i = 0; i < pending_count_; ++i) {
    std::uint64_t& used = bank_stamp_[static_cast<std::size_t>(request_.bank[pending_[i]])];
    if (used == stamp_) {
      ++conflicts_after_;
    } else {
      used = stamp_;
    }
  }
}

void ActBuffer::gather() {
  ++stamp_;
  const std::uint8_t* slot = &data_[flags_.use_slot() * banks_ * words_per_bank_ * stride_];
  std::size_t waiting = 0;
  for (std::size_t i = 0; i < pending_count_; ++i) {
    const std::uint32_t row = pending_[i];
    const auto bank = static_cast<std::size_t>(request_.bank[row]);
    if (bank_stamp_[bank] == stamp_) {
      pending_[waiting++] = row;
      continue;
    }
    bank_stamp_[bank] = stamp_;
    const auto address = static_cast<std::size_t>(request_.address[row]);
    ABSIM_CHECK(request_.address[row] >= 0 && address < words_per_bank_,
                "act_buffer: gather beyond the slot, row " + std::to_string(row));
    std::memcpy(&operand_.words[row * stride_], slot + (bank * words_per_bank_ + address) * stride_,
                stride_);
  }
  words_read_ += pending_count_ - waiting;
  pending_count_ = waiting;
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
      plan_gather();
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
  pending_count_ = 0;
  for (std::uint32_t row = 0; row < request_.tag.rows; ++row) {
    if (request_.inside[row] != 0) pending_[pending_count_++] = row;
  }
  plan_gather();
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
