// SPDX-License-Identifier: Apache-2.0
#include "sim/units/tile_walker.hpp"

#include "models/core/error.hpp"

namespace absim::sim {

TileWalker::TileWalker(const sc_core::sc_module_name& name, const ArchConfig& arch)
    : sc_module(name),
      array_rows_(arch.rows),
      array_cols_(arch.cols),
      banks_(arch.act_banks),
      rows_(arch.rows) {}

void TileWalker::begin_strip() {
  tile_ = 0;
  out_x_ = 0;
  y_ = job_.first_y;
  x_ = job_.first_x;
  index_ = job_.base;
}

void TileWalker::begin_tile() {
  info_.rows = tile_ + 1 == job_.tiles ? job_.last_rows : array_rows_;
  info_.cols = info_.group + 1 == job_.column_groups ? job_.last_cols : array_cols_;
  info_.first_of_job = tile_ == 0 && info_.group == 0;
  info_.last_of_job = tile_ + 1 == job_.tiles && info_.group + 1 == job_.column_groups;
  row_ = 0;
  filling_ = true;
}

void TileWalker::next_tile() {
  if (info_.last_of_job) return;
  if (++tile_ == job_.tiles) {
    ++info_.group;
    begin_strip();
  }
  begin_tile();
}

void TileWalker::fill_row() {
  rows_.y[row_] = y_;
  rows_.x[row_] = x_;
  rows_.quotient[row_] = index_.quotient;
  rows_.remainder[row_] = static_cast<std::int32_t>(index_.remainder);
  const auto stride = static_cast<std::int32_t>(job_.stride);
  if (++out_x_ == job_.out_width) {
    out_x_ = 0;
    y_ += stride;
    x_ = job_.first_x;
    index_ = add_bank_index(index_, job_.step_row, banks_);
  } else {
    x_ += stride;
    index_ = add_bank_index(index_, job_.step_x, banks_);
  }
  if (++row_ == info_.rows) {
    filling_ = false;
    valid_ = true;
  }
}

void TileWalker::tick(const JobDescriptor* start, bool load) {
  ABSIM_CHECK(!load || valid_, "tile_walker: load of a tile that is not valid");
  ABSIM_CHECK(start == nullptr || (!filling_ && !valid_), "tile_walker: start while busy");
  if (filling_) {
    fill_row();
  } else if (load) {
    valid_ = false;
    next_tile();
  } else if (start != nullptr) {
    job_ = *start;
    info_ = TileInfo();
    begin_strip();
    begin_tile();
  }
}

void TileWalker::reset() {
  filling_ = false;
  valid_ = false;
}

}  // namespace absim::sim
