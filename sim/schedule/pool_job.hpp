// SPDX-License-Identifier: Apache-2.0
// A job of the pooling unit: what it is told for a strip of output rows and a range of channels.
#pragma once

#include <cstddef>

namespace absim::sim {

struct PoolJob {
  // Window
  bool mean = false;  ///< mean of the window, halves rounded up; else its maximum
  std::size_t kernel_h = 1;
  std::size_t kernel_w = 1;
  std::size_t stride = 1;
  std::size_t pad_top = 0;
  std::size_t pad_left = 0;
  std::size_t in_height = 1;  ///< of the whole map
  std::size_t in_width = 1;
  std::size_t out_width = 1;
  // Strip
  std::size_t out_row = 0;  ///< first output row
  std::size_t out_rows = 1;
  std::size_t in_row = 0;  ///< first input row loaded
  std::size_t in_rows = 1;
  // Channels
  std::size_t first_channel = 0;  ///< a multiple of pool_lanes
  std::size_t channels = 1;
};

}  // namespace absim::sim
