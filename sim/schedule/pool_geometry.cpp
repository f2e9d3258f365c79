// SPDX-License-Identifier: Apache-2.0
#include "sim/schedule/pool_geometry.hpp"

#include <algorithm>

#include "sim/schedule/geometry.hpp"

namespace absim::sim {
namespace {

WindowSpan inside(std::size_t start, std::size_t pad, std::size_t kernel, std::size_t size) {
  const std::size_t first = std::max(start, pad) - pad;
  const std::size_t end = std::min(start + kernel, size + pad) - pad;
  return {first, end - first};
}

}  // namespace

WindowSpan window_rows(const PoolJob& job, std::size_t out_y) {
  return inside(out_y * job.stride, job.pad_top, job.kernel_h, job.in_height);
}

WindowSpan window_columns(const PoolJob& job, std::size_t out_x) {
  return inside(out_x * job.stride, job.pad_left, job.kernel_w, job.in_width);
}

std::uint64_t pool_blocks(const PoolJob& job, unsigned lanes) {
  return ceil_div(job.channels, lanes);
}

std::uint64_t pool_in_words(const PoolJob& job, unsigned lanes) {
  return std::uint64_t{job.in_rows} * job.in_width * pool_blocks(job, lanes);
}

std::uint64_t pool_out_words(const PoolJob& job, unsigned lanes) {
  return std::uint64_t{job.out_rows} * job.out_width * pool_blocks(job, lanes);
}

// The window is a product of rows and columns, so the sum over output pixels is one, too.
std::uint64_t window_pixels(const PoolJob& job) {
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;
  for (std::size_t y = 0; y < job.out_rows; ++y) rows += window_rows(job, job.out_row + y).count;
  for (std::size_t x = 0; x < job.out_width; ++x) columns += window_columns(job, x).count;
  return rows * columns;
}

std::uint64_t pool_job_cycles(const PoolJob& job, unsigned lanes) {
  return window_pixels(job) * pool_blocks(job, lanes);
}

}  // namespace absim::sim
