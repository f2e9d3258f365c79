// SPDX-License-Identifier: Apache-2.0
// A posit network prepared for exact, vectorised inference. Every posit is an integer multiple of
// minpos, so a product is a multiple of the quire's unit and a dot product is an integer sum. Codes
// become fixed-point integers of one or two 32-bit limbs of 24 bits:
//   x / minpos = limb[0]                  where that fits 31 bits and the sums fit 63,
//              = limb[1] * 2^24 + limb[0] otherwise, limb[0] in [-2^23, 2^23).
// What fits is decided from the weights and from the largest activation of each image and layer;
// what fits nowhere is summed in a quire. The result is the same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/inference/kernels/posit_dot.hpp"
#include "models/inference/tensor_table.hpp"
#include "models/network/dump.hpp"

namespace absim::models::fast {

inline constexpr unsigned kLimbBits = 24;
inline constexpr std::size_t kMostLimbs = 2;
/// Formats with M up to this have sums of at most 128 bits, W = 4 M + 16.
inline constexpr int kMostMaxExponent = 28;

/// One 32-bit part of all weights of a layer, packed for PositDot:
/// [block of 8 channels][ky][kx][Cin][8].
struct WeightLimb {
  std::vector<std::int64_t> values;
  std::uint64_t largest_sum = 0;  ///< over the channels: sum of magnitudes
};

struct PositStep {
  std::size_t layer = 0;
  std::size_t input = 0;  ///< indices in the tensor table
  std::size_t output = 0;
  std::size_t residual = 0;
  std::vector<WeightLimb> limbs;  ///< of a convolution; empty: sums in a quire
};

/// Immutable while images run.
struct PositPlan {
  explicit PositPlan(const QuantizedNetwork& network, SimdLevel level);

  QuantizedNetwork network;
  TensorTable table;
  PositDot dot;
  std::vector<std::int64_t> fixed;  ///< [2^n]: value of a code in units of minpos
  std::vector<PositStep> steps;
};

/// x = sum of limbs[i] * 2^(24 i).
std::array<std::int32_t, kMostLimbs> split_limbs(std::int64_t x);

}  // namespace absim::models::fast
