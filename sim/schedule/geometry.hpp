// SPDX-License-Identifier: Apache-2.0
// Sizes that follow from one layer on one accelerator: strips, channel ranges, words of every slot.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/network/graph.hpp"
#include "sim/core/arch_config.hpp"
#include "sim/schedule/job.hpp"

namespace absim::sim {

/// Rounds up; b > 0.
constexpr std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

/// Quotient rounded toward minus infinity, remainder in [0, banks).
BankIndex bank_index(std::int64_t index, unsigned banks);

/// Output rows of a job and the input rows (halo included, padding left out) that they read.
struct Strip {
  std::size_t out_row = 0;
  std::size_t out_rows = 0;
  std::size_t in_row = 0;
  std::size_t in_rows = 0;
};

/// The strip of these output rows of a layer.
Strip input_strip(const models::Layer& layer, std::size_t out_row, std::size_t out_rows);

/// Whole column groups, beginning at a multiple of cols.
struct ChannelRange {
  std::size_t first_channel = 0;
  std::size_t channels = 0;
};

class LayerGeometry {
 public:
  LayerGeometry(const models::Layer& layer, const ArchConfig& arch, unsigned truncation);

  [[nodiscard]] const models::Layer& layer() const { return layer_; }
  [[nodiscard]] const ArchConfig& arch() const { return arch_; }
  [[nodiscard]] unsigned truncation() const { return truncation_; }
  /// Weight words of a step: t, or 1 for weights taken whole.
  [[nodiscard]] unsigned planes() const { return planes_; }

  [[nodiscard]] std::size_t chunks() const { return chunks_; }
  [[nodiscard]] std::size_t groups() const { return groups_; }  ///< of the whole layer
  /// Weight words of one tile, in order of use: N * n.
  [[nodiscard]] std::uint64_t tile_words() const { return tile_words_; }
  /// Weight words of one column group held resident.
  [[nodiscard]] std::uint64_t group_words() const { return group_words_; }

  [[nodiscard]] Strip strip(std::size_t out_row, std::size_t out_rows) const;
  [[nodiscard]] ChannelRange range(std::size_t first_group, std::size_t groups) const;
  [[nodiscard]] std::size_t groups_of(const ChannelRange& range) const;

  [[nodiscard]] std::uint64_t plane_words(const Strip& strip) const;
  [[nodiscard]] std::uint64_t act_words_per_bank(const Strip& strip) const;
  /// Words that the DMA fills: (y, x, chunk).
  [[nodiscard]] std::uint64_t act_fill_words(const Strip& strip) const;
  [[nodiscard]] std::uint64_t tiles(std::size_t out_rows) const;
  /// Beats of one output pixel.
  [[nodiscard]] std::uint64_t beats_per_pixel(const ChannelRange& range) const;
  [[nodiscard]] std::uint64_t beats(const Strip& strip, const ChannelRange& range) const;

 private:
  const models::Layer& layer_;
  const ArchConfig& arch_;
  unsigned truncation_;
  unsigned planes_;
  std::size_t chunks_;
  std::size_t groups_;
  std::uint64_t tile_words_;
  std::uint64_t group_words_;
};

}  // namespace absim::sim
