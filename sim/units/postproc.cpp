// SPDX-License-Identifier: Apache-2.0
#include "sim/units/postproc.hpp"

#include <algorithm>
#include <limits>

namespace absim::sim {
namespace {

struct Range {
  std::int64_t low;
  std::int64_t high;
};

Range range_of(OutKind kind) {
  switch (kind) {
    case OutKind::kU8:
      return {0, 255};
    case OutKind::kS8:
      return {-128, 127};
    case OutKind::kS16:
      return {-32768, 32767};
    case OutKind::kS32:
      break;
  }
  return {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
}

// Arithmetic shift to the right, rounding half up.
std::int64_t round_shift(std::int64_t value, unsigned shift) {
  const std::int64_t half = shift == 0 ? 0 : std::int64_t{1} << (shift - 1);
  return (value + half) >> shift;
}

}  // namespace

OutElement postprocess(std::int32_t accumulator, const ChannelParams& params, std::int32_t residual,
                       const TileTag& tile) {
  const Range range = range_of(tile.out_kind);
  const std::int64_t sum = std::int64_t{accumulator} * params.multiplier + params.offset +
                           std::int64_t{residual} * tile.residual_gain;
  OutElement out;
  out.value =
      static_cast<std::int32_t>(std::clamp(round_shift(sum, tile.shift), range.low, range.high));
  if (tile.emits_activation) {
    const std::int64_t act = std::int64_t{out.value} * params.act_multiplier + params.act_offset;
    out.activation = static_cast<std::uint8_t>(
        std::clamp<std::int64_t>(round_shift(act, tile.act_shift), 0, 255));
  }
  return out;
}

Postproc::Postproc(const sc_core::sc_module_name& name, const ArchConfig& arch)
    : sc_module(name), lanes_(arch.postproc_lanes), words_(kStages * arch.postproc_lanes) {}

void Postproc::tick(const TileTag& tile, const std::int32_t* accumulators,
                    const ChannelParams* params, const std::int16_t* residual, bool last_of_job) {
  for (std::size_t s = kStages - 1; s > 0; --s) stages_[s] = stages_[s - 1];
  stages_[0].valid = accumulators != nullptr;
  if (accumulators == nullptr) return;
  stages_[0].last = last_of_job;
  stages_[0].word = next_word_;
  OutElement* word = words_.data() + next_word_ * lanes_;
  next_word_ = (next_word_ + 1) % kStages;
  for (std::size_t j = 0; j < lanes_; ++j) {
    word[j] = postprocess(accumulators[j], params[j], residual != nullptr ? residual[j] : 0, tile);
  }
}

void Postproc::reset() { stages_ = {}; }

}  // namespace absim::sim
