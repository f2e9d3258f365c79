// SPDX-License-Identifier: Apache-2.0
// A labelled set of 8-bit images in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace absim::models {

struct ImageSet {
  std::size_t count = 0;
  std::size_t height = 0;
  std::size_t width = 0;
  std::size_t channels = 0;
  std::vector<std::uint8_t> pixels;  // [count][height][width][channels], 0..255
  std::vector<std::int32_t> labels;  // [count], from 0

  [[nodiscard]] std::size_t image_bytes() const { return height * width * channels; }
};

}  // namespace absim::models
