// SPDX-License-Identifier: Apache-2.0
#include "sim/units/drain.hpp"

#include <algorithm>

#include "models/core/error.hpp"

namespace absim::sim {

Drain::Drain(const sc_core::sc_module_name& name, const ArchConfig& arch)
    : sc_module(name),
      lanes_(arch.postproc_lanes),
      row_step_((arch.cols + arch.postproc_lanes - 1) / arch.postproc_lanes * arch.postproc_lanes),
      tile_(arch.pe == PeKind::kPosit ? 0 : arch.rows * row_step_),
      wide_tile_(arch.pe == PeKind::kPosit ? arch.rows * row_step_ : 0) {}

std::uint32_t Drain::elements() const { return std::min(lanes_, tag_.cols - beat_ * lanes_); }

void Drain::tick(bool sends, bool capture, const TileTag& tag, const PeArray& array) {
  if (sends) {
    ABSIM_CHECK(holds_, "drain: beat without a tile");
    ++beats_;
    elements_sent_ += elements();
    claimed_ = !last_of_job();
    residual_address_ = last_of_job() ? 0 : residual_address_ + 1;
    if (last_beat()) {
      holds_ = false;
    } else if (++beat_ == row_beats_) {
      beat_ = 0;
      ++row_;
    }
  }
  if (!capture) return;
  ABSIM_CHECK(!holds_, "drain: capture over an unfinished tile");
  tag_ = tag;
  holds_ = true;
  row_ = 0;
  beat_ = 0;
  row_beats_ = (tag.cols + lanes_ - 1) / lanes_;
  // The last beat's lanes without a channel: weights of 0, so their sums are 0 (bit-serial ones are
  // not, but their multipliers are).
  const std::size_t end = std::size_t{row_beats_} * lanes_;
  for (std::size_t r = 0; r < tag.rows; ++r) {
    for (std::size_t c = 0; c < end; ++c) {
      const bool exists = c < tag.cols;
      if (wide_tile_.empty()) {
        tile_[r * row_step_ + c] = exists ? array.accumulator(r, c) : 0;
      } else {
        wide_tile_[r * row_step_ + c] = exists ? array.wide_accumulator(r, c) : 0;
      }
    }
  }
}

void Drain::reset() {
  holds_ = false;
  claimed_ = false;
  residual_address_ = 0;
  beats_ = 0;
  elements_sent_ = 0;
}

}  // namespace absim::sim
