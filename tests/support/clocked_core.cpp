// SPDX-License-Identifier: Apache-2.0
#include "tests/support/clocked_core.hpp"

#include <algorithm>

namespace absim::tests {

using sim::BankIndex;
using sim::Buffer;
using sim::Job;
using sim::JobDescriptor;

namespace {

BankIndex add(BankIndex a, const BankIndex& b, unsigned banks) {
  a.quotient += b.quotient;
  a.remainder += b.remainder;
  if (a.remainder >= banks) {
    a.remainder -= banks;
    ++a.quotient;
  }
  return a;
}

}  // namespace

void ClockedCore::start_walk() {
  walking_ = true;
  walked_ = false;
  walk_rows_ = 0;
  walk_tile_rows_.clear();
  if (walk_tile_ == 0) {
    const JobDescriptor& d = job_->descriptor;
    walk_pixel_ = {d.first_y, d.first_x, d.base};
    walk_column_ = 0;
  }
}

/// Drain: sends a beat if it may; true if it was the tile's last.
bool ClockedCore::send_beat() {
  if (!draining_) return false;
  const JobDescriptor& d = *drain_.job;
  const bool param = slots_[index_of(Buffer::kParam)].usable();
  const bool residual = !d.has_residual || slots_[index_of(Buffer::kResidual)].usable();
  const bool out = claimed_ || !out_busy_[claim_];
  if (!param) ++result.reasons.late_param;
  if (!residual) ++result.reasons.late_residual;
  if (!out) ++result.reasons.store;
  if (!param || !residual || !out) return false;
  claimed_ = true;
  out_busy_[claim_] = true;
  const bool last = --drain_.beats == 0;
  pipe_[0] = {true, last && drain_.last_of_job, claim_};
  result.events.param_read_bytes += std::uint64_t{arch_.postproc_lanes} * 16;
  if (d.has_residual) result.events.residual_read_bytes += std::uint64_t{arch_.postproc_lanes} * 2;
  if (!last) return false;
  result.events.postproc_ops += drain_.elements;
  draining_ = false;
  if (drain_.last_of_job) {
    if (d.param_release) release(Buffer::kParam);
    if (d.has_residual) release(Buffer::kResidual);
    claimed_ = false;
    claim_ ^= 1U;
  }
  return true;
}

/// One array cycle if it may happen; true if the operand is taken.
bool ClockedCore::run_array(bool capture) {
  if (!operand_) return false;
  const JobDescriptor& d = *operand_step_.job;
  if (!slots_[index_of(Buffer::kWeight)].usable()) {
    ++result.reasons.late_weight;
    return false;
  }
  const bool room = results_.empty() || (results_.size() == 1 && (capture || !draining_before_));
  if (operand_step_.first && array_plane_ == 0 && !room) {
    ++result.reasons.drain;
    return false;
  }
  ++result.events.array_cycles;
  result.events.weight_read_bits += arch_.weight_word_bits();
  result.events.pe_bit_macs += operand_step_.valid_pes * arch_.lanes;
  idle_after_work_ = 0;
  const std::uint32_t n = d.stationary ? d.planes : 1;
  const bool taken = ++array_plane_ == n;
  const bool tile_end = taken && operand_step_.last;
  if (taken) array_plane_ = 0;
  if (d.weight_streamed) {
    if (++segment_words_ == d.segment_words || tile_end) {
      segment_words_ = 0;
      release(Buffer::kWeight);
    }
  } else if (taken && operand_step_.last_of_job && d.weight_release) {
    release(Buffer::kWeight);
  }
  return taken;
}

/// One gather cycle if it may happen; true if it was the request's last.
bool ClockedCore::gather(bool operand_free) {
  if (!request_) return false;
  if (!slots_[index_of(Buffer::kAct)].usable()) {
    ++result.reasons.late_act;
    return false;
  }
  if (!operand_free) return false;
  std::vector<bool> served(arch_.act_banks, false);
  std::vector<std::uint32_t> rest;
  for (const std::uint32_t bank : waiting_) {
    if (served[bank]) {
      rest.push_back(bank);
      continue;
    }
    served[bank] = true;
    result.events.act_read_bytes += arch_.act_word_bytes();
  }
  waiting_ = rest;
  if (!waiting_.empty()) {
    ++result.reasons.bank_conflict;
    return false;
  }
  if (request_step_.last_of_job && request_step_.job->act_release) release(Buffer::kAct);
  return true;
}

/// The sequencer hands a step to the fetch's request register.
void ClockedCore::hand_over(bool fetch_ready) {
  if (!loaded_) {
    if (job_ != nullptr && !request_ && walk_group_ + walk_tile_ > 0) ++result.reasons.walker;
    return;
  }
  if (!fetch_ready) return;
  const JobDescriptor& d = job_->descriptor;
  const bool last_kernel = ky_ + 1 == d.kernel_h && kx_ + 1 == d.kernel_w && chunk_ + 1 == d.chunks;
  Step step;
  step.job = &d;
  step.first = first_step_;
  step.last = last_kernel && (d.stationary || plane_ + 1 == d.planes);
  step.last_of_job = step.last && tile_ + 1 == d.tiles && group_ + 1 == d.column_groups;
  step.valid_pes = rows_.size() * (group_ + 1 == d.column_groups ? d.last_cols : arch_.cols);
  waiting_.clear();
  for (const RowAddress& row : rows_) {
    const std::int64_t y = row.y + ky_;
    const std::int64_t x = row.x + kx_;
    if (y < 0 || x < 0 || y >= d.in_height || x >= d.in_width) continue;
    const BankIndex at = add(row.index, kernel_, arch_.act_banks);
    const std::int64_t linear = (y - static_cast<std::int64_t>(job_->in_row)) * d.in_width + x;
    ABSIM_CHECK(linear >= 0 && y < static_cast<std::int64_t>(job_->in_row + job_->in_rows),
                "a window reads outside its strip");
    ABSIM_CHECK(at.quotient == linear / arch_.act_banks && at.remainder == linear % arch_.act_banks,
                "the walked address is not the pixel's");
    ABSIM_CHECK(at.quotient < static_cast<std::int64_t>(d.plane_words),
                "address outside the plane");
    waiting_.push_back(at.remainder);
  }
  request_ = true;
  request_step_ = step;
  first_step_ = false;
  if (++chunk_ == d.chunks) {
    chunk_ = 0;
    // kernel_row leads from the last position of a kernel row to the first one of the next.
    const bool row_end = kx_ + 1 == d.kernel_w;
    kernel_ = add(kernel_, row_end ? d.kernel_row : d.kernel_x, arch_.act_banks);
    if (++kx_ == d.kernel_w) {
      kx_ = 0;
      if (++ky_ == d.kernel_h) {
        ky_ = 0;
        kernel_ = {};
        ++plane_;
      }
    }
  }
  if (step.last) loaded_ = false;
  if (step.last_of_job) job_ = nullptr;
}

/// The walker fills a row a cycle, unless its tile was loaded in this one.
void ClockedCore::walk(bool loaded) {
  if (loaded || !walking_ || walked_) return;
  const JobDescriptor& d = job_->descriptor;
  walk_tile_rows_.push_back(walk_pixel_);
  if (++walk_column_ == d.out_width) {
    walk_column_ = 0;
    walk_pixel_.y += d.stride;
    walk_pixel_.x = d.first_x;
    walk_pixel_.index = add(walk_pixel_.index, d.step_row, arch_.act_banks);
  } else {
    walk_pixel_.x += d.stride;
    walk_pixel_.index = add(walk_pixel_.index, d.step_x, arch_.act_banks);
  }
  walked_ = ++walk_rows_ == tile_rows(d, walk_tile_);
}

/// The walker's tile becomes the sequencer's; its tag goes to the drain.
void ClockedCore::load_tile() {
  const JobDescriptor& d = job_->descriptor;
  loaded_ = true;
  rows_ = walk_tile_rows_;
  group_ = walk_group_;
  tile_ = walk_tile_;
  plane_ = ky_ = kx_ = chunk_ = 0;
  kernel_ = {};
  first_step_ = true;
  Tag tag;
  tag.job = &d;
  const std::uint64_t cols = group_ + 1 == d.column_groups ? d.last_cols : arch_.cols;
  tag.beats = rows_.size() * ((cols + arch_.postproc_lanes - 1) / arch_.postproc_lanes);
  tag.elements = rows_.size() * cols;
  tag.last_of_job = tile_ + 1 == d.tiles && group_ + 1 == d.column_groups;
  tags_.push_back(tag);
  result.most_tags = std::max(result.most_tags, static_cast<unsigned>(tags_.size()));
  ABSIM_CHECK(tags_.size() <= 8, "the tag FIFO overflows");
  walking_ = walked_ = false;
  if (++walk_tile_ == d.tiles) {
    walk_tile_ = 0;
    ++walk_group_;
  }
  if (walk_group_ < d.column_groups) start_walk();
}

/// Sequencer and walker; the job may end in hand_over.
void ClockedCore::sequence(bool fetch_ready) {
  const bool idle = job_ == nullptr;
  const bool tile_valid = walked_;
  hand_over(fetch_ready);
  const bool load = tile_valid && job_ != nullptr && !loaded_;
  if (load) load_tile();
  if (job_ != nullptr) walk(load);
  if (idle && next_job_ < plan_.jobs.size()) {
    job_ = &plan_.jobs[next_job_++];
    walk_group_ = walk_tile_ = 0;
    start_walk();
  }
}

/// Releases of this cycle show as credits in the next one.
void ClockedCore::update_slots(const std::array<bool, sim::kLoadBuffers>& fill_last) {
  for (std::size_t b = 0; b < sim::kLoadBuffers; ++b) {
    SlotPair& s = slots_[b];
    s.credit = clear_[b];
    if (clear_[b]) {
      s.full[s.use] = false;
      s.use ^= 1U;
    }
    if (fill_last[b]) {
      s.full[s.fill] = true;
      s.fill ^= 1U;
    }
  }
}

void ClockedCore::tick(const std::array<bool, sim::kLoadBuffers>& fill_last,
                       std::optional<unsigned> store_last) {
  clear_.fill(false);
  ++idle_after_work_;

  // Out buffer: the beat in the last pipeline stage is written in this cycle.
  const Beat written = pipe_[3];
  const std::array<Beat, 4> before = pipe_;
  pipe_ = {Beat{}, before[0], before[1], before[2]};
  if (written.valid) result.events.out_write_bytes += std::uint64_t{arch_.postproc_lanes} * 4;

  const bool busy_drain = draining_;
  const bool drained = send_beat();
  const bool capture = !results_.empty() && results_.front() == 0 && (!busy_drain || drained);
  draining_before_ = busy_drain;

  const bool had_operand = operand_;
  const Step array_step = operand_step_;
  const bool taken = run_array(capture);

  const bool had_request = request_;
  const bool gathered = gather(!had_operand || taken);
  const Step gathered_step = request_step_;

  // Registers of array and drain.
  if (capture) {
    results_.pop_front();
    draining_ = true;
    drain_ = tags_.front();
    tags_.pop_front();
  }
  for (unsigned& cycles : results_) cycles -= cycles > 0 ? 1U : 0U;
  if (taken && array_step.last) {
    results_.push_back(arch_.pe_latency());
    result.most_results = std::max(result.most_results, static_cast<unsigned>(results_.size()));
  }
  if (taken) operand_ = false;
  if (gathered) {
    operand_ = true;
    operand_step_ = gathered_step;
    request_ = false;
  }

  sequence(!had_request || gathered);
  update_slots(fill_last);
  if (store_last) {
    ABSIM_CHECK(out_full_[*store_last], "a store from a slot that is not full");
    out_full_[*store_last] = false;
    out_busy_[*store_last] = false;
  }
  if (written.valid && written.last) out_full_[written.slot] = true;
  if (result.events.array_cycles == 0) ++result.reasons.start;
  result.reasons.end = idle_after_work_;
}

}  // namespace absim::tests
