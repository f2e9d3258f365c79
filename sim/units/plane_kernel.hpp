// SPDX-License-Identifier: Apache-2.0
// One plane-cycle of the whole array, vectorised: every accumulator of the valid rows takes its
// masked sum. The portable and the AVX2 kernel give the same bits
// (tests/sim/plane_kernel_test.cpp), those of abs_pe.
//
// Weight word, packed: columns in blocks of 16, lanes in groups of 16 (both padded with zero bits):
// std::uint32_t [block][group][pair]; bits 0..15 of pair p: lanes of column 2p, bits 16..31: of
// column 2p+1. Accumulators: std::int32_t [row][block][even columns 0,2,..14, odd columns
// 1,3,..15].
#pragma once

#include <cstddef>
#include <cstdint>

#include "sim/units/abs_pe.hpp"

namespace absim::sim {

struct PlaneShape {
  std::size_t col_blocks = 1;   ///< of 16 columns
  std::size_t lane_groups = 1;  ///< of 16 lanes
};

inline constexpr std::size_t kBlockCols = 16;
inline constexpr std::size_t kBlockPairs = 8;

inline PlaneShape plane_shape(std::size_t cols, std::size_t lanes) {
  return {(cols + 15) / 16, (lanes + 15) / 16};
}
/// std::uint32_t of a packed weight word.
inline std::size_t packed_size(const PlaneShape& shape) {
  return shape.col_blocks * shape.lane_groups * kBlockPairs;
}
/// Where column `col` lies in a row of accumulators.
inline std::size_t accumulator_slot(std::size_t col) {
  return col / kBlockCols * kBlockCols + col % 2 * kBlockPairs + col % kBlockCols / 2;
}

/// Packs a weight word of the port, bit c * lanes + j.
void pack_weight_word(const std::uint64_t* word, std::size_t cols, std::size_t lanes,
                      std::uint32_t* packed);

/// acts: [rows][lane_groups * 16]; only `col_blocks` blocks are computed.
using PlaneKernel = void (*)(const PlaneShape& shape, std::size_t rows, std::size_t col_blocks,
                             const std::uint8_t* acts, const std::uint32_t* weights,
                             const PlaneOperation& operation, std::int32_t* accumulators);

void plane_kernel_portable(const PlaneShape& shape, std::size_t rows, std::size_t col_blocks,
                           const std::uint8_t* acts, const std::uint32_t* weights,
                           const PlaneOperation& operation, std::int32_t* accumulators);
/// Needs AVX2.
void plane_kernel_avx2(const PlaneShape& shape, std::size_t rows, std::size_t col_blocks,
                       const std::uint8_t* acts, const std::uint32_t* weights,
                       const PlaneOperation& operation, std::int32_t* accumulators);
bool has_avx2();
/// The fastest kernel of this machine.
PlaneKernel best_plane_kernel();

}  // namespace absim::sim
