// SPDX-License-Identifier: Apache-2.0
// What travels between the units of the core: steps, tile tags, beats. Plain data, widths as in the
// RTL.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/core/core_ports.hpp"
#include "sim/schedule/job.hpp"
#include "sim/units/mac_kernel.hpp"

namespace absim::sim {

/// Input coordinates and bank index of kernel position (0, 0) of every row of a tile.
struct TileRows {
  explicit TileRows(std::size_t rows) : y(rows), x(rows), quotient(rows), remainder(rows) {}
  std::vector<std::int32_t> y;
  std::vector<std::int32_t> x;
  std::vector<std::int32_t> quotient;
  std::vector<std::int32_t> remainder;
};

/// What the walker knows of a tile beside its rows.
struct TileInfo {
  std::uint32_t rows = 0;  ///< valid rows
  std::uint32_t cols = 0;  ///< valid columns
  std::uint32_t group = 0;
  bool first_of_job = false;
  bool last_of_job = false;
};

/// What the array must know of a step.
struct StepTag {
  std::uint32_t rows = 0;
  std::uint32_t cols = 0;
  std::uint32_t weight_address = 0;  ///< of the step's first plane
  std::uint8_t planes = 1;           ///< t
  std::uint8_t plane = 0;            ///< of a progressive step; 0 in stationary order
  bool stationary = false;
  bool twos_complement = false;
  bool act_signed = false;
  bool first_of_tile = false;
  bool first_of_plane = false;  ///< progressive: the accumulators shift
  bool last_of_tile = false;
  bool releases_weights = false;  ///< the weight slot is free after this step
};

/// One gather: where each row's word lies.
struct StepRequest {
  explicit StepRequest(std::size_t rows) : bank(rows), address(rows), inside(rows) {}
  std::vector<std::int32_t> bank;
  std::vector<std::int32_t> address;
  std::vector<std::int32_t> inside;  ///< 0: outside the map, the row's operand is zero
  StepTag tag;
  bool releases_acts = false;  ///< the act slot is free after this gather
};

/// The accumulators of a beat; the pointer of the PEs' kind is set, none where there is no beat.
struct BeatAccumulators {
  const std::int32_t* narrow = nullptr;
  const WideInt* wide = nullptr;
  [[nodiscard]] bool valid() const { return narrow != nullptr || wide != nullptr; }
};

/// What the drain and post-processing must know of a tile.
struct TileTag {
  std::uint32_t rows = 0;
  std::uint32_t cols = 0;
  std::uint32_t param_address = 0;  ///< of the column group's first param word
  bool first_of_job = false;
  bool last_of_job = false;
  bool param_release = false;
  bool has_residual = false;
  bool emits_activation = false;
  OutKind out_kind = OutKind::kU8;
  std::uint8_t shift = 0;
  std::uint8_t act_shift = 0;
  std::int32_t residual_gain = 0;
  // Of bit-parallel kinds
  bool relu = false;
  std::uint8_t rounding = 0;
  std::int32_t out_exponent = 0;
  std::int32_t residual_exponent = 0;
  std::uint8_t offset_shift = 0;
};

}  // namespace absim::sim
