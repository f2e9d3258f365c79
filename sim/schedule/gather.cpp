// SPDX-License-Identifier: Apache-2.0
#include "sim/schedule/gather.hpp"

#include <algorithm>

#include "models/core/error.hpp"

namespace absim::sim {
namespace {

constexpr std::uint64_t kInterior =
    0x1FFFFF;  // stands for every row whose windows stay inside the map

struct Pixel {
  std::int64_t y = 0;  // input row of the window's first row
  std::int64_t x = 0;
};

bool inside(std::int64_t value, std::uint32_t limit) {
  return value >= 0 && value < static_cast<std::int64_t>(limit);
}

}  // namespace

GatherTable::GatherTable(const GatherShape& shape) : shape_(shape), bank_load_(shape.banks, 0) {}

const TilePattern& GatherTable::pattern(std::uint64_t out_row, std::uint64_t out_col,
                                        std::uint32_t rows) {
  const std::uint64_t last_row = out_row + (out_col + rows - 1) / shape_.out_width;
  const auto first_y = static_cast<std::int64_t>(out_row * shape_.stride) - shape_.pad_top;
  const auto last_y =
      static_cast<std::int64_t>(last_row * shape_.stride + shape_.kernel_h - 1) - shape_.pad_top;
  const bool interior = first_y >= 0 && inside(last_y, shape_.in_height);
  ABSIM_CHECK(out_row < kInterior, "output row out of range");
  // 21 bits of row, 32 of column, 8 of rows.
  const std::uint64_t key = ((interior ? kInterior : out_row) << 40) | (out_col << 8) | rows;
  const auto found = patterns_.find(key);
  if (found != patterns_.end()) return found->second;
  return patterns_.emplace(key, build(out_row, out_col, rows)).first->second;
}

std::uint64_t GatherTable::largest_bank_load(const std::vector<std::int64_t>& indices) {
  std::uint32_t largest = 0;
  for (const std::int64_t i : indices) {
    largest = std::max(largest, ++bank_load_[static_cast<std::size_t>(i) % shape_.banks]);
  }
  for (const std::int64_t i : indices) bank_load_[static_cast<std::size_t>(i) % shape_.banks] = 0;
  return largest;
}

TilePattern GatherTable::build(std::uint64_t out_row, std::uint64_t out_col, std::uint32_t rows) {
  std::vector<Pixel> pixels(rows);
  for (Pixel& p : pixels) {
    p.y = static_cast<std::int64_t>(out_row * shape_.stride) - shape_.pad_top;
    p.x = static_cast<std::int64_t>(out_col * shape_.stride) - shape_.pad_left;
    if (++out_col == shape_.out_width) {
      out_col = 0;
      ++out_row;
    }
  }
  TilePattern pattern;
  pattern.extra.assign(1, 0);
  pattern.extra.reserve(std::size_t{shape_.kernel_h} * shape_.kernel_w + 1);
  std::vector<std::int64_t> indices;
  indices.reserve(rows);
  for (std::uint32_t ky = 0; ky < shape_.kernel_h; ++ky) {
    for (std::uint32_t kx = 0; kx < shape_.kernel_w; ++kx) {
      indices.clear();
      for (const Pixel& p : pixels) {
        const std::int64_t y = p.y + ky;
        const std::int64_t x = p.x + kx;
        if (!inside(y, shape_.in_height) || !inside(x, shape_.in_width)) continue;
        indices.push_back(y * shape_.in_width + x);
      }
      const std::uint64_t load = largest_bank_load(indices);
      pattern.extra.push_back(pattern.extra.back() +
                              static_cast<std::uint32_t>(load > 1 ? load - 1 : 0));
      pattern.words_in_map += indices.size();
    }
  }
  return pattern;
}

}  // namespace absim::sim
