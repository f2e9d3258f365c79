// SPDX-License-Identifier: Apache-2.0
// How long the fetch gathers the steps of a tile: bank conflicts counted from the addresses, kept
// per pattern, since tiles at the same column of a map repeat.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "sim/schedule/job.hpp"

namespace absim::sim {

/// Gather costs of one tile. Positions are (ky, kx) in raster order; costs do not depend on the
/// chunk.
struct TilePattern {
  std::vector<std::uint32_t> extra;  ///< [positions + 1] prefix sums of c - 1
  std::uint64_t words_in_map = 0;    ///< rows inside the map, summed over the positions

  [[nodiscard]] std::uint64_t positions() const { return extra.size() - 1; }
  /// Gather cycles c of a position.
  [[nodiscard]] std::uint64_t cost(std::uint64_t position) const {
    return extra[position + 1] - extra[position] + 1;
  }
  [[nodiscard]] std::uint64_t extra_total() const { return extra.back(); }
};

/// The part of a layer that its tiles' patterns depend on.
struct GatherShape {
  std::uint32_t rows = 1;  ///< of the array
  std::uint32_t banks = 1;
  std::uint32_t out_width = 1;
  std::uint32_t kernel_h = 1;
  std::uint32_t kernel_w = 1;
  std::uint32_t stride = 1;
  std::uint32_t in_height = 1;
  std::uint32_t in_width = 1;
  std::int64_t pad_top = 0;
  std::int64_t pad_left = 0;
};

class GatherTable {
 public:
  explicit GatherTable(const GatherShape& shape);

  /// Pattern of the tile that begins with output pixel (out_row, out_col) and holds `rows` pixels.
  const TilePattern& pattern(std::uint64_t out_row, std::uint64_t out_col, std::uint32_t rows);

 private:
  TilePattern build(std::uint64_t out_row, std::uint64_t out_col, std::uint32_t rows);
  [[nodiscard]] std::uint64_t largest_bank_load(const std::vector<std::int64_t>& indices);

  GatherShape shape_;
  std::unordered_map<std::uint64_t, TilePattern> patterns_;
  std::vector<std::uint32_t> bank_load_;
};

}  // namespace absim::sim
