// SPDX-License-Identifier: Apache-2.0
#include "sim/schedule/geometry.hpp"

#include <algorithm>

namespace absim::sim {

BankIndex bank_index(std::int64_t index, unsigned banks) {
  const auto b = static_cast<std::int64_t>(banks);
  std::int64_t quotient = index / b;
  std::int64_t remainder = index % b;
  if (remainder < 0) {
    remainder += b;
    --quotient;
  }
  return {static_cast<std::int32_t>(quotient), static_cast<std::uint32_t>(remainder)};
}

Strip input_strip(const models::Layer& layer, std::size_t out_row, std::size_t out_rows) {
  const auto last_row = static_cast<std::int64_t>(layer.in.height) - 1;
  const auto top = static_cast<std::int64_t>(layer.pad.top);
  const auto first_y = static_cast<std::int64_t>(out_row * layer.stride) - top;
  const auto last_y =
      static_cast<std::int64_t>((out_row + out_rows - 1) * layer.stride + layer.kernel_h - 1) - top;
  // A strip whose windows lie in the padding alone still loads one row.
  const std::int64_t lo = std::clamp<std::int64_t>(first_y, 0, last_row);
  const std::int64_t hi = std::clamp<std::int64_t>(last_y, lo, last_row);
  return {out_row, out_rows, static_cast<std::size_t>(lo), static_cast<std::size_t>(hi - lo + 1)};
}

LayerGeometry::LayerGeometry(const models::Layer& layer, const ArchConfig& arch,
                             unsigned truncation)
    : layer_(layer),
      arch_(arch),
      truncation_(truncation),
      planes_(is_bit_serial(arch.pe) ? truncation : 1U),
      chunks_(ceil_div(layer.in.channels, arch.lanes)),
      groups_(ceil_div(layer.out.channels, arch.cols)),
      tile_words_(std::uint64_t{planes_} * layer.kernel_h * layer.kernel_w * chunks_),
      group_words_(layer.shared_kernel() ? std::uint64_t{planes_} * chunks_ : tile_words_) {}

Strip LayerGeometry::strip(std::size_t out_row, std::size_t out_rows) const {
  return input_strip(layer_, out_row, out_rows);
}

ChannelRange LayerGeometry::range(std::size_t first_group, std::size_t groups) const {
  const std::size_t first = first_group * arch_.cols;
  return {first, std::min(layer_.out.channels - first, groups * arch_.cols)};
}

std::size_t LayerGeometry::groups_of(const ChannelRange& range) const {
  return ceil_div(range.channels, arch_.cols);
}

std::uint64_t LayerGeometry::plane_words(const Strip& strip) const {
  return ceil_div(std::uint64_t{strip.in_rows} * layer_.in.width, arch_.act_banks);
}

std::uint64_t LayerGeometry::act_words_per_bank(const Strip& strip) const {
  return chunks_ * plane_words(strip);
}

std::uint64_t LayerGeometry::act_fill_words(const Strip& strip) const {
  return std::uint64_t{strip.in_rows} * layer_.in.width * chunks_;
}

std::uint64_t LayerGeometry::tiles(std::size_t out_rows) const {
  return ceil_div(std::uint64_t{out_rows} * layer_.out.width, arch_.rows);
}

std::uint64_t LayerGeometry::beats_per_pixel(const ChannelRange& range) const {
  const std::uint64_t whole = range.channels / arch_.cols;
  return whole * ceil_div(arch_.cols, arch_.postproc_lanes) +
         ceil_div(range.channels % arch_.cols, arch_.postproc_lanes);
}

std::uint64_t LayerGeometry::beats(const Strip& strip, const ChannelRange& range) const {
  return std::uint64_t{strip.out_rows} * layer_.out.width * beats_per_pixel(range);
}

}  // namespace absim::sim
