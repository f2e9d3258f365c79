// SPDX-License-Identifier: Apache-2.0
#include "sim/units/pool_unit.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "models/core/error.hpp"

namespace absim::sim {
namespace {

/// floor(sum / count + 1/2): the mean, halves rounded up. Hardware multiplies by a reciprocal.
std::int32_t rounded_mean(std::int32_t sum, std::int32_t count) {
  const std::int64_t twice = 2 * std::int64_t{sum} + count;
  const std::int64_t divisor = 2 * std::int64_t{count};
  return static_cast<std::int32_t>(twice / divisor - (twice % divisor < 0 ? 1 : 0));
}

}  // namespace

PoolUnit::PoolUnit(const sc_core::sc_module_name& name, const ArchConfig& arch)
    : sc_module(name),
      arch_(arch),
      in_buffer_("in_buffer", arch.pool_in_words(), arch.pool_lanes),
      out_buffer_("out_buffer", arch.pool_out_words(), arch.pool_lanes),
      sums_(arch.pool_lanes) {
  summed_.lanes.resize(arch.pool_lanes);
  result_.lanes.resize(arch.pool_lanes);
  outputs_.out_word.resize(arch.pool_lanes);
  update_outputs(false);
}

void PoolUnit::reset() {
  in_buffer_.reset();
  out_buffer_.reset();
  job_ = nullptr;
  claimed_ = false;
  summed_.valid = false;
  result_.valid = false;
  reset_counters();
  update_outputs(false);
}

bool PoolUnit::works() const {
  return job_ != nullptr && in_buffer_.full() && (claimed_ || out_buffer_.claimable());
}

void PoolUnit::enter_window() {
  rows_ = window_rows(*job_, out_y_);
  columns_ = window_columns(*job_, out_x_);
  row_ = 0;
  column_ = 0;
}

/// Order of windows: output row, output column, block. False after the job's last.
bool PoolUnit::next_window() {
  if (++block_ == pool_blocks(*job_, arch_.pool_lanes)) {
    block_ = 0;
    if (++out_x_ == job_->out_width) {
      out_x_ = 0;
      if (++out_y_ == job_->out_row + job_->out_rows) return false;
    }
  }
  enter_window();
  return true;
}

/// One pixel of the window joins the sums; the last one hands them over and ends the window.
void PoolUnit::take_pixel() {
  const std::uint64_t blocks = pool_blocks(*job_, arch_.pool_lanes);
  const std::size_t y = rows_.first + row_ - job_->in_row;
  const std::size_t x = columns_.first + column_;
  const std::int16_t* word = in_buffer_.read((y * job_->in_width + x) * blocks + block_);
  const bool first = row_ == 0 && column_ == 0;
  for (std::size_t j = 0; j < arch_.pool_lanes; ++j) {
    const std::int32_t value = word[j];
    sums_[j] = first ? value : job_->mean ? sums_[j] + value : std::max(sums_[j], value);
  }
  const std::size_t channels =
      std::min<std::size_t>(arch_.pool_lanes, job_->channels - block_ * arch_.pool_lanes);
  events_.pool_ops += channels;
  events_.pool_in_read_bytes += arch_.pool_word_bytes();
  if (++column_ < columns_.count) return;
  column_ = 0;
  if (++row_ < rows_.count) return;

  if (job_->mean) events_.pool_means += channels;
  summed_.valid = true;
  summed_.mean = job_->mean;
  summed_.count = static_cast<std::int32_t>(rows_.count * columns_.count);
  for (std::size_t j = 0; j < arch_.pool_lanes; ++j) summed_.lanes[j].value = sums_[j];
  summed_.last_of_job = !next_window();
  if (summed_.last_of_job) job_ = nullptr;
}

/// The sums of the cycle before become results.
void PoolUnit::finish_results() {
  std::swap(result_, summed_);
  summed_.valid = false;
  if (!result_.valid || !result_.mean) return;
  for (OutElement& lane : result_.lanes) lane.value = rounded_mean(lane.value, result_.count);
}

void PoolUnit::tick(const CoreInputs& inputs) {
  const bool takes_job = job_ == nullptr && inputs.job_valid;
  const bool worked = works();
  const bool claims = worked && !claimed_;
  const bool fills = inputs.act_fill.valid && in_buffer_.ready();
  const bool stores = inputs.out_ready && out_buffer_.valid();
  if (fills) events_.pool_in_write_bytes += arch_.pool_word_bytes();
  if (stores) events_.pool_out_read_bytes += arch_.pool_word_bytes();
  if (result_.valid) events_.pool_out_write_bytes += arch_.pool_word_bytes();

  out_buffer_.tick(claims, result_.valid ? result_.lanes.data() : nullptr, result_.last_of_job,
                   inputs.out_ready);
  finish_results();
  if (worked) {
    claimed_ = true;
    take_pixel();
  }
  const bool job_done = worked && job_ == nullptr;
  if (job_done) claimed_ = false;
  in_buffer_.tick(inputs.act_fill, inputs.pool_word, job_done);
  if (takes_job) {
    ABSIM_CHECK(inputs.pool_job != nullptr, "pool_unit: a job of another unit");
    job_ = inputs.pool_job;
    out_y_ = job_->out_row;
    out_x_ = 0;
    block_ = 0;
    enter_window();
  }
  update_outputs(worked);
}

void PoolUnit::update_outputs(bool worked) {
  outputs_.job_ready = job_ == nullptr;
  outputs_.fill_ready = {};
  outputs_.fill_ready[static_cast<std::size_t>(Buffer::kAct)] = in_buffer_.ready();
  outputs_.credit = {};
  outputs_.credit[static_cast<std::size_t>(Buffer::kAct)] = in_buffer_.credit();
  outputs_.out_filled = out_buffer_.filled();
  outputs_.out_valid = out_buffer_.valid();
  outputs_.out_last = outputs_.out_valid && out_buffer_.last();
  if (outputs_.out_valid) {
    std::copy_n(out_buffer_.word(), arch_.pool_lanes, outputs_.out_word.begin());
  }
  outputs_.array_active = worked;
}

std::string PoolUnit::describe() const {
  return fmt::format("{} at row {} column {} block {}, input slot {} out claimable {} out full {}",
                     job_ == nullptr ? "idle" : "busy", out_y_, out_x_, block_, in_buffer_.full(),
                     out_buffer_.claimable(), out_buffer_.valid());
}

}  // namespace absim::sim
