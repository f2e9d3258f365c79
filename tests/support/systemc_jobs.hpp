// SPDX-License-Identifier: Apache-2.0
// Jobs for the tests of single units, made from plain shapes with division instead of carried
// remainders.
#pragma once

#include <algorithm>
#include <cstdint>

#include "sim/core/arch_config.hpp"
#include "sim/schedule/job.hpp"
#include "tests/support/systemc_random.hpp"

namespace absim::test {

struct JobShape {
  std::uint32_t in_height = 1, in_width = 1;
  std::uint32_t kernel_h = 1, kernel_w = 1, stride = 1;
  std::uint32_t pad_top = 0, pad_left = 0;
  std::uint32_t out_width = 1;
  std::uint32_t out_row = 0, out_rows = 1;  // of the strip
  std::uint32_t in_row = 0, in_rows = 1;    // loaded
  std::uint32_t channels = 1;               // output channels
  std::uint32_t chunks = 1;
};

inline JobShape random_job_shape(Random& random, const sim::ArchConfig& arch) {
  JobShape s;
  s.in_height = random.in(1U, 9U);
  s.in_width = random.in(1U, 9U);
  s.kernel_h = random.in(1U, 3U);
  s.kernel_w = random.in(1U, 3U);
  s.stride = random.in(1U, 3U);
  s.pad_top = random.in(0U, s.kernel_h - 1);
  s.pad_left = random.in(0U, s.kernel_w - 1);
  const std::uint32_t pad_bottom = s.kernel_h - 1, pad_right = s.kernel_w - 1;
  const std::uint32_t out_height =
      (s.in_height + s.pad_top + pad_bottom - s.kernel_h) / s.stride + 1;
  s.out_width = (s.in_width + s.pad_left + pad_right - s.kernel_w) / s.stride + 1;
  s.out_row = random.in(0U, out_height - 1);
  s.out_rows = random.in(1U, out_height - s.out_row);
  const std::uint32_t top = s.out_row * s.stride;
  s.in_row = std::min(top > s.pad_top ? top - s.pad_top : 0U, s.in_height - 1);
  const std::uint32_t bottom = (s.out_row + s.out_rows - 1) * s.stride + s.kernel_h;
  const std::uint32_t in_end = bottom > s.pad_top ? std::min(bottom - s.pad_top, s.in_height) : 1U;
  s.in_rows = std::max(in_end, s.in_row + 1) - s.in_row;
  s.channels = random.in(1U, 3 * arch.cols);
  s.chunks = random.in(1U, 3U);
  return s;
}

inline sim::BankIndex bank_index(std::int64_t index, std::int64_t banks) {
  std::int64_t quotient = index / banks;
  if (index % banks < 0) --quotient;
  return {static_cast<std::int32_t>(quotient),
          static_cast<std::uint32_t>(index - quotient * banks)};
}

inline sim::JobDescriptor make_job(const JobShape& s, const sim::ArchConfig& arch) {
  const auto banks = static_cast<std::int64_t>(arch.act_banks);
  const std::int64_t width = s.in_width;
  sim::JobDescriptor d;
  d.column_groups = (s.channels + arch.cols - 1) / arch.cols;
  d.last_cols = s.channels - (d.column_groups - 1) * arch.cols;
  const std::uint32_t pixels = s.out_rows * s.out_width;
  d.tiles = (pixels + arch.rows - 1) / arch.rows;
  d.last_rows = pixels - (d.tiles - 1) * arch.rows;
  d.out_width = s.out_width;
  d.kernel_h = s.kernel_h;
  d.kernel_w = s.kernel_w;
  d.chunks = s.chunks;
  d.stride = s.stride;
  d.in_height = s.in_height;
  d.in_width = s.in_width;
  d.first_y =
      static_cast<std::int32_t>(s.out_row * s.stride) - static_cast<std::int32_t>(s.pad_top);
  d.first_x = -static_cast<std::int32_t>(s.pad_left);
  d.base = bank_index((d.first_y - std::int64_t{s.in_row}) * width + d.first_x, banks);
  d.step_x = bank_index(s.stride, banks);
  d.step_row = bank_index(s.stride * width - std::int64_t{s.out_width - 1} * s.stride, banks);
  d.kernel_x = bank_index(1, banks);
  d.kernel_row = bank_index(width - (std::int64_t{s.kernel_w} - 1), banks);
  d.plane_words = static_cast<std::uint32_t>((s.in_rows * s.in_width + banks - 1) / banks);
  return d;
}

}  // namespace absim::test
