// SPDX-License-Identifier: Apache-2.0
#include "sim/units/postproc.hpp"

#include <algorithm>
#include <limits>

#include "models/core/error.hpp"
#include "models/formats/dfp.hpp"
#include "models/formats/posit.hpp"

namespace absim::sim {
namespace {

__extension__ using WideUint = unsigned __int128;

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

OutElement postprocess_dfp(std::int32_t accumulator, const ChannelParams& params,
                           std::int32_t residual, const TileTag& tile) {
  const std::int64_t sum = std::int64_t{accumulator} + params.offset +
                           std::int64_t{residual} * (std::int64_t{1} << tile.residual_exponent);
  const Range range = range_of(tile.out_kind);
  OutElement out;
  // A network's sums are proved to fit 32 bits.
  out.value = models::sdfp_shift(
      static_cast<std::int32_t>(sum), tile.shift, static_cast<models::Rounding>(tile.rounding),
      {static_cast<std::int32_t>(range.low), static_cast<std::int32_t>(range.high)});
  return out;
}

std::int32_t PositPostproc::round(WideInt sum, std::int32_t out_exponent) const {
  if (sum == 0) return 0;
  const bool negative = sum < 0;
  WideUint rest = negative ? -static_cast<WideUint>(sum) : static_cast<WideUint>(sum);
  int place = 127;  // of the leading one, which moves to the top
  for (int step = 64; step > 0; step /= 2) {
    if (rest >> (128 - step) != 0) continue;
    rest <<= step;
    place -= step;
  }
  rest <<= 1;
  const models::PositFormat format = table_.format();
  const int exponent = place - 2 * format.max_exponent() + out_exponent;
  const auto fraction = static_cast<std::uint64_t>(rest >> 64);
  const bool sticky = static_cast<std::uint64_t>(rest) != 0;
  return models::posit_signed(format,
                              models::round_posit(format, negative, exponent, fraction, sticky));
}

OutElement PositPostproc::run(WideInt accumulator, const ChannelParams& params,
                              std::int32_t residual, const TileTag& tile) const {
  const models::PositFormat format = table_.format();
  const auto code = static_cast<std::uint32_t>(residual);
  // Shifted out altogether: a network holds no such parameters but for zeros.
  const auto shifted = [](std::int64_t value, int shift) {
    return shift >= 128 ? WideUint{0} : static_cast<WideUint>(static_cast<WideInt>(value)) << shift;
  };
  const WideUint total =
      static_cast<WideUint>(accumulator) + shifted(params.offset, tile.offset_shift) +
      shifted(table_.fixed(code), format.max_exponent() + tile.residual_exponent);
  auto sum = static_cast<WideInt>(total);
  if (tile.relu && sum < 0) sum = 0;
  OutElement out;
  if (tile.out_kind != OutKind::kS32) {
    out.value = round(sum, tile.out_exponent);
    return out;
  }
  // floor((sum + 2^(S-1)) / 2^S) without the carry into bit 128.
  if (tile.shift > 0) sum = ((sum >> std::min(tile.shift - 1, 127)) + 1) >> 1;
  const Range range = range_of(OutKind::kS32);
  out.value = static_cast<std::int32_t>(
      std::clamp(sum, static_cast<WideInt>(range.low), static_cast<WideInt>(range.high)));
  return out;
}

Postproc::Postproc(const sc_core::sc_module_name& name, const ArchConfig& arch)
    : sc_module(name),
      kind_(arch.pe),
      posit_({arch.posit_bits, arch.posit_es}),
      lanes_(arch.postproc_lanes),
      words_(kStages * arch.postproc_lanes) {}

OutElement Postproc::element(const TileTag& tile, const BeatAccumulators& accumulators,
                             std::size_t lane, const ChannelParams& params,
                             std::int32_t residual) const {
  switch (kind_) {
    case PeKind::kAbs:
      return postprocess(accumulators.narrow[lane], params, residual, tile);
    case PeKind::kDfp:
      return postprocess_dfp(accumulators.narrow[lane], params, residual, tile);
    case PeKind::kPosit:
      return posit_.run(accumulators.wide[lane], params, residual, tile);
  }
  throw InvariantError("PE kind out of range");
}

void Postproc::tick(const TileTag& tile, const BeatAccumulators& accumulators,
                    const ChannelParams* params, const std::int16_t* residual, bool last_of_job) {
  for (std::size_t s = kStages - 1; s > 0; --s) stages_[s] = stages_[s - 1];
  stages_[0].valid = accumulators.valid();
  if (!accumulators.valid()) return;
  stages_[0].last = last_of_job;
  stages_[0].word = next_word_;
  OutElement* word = words_.data() + next_word_ * lanes_;
  next_word_ = (next_word_ + 1) % kStages;
  for (std::size_t j = 0; j < lanes_; ++j) {
    word[j] = element(tile, accumulators, j, params[j], residual != nullptr ? residual[j] : 0);
  }
}

void Postproc::reset() { stages_ = {}; }

}  // namespace absim::sim
