// SPDX-License-Identifier: Apache-2.0
#include "sim/units/sequencer.hpp"

#include "models/core/error.hpp"
#include "sim/units/tile_walker.hpp"

namespace absim::sim {

Sequencer::Sequencer(const sc_core::sc_module_name& name, const ArchConfig& arch)
    : sc_module(name),
      banks_(arch.act_banks),
      param_words_of_group_((arch.cols + arch.postproc_lanes - 1) / arch.postproc_lanes),
      rows_(arch.rows) {}

void Sequencer::begin_job(const JobDescriptor& job) {
  job_ = job;
  busy_ = true;
  step_cycles_ = job.stationary ? job.planes : 1U;
  const std::uint32_t positions = job.shared_kernel ? 1U : job.kernel_h * job.kernel_w;
  tile_words_ = job.planes * positions * job.chunks;
}

void Sequencer::begin_tile() {
  plane_ = 0;
  kernel_y_ = 0;
  kernel_x_ = 0;
  chunk_ = 0;
  kernel_index_ = BankIndex();
  weight_address_ = job_.weight_streamed ? 0 : tile_.group * tile_words_;
  plane_base_ = weight_address_;
  find_ends();
}

void Sequencer::find_ends() {
  window_end_ =
      chunk_ + 1 == job_.chunks && kernel_x_ + 1 == job_.kernel_w && kernel_y_ + 1 == job_.kernel_h;
  last_step_ = window_end_ && (job_.stationary || plane_ + 1U == job_.planes);
  segment_end_ = last_step_ || weight_address_ + step_cycles_ == job_.segment_words;
}

void Sequencer::next_step() {
  bool window_wraps = false;
  const bool kernel_wraps = chunk_ + 1 == job_.chunks;
  if (!kernel_wraps) {
    ++chunk_;
  } else {
    chunk_ = 0;
    if (++kernel_x_ < job_.kernel_w) {
      kernel_index_ = add_bank_index(kernel_index_, job_.kernel_x, banks_);
    } else {
      kernel_x_ = 0;
      kernel_index_ = add_bank_index(kernel_index_, job_.kernel_row, banks_);
      if (++kernel_y_ == job_.kernel_h) {
        kernel_y_ = 0;
        kernel_index_ = BankIndex();
        ++plane_;
        window_wraps = true;
      }
    }
  }
  next_weight_address(window_wraps, kernel_wraps);
  find_ends();
}

void Sequencer::next_weight_address(bool window_wraps, bool kernel_wraps) {
  if (job_.weight_streamed) {
    weight_address_ = segment_end_ ? 0 : weight_address_ + step_cycles_;
  } else if (job_.shared_kernel && kernel_wraps) {
    if (window_wraps) plane_base_ += job_.chunks;
    weight_address_ = plane_base_;
  } else {
    weight_address_ += step_cycles_;
  }
}

void Sequencer::write_step(StepRequest& request) const {
  StepTag& tag = request.tag;
  tag.rows = tile_.rows;
  tag.cols = tile_.cols;
  tag.weight_address = weight_address_;
  tag.planes = job_.planes;
  tag.plane = static_cast<std::uint8_t>(plane_);
  tag.stationary = job_.stationary;
  tag.twos_complement = job_.twos_complement;
  tag.act_signed = job_.act_signed;
  tag.first_of_plane = kernel_y_ == 0 && kernel_x_ == 0 && chunk_ == 0;
  tag.first_of_tile = tag.first_of_plane && plane_ == 0;
  tag.last_of_tile = last_step_;
  const bool last_of_job = last_step_ && tile_.last_of_job;
  tag.releases_weights = job_.weight_streamed ? segment_end_ : last_of_job && job_.weight_release;
  request.releases_acts = last_of_job && job_.act_release;

  const auto banks = static_cast<std::int32_t>(banks_);
  const auto height = static_cast<std::uint32_t>(job_.in_height);
  const auto width = static_cast<std::uint32_t>(job_.in_width);
  const auto ky = static_cast<std::int32_t>(kernel_y_);
  const auto kx = static_cast<std::int32_t>(kernel_x_);
  const auto remainder = static_cast<std::int32_t>(kernel_index_.remainder);
  const std::int32_t offset =
      kernel_index_.quotient + static_cast<std::int32_t>(chunk_ * job_.plane_words);
  // Every row at once in hardware; plain pointers let the compiler do the same.
  const std::int32_t* row_y = rows_.y.data();
  const std::int32_t* row_x = rows_.x.data();
  const std::int32_t* row_quotient = rows_.quotient.data();
  const std::int32_t* row_remainder = rows_.remainder.data();
  std::int32_t* __restrict bank_of = request.bank.data();
  std::int32_t* __restrict address_of = request.address.data();
  std::int32_t* __restrict inside = request.inside.data();
  for (std::uint32_t r = 0; r < tile_.rows; ++r) {
    const std::int32_t bank = row_remainder[r] + remainder;
    const std::int32_t carry = bank >= banks ? 1 : 0;
    bank_of[r] = bank - carry * banks;
    address_of[r] = row_quotient[r] + offset + carry;
    const std::int32_t in_y = static_cast<std::uint32_t>(row_y[r] + ky) < height ? 1 : 0;
    const std::int32_t in_x = static_cast<std::uint32_t>(row_x[r] + kx) < width ? 1 : 0;
    inside[r] = in_y & in_x;
  }
}

TileTag Sequencer::make_tag(const TileInfo& tile) const {
  TileTag tag;
  tag.rows = tile.rows;
  tag.cols = tile.cols;
  tag.param_address = tile.group * param_words_of_group_;
  tag.first_of_job = tile.first_of_job;
  tag.last_of_job = tile.last_of_job;
  tag.param_release = job_.param_release;
  tag.has_residual = job_.has_residual;
  tag.emits_activation = job_.emits_activation;
  tag.out_kind = job_.out_kind;
  tag.shift = job_.shift;
  tag.act_shift = job_.act_shift;
  tag.residual_gain = job_.residual_gain;
  tag.relu = job_.relu;
  tag.rounding = job_.rounding;
  tag.out_exponent = job_.out_exponent;
  tag.residual_exponent = job_.residual_exponent;
  tag.offset_shift = job_.offset_shift;
  return tag;
}

void Sequencer::tick(const JobDescriptor* job, bool handover, bool load, const TileInfo& tile,
                     const TileRows& rows) {
  ABSIM_CHECK(!handover || loaded_, "sequencer: hand-over without a step");
  ABSIM_CHECK(job == nullptr || !busy_, "sequencer: job while busy");
  if (handover) {
    if (!last_step_) {
      next_step();
    } else {
      loaded_ = false;
      if (tile_.last_of_job) busy_ = false;
    }
  }
  if (load) {
    ABSIM_CHECK(!loaded_, "sequencer: load over an unfinished tile");
    tile_ = tile;
    rows_ = rows;
    loaded_ = true;
    begin_tile();
  }
  if (job != nullptr) begin_job(*job);
}

void Sequencer::reset() {
  busy_ = false;
  loaded_ = false;
}

}  // namespace absim::sim
