// SPDX-License-Identifier: Apache-2.0
// Sizes that follow from one job of the pooling unit: windows, words of its slots, cycles.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sim/schedule/pool_job.hpp"

namespace absim::sim {

/// The part of a window that lies inside the map, along one axis; never empty, since padding is
/// less than the kernel.
struct WindowSpan {
  std::size_t first = 0;
  std::size_t count = 0;
};
WindowSpan window_rows(const PoolJob& job, std::size_t out_y);
WindowSpan window_columns(const PoolJob& job, std::size_t out_x);

/// Words of a pixel: blocks of `lanes` channels, the last one filled up.
std::uint64_t pool_blocks(const PoolJob& job, unsigned lanes);
/// Words loaded, (y, x, block), and words stored in the same order.
std::uint64_t pool_in_words(const PoolJob& job, unsigned lanes);
std::uint64_t pool_out_words(const PoolJob& job, unsigned lanes);

/// Pixels inside the map under the windows of all output pixels of the job.
std::uint64_t window_pixels(const PoolJob& job);
/// Cycles in which the unit works on the job: one a window's pixel and block.
std::uint64_t pool_job_cycles(const PoolJob& job, unsigned lanes);

}  // namespace absim::sim
