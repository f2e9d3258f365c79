// SPDX-License-Identifier: Apache-2.0
// What fits the buffers, and what would.
#include <algorithm>

#include <fmt/format.h>

#include "models/core/error.hpp"
#include "sim/schedule/field_limits.hpp"
#include "sim/schedule/planner.hpp"
#include "sim/schedule/refusal.hpp"

namespace absim::sim {
namespace {

/// Input rows that a strip of `out_rows` rows loads at most, anywhere in the map.
Strip tallest_strip(const LayerGeometry& geometry, std::size_t out_rows) {
  Strip tallest;
  const std::size_t rows = geometry.layer().out.height;
  for (std::size_t first = 0; first < rows; first += out_rows) {
    const Strip strip = geometry.strip(first, std::min(out_rows, rows - first));
    if (strip.in_rows > tallest.in_rows) tallest = strip;
  }
  return tallest;
}

}  // namespace

bool fits(const LayerGeometry& geometry, const PlanChoice& choice) {
  const ArchConfig& arch = geometry.arch();
  const Strip strip = tallest_strip(geometry, choice.strip_rows);
  const ChannelRange range = geometry.range(0, choice.job_groups);
  if (geometry.act_words_per_bank(strip) > arch.act_words_per_bank()) return false;
  if (geometry.beats_per_pixel(range) > arch.param_words()) return false;
  // The first strip holds strip_rows rows: as many as any.
  const std::uint64_t beats = geometry.beats(geometry.strip(0, choice.strip_rows), range);
  if (beats > arch.out_words()) return false;
  if (geometry.layer().residual && beats > arch.residual_words()) return false;
  if (!choice.streamed && choice.job_groups * geometry.group_words() > arch.weight_words())
    return false;
  return geometry.tiles(choice.strip_rows) <= kMax16 && choice.job_groups <= kMax16;
}

void check_fit(const LayerGeometry& geometry, const std::string& where) {
  const ArchConfig& arch = geometry.arch();
  const Strip row = tallest_strip(geometry, 1);
  const ChannelRange group = geometry.range(0, 1);
  const std::uint64_t bank_words = geometry.act_words_per_bank(row);
  if (bank_words > arch.act_words_per_bank()) {
    refuse_buffer(where, "act_buffer_bytes", arch.act_buffer_bytes,
           fmt::format("one output row's input ({} rows of {} pixels, {} channels), twice",
                       row.in_rows, geometry.layer().in.width, geometry.layer().in.channels),
           2 * bank_words * arch.act_word_bytes() * arch.act_banks);
  }
  const std::uint64_t beats = geometry.beats(geometry.strip(0, 1), group);
  if (beats > arch.out_words()) {
    refuse_buffer(where, "out_buffer_bytes", arch.out_buffer_bytes,
           fmt::format("one output row ({} pixels) of one column group, twice",
                       geometry.layer().out.width),
           2 * beats * 4 * arch.postproc_lanes);
  }
  if (geometry.layer().residual && beats > arch.residual_words()) {
    refuse_buffer(where, "residual_buffer_bytes", arch.residual_buffer_bytes,
           fmt::format("one output row ({} pixels) of one column group, twice",
                       geometry.layer().out.width),
           2 * beats * 2 * arch.postproc_lanes);
  }
  if (geometry.beats_per_pixel(group) > arch.param_words()) {
    refuse_buffer(where, "param_buffer_bytes", arch.param_buffer_bytes,
           "the parameters of one column group, twice",
           2 * geometry.beats_per_pixel(group) * 16 * arch.postproc_lanes);
  }
  const std::uint64_t words =
      arch.plane_order == PlaneOrder::kStationary ? geometry.planes() : 1;
  if (words > arch.weight_words()) {
    refuse_buffer(where, "weight_buffer_bytes", arch.weight_buffer_bytes,
           fmt::format("{} word(s) of {} bits, twice", words, arch.weight_word_bits()),
           2 * ceil_div(words * arch.weight_word_bits(), 8));
  }
  PlanChoice least;
  least.streamed = geometry.group_words() > arch.weight_words();
  if (!fits(geometry, least)) {
    throw ConfigError(fmt::format("{}: one output row makes {} tiles; at most {} are allowed",
                                  where, geometry.tiles(1), kMax16));
  }
}

}  // namespace absim::sim
