// SPDX-License-Identifier: Apache-2.0
// Dot products of posits as fixed-point integers: 32-bit operands, 64-bit sums. One kernel an
// instruction set; every one gives the same integers.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/inference/inference.hpp"

namespace absim::models::fast {

inline constexpr std::size_t kPositPixels = 4;    ///< output pixels of a call
inline constexpr std::size_t kPositChannels = 8;  ///< output channels of a call

/// sums[p][c] = sum over rows r < rows and j < row_values of
///   acts[pixel[p] + r * pitch + j] * weights[(r * row_values + j) * 8 + c].
/// The caller knows that no sum leaves 63 bits.
struct PositDotTask {
  const std::int32_t* acts = nullptr;
  std::ptrdiff_t pixel[kPositPixels] = {};
  std::size_t rows = 0;
  std::size_t row_values = 0;
  std::ptrdiff_t pitch = 0;
  const std::int64_t* weights = nullptr;  ///< 32-bit values, one in each 64-bit lane
  std::int64_t* sums = nullptr;           ///< [kPositPixels][kPositChannels]
};
using PositDot = void (*)(const PositDotTask& task);

/// Null where this machine or this build lacks the instructions.
PositDot posit_dot(SimdLevel level);

PositDot posit_dot_portable();
PositDot posit_dot_avx2();
PositDot posit_dot_avx512();

}  // namespace absim::models::fast
