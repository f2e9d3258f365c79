// SPDX-License-Identifier: Apache-2.0
#include "sim/units/plane_kernel.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "models/network/dump.hpp"
#include "sim/units/abs_pe.hpp"
#include "tests/support/systemc_random.hpp"

namespace absim::sim {
namespace {

using test::Random;

struct Case {
  std::size_t rows, cols, lanes;
  std::vector<std::uint8_t> acts;          // [rows][padded lanes]
  std::vector<std::uint8_t> bits;          // [cols][lanes]
  std::vector<std::uint32_t> weights;      // packed
  std::vector<std::int32_t> accumulators;  // as stored
  PlaneOperation operation;
};

Case make_case(Random& random) {
  Case c;
  c.rows = random.in(1, 20);
  c.cols = random.in(1, 40);
  c.lanes = random.one_in(4) ? random.in(200, 255) : random.in(1, 40);
  const PlaneShape shape = plane_shape(c.cols, c.lanes);
  const std::size_t stride = shape.lane_groups * 16;
  const bool extreme = random.one_in(3);
  c.acts.resize(c.rows * stride);
  for (std::size_t r = 0; r < c.rows; ++r) {
    for (std::size_t j = 0; j < c.lanes; ++j) {
      c.acts[r * stride + j] =
          static_cast<std::uint8_t>(extreme ? (random.one_in(2) ? 255 : 128) : random.in(0, 255));
    }
  }
  std::vector<std::uint64_t> word((c.cols * c.lanes + 63) / 64);
  for (std::size_t i = 0; i < c.cols * c.lanes; ++i) {
    const bool bit = extreme ? !random.one_in(50) : random.one_in(2);
    c.bits.push_back(bit ? 1 : 0);
    word[i / 64] |= std::uint64_t{bit} << (i % 64);
  }
  c.weights.resize(packed_size(shape));
  pack_weight_word(word.data(), c.cols, c.lanes, c.weights.data());
  for (std::size_t i = 0; i < c.rows * shape.col_blocks * kBlockCols; ++i) {
    c.accumulators.push_back(random.in<std::int32_t>(-100000000, 100000000));
  }
  c.operation.clears = random.one_in(3);
  c.operation.shift = random.in(0U, 1U);
  c.operation.sign = random.one_in(3) ? -1 : 1;
  c.operation.weight = random.in(0U, 7U);
  c.operation.bwb = random.one_in(2);
  c.operation.act_signed = random.one_in(2);
  return c;
}

}  // namespace

TEST_CASE("plane kernels give the bits of abs_pe for any shape and operation", "[sim][random]") {
  const std::uint64_t seed = 20240611;
  CAPTURE(seed, has_avx2());
  Random random(seed);
  std::size_t mismatches = 0;
  std::set<std::size_t> lane_groups;
  std::set<bool> formats;
  for (int i = 0; i < 600 && mismatches == 0; ++i) {
    const Case c = make_case(random);
    const PlaneShape shape = plane_shape(c.cols, c.lanes);
    const std::size_t stride = shape.lane_groups * 16;
    lane_groups.insert(shape.lane_groups);
    formats.insert(c.operation.bwb);
    std::vector<std::int32_t> portable = c.accumulators;
    std::vector<std::int32_t> vectorised = c.accumulators;
    plane_kernel_portable(shape, c.rows, shape.col_blocks, c.acts.data(), c.weights.data(),
                          c.operation, portable.data());
    if (has_avx2()) {
      plane_kernel_avx2(shape, c.rows, shape.col_blocks, c.acts.data(), c.weights.data(),
                        c.operation, vectorised.data());
    } else {
      vectorised = portable;
    }
    for (std::size_t r = 0; r < c.rows; ++r) {
      for (std::size_t col = 0; col < c.cols; ++col) {
        const std::size_t at = r * shape.col_blocks * kBlockCols + accumulator_slot(col);
        const std::int32_t sum = plane_sum({&c.acts[r * stride], c.lanes},
                                           {&c.bits[col * c.lanes], c.lanes}, c.operation);
        const std::int32_t expected = accumulate(c.accumulators[at], sum, c.operation);
        if (portable[at] != expected || vectorised[at] != expected) ++mismatches;
      }
    }
    CAPTURE(i, c.rows, c.cols, c.lanes);
    REQUIRE(mismatches == 0);
  }
  REQUIRE(lane_groups.size() > 3);
  REQUIRE(formats.size() == 2);
}

TEST_CASE("a PE equals the integer dot product after every plane, in both orders",
          "[sim][random]") {
  const std::uint64_t seed = 7;
  CAPTURE(seed);
  Random random(seed);
  for (const auto format : {models::WeightFormat::kBwb, models::WeightFormat::kTwosComplement}) {
    for (unsigned bits = 1; bits <= 8; ++bits) {
      for (unsigned t = 1; t <= bits; ++t) {
        const std::size_t lanes = random.in(1, 30);
        std::vector<std::uint8_t> acts(lanes), codes(lanes), plane(lanes);
        const bool act_signed = random.one_in(2);
        std::int32_t expected = 0;
        for (std::size_t j = 0; j < lanes; ++j) {
          acts[j] = random.in<std::uint8_t>(0, 255);
          codes[j] = static_cast<std::uint8_t>(random.bits() & ((1U << bits) - 1U));
          const std::int32_t a = act_signed ? static_cast<std::int8_t>(acts[j]) : acts[j];
          expected += a * models::truncated_weight(format, bits, t, codes[j]);
        }
        std::int32_t sums[2] = {-1, -1};  // progressive, stationary; cleared by the first plane
        for (unsigned p = 0; p < t; ++p) {
          for (std::size_t j = 0; j < lanes; ++j) plane[j] = (codes[j] >> (bits - 1 - p)) & 1U;
          for (int order = 0; order < 2; ++order) {
            StepTag step;
            step.stationary = order == 1;
            step.planes = static_cast<std::uint8_t>(t);
            step.plane = static_cast<std::uint8_t>(order == 0 ? p : 0);
            step.twos_complement = format == models::WeightFormat::kTwosComplement;
            step.act_signed = act_signed;
            step.first_of_tile = order == 1 || p == 0;
            step.first_of_plane = true;
            const PlaneOperation op = plane_operation(step, order == 1 ? p : 0);
            sums[order] = accumulate(sums[order], plane_sum(acts, plane, op), op);
          }
        }
        CAPTURE(bits, t, lanes, act_signed);
        REQUIRE(sums[0] == expected);
        REQUIRE(sums[1] == expected);
      }
    }
  }
}

}  // namespace absim::sim
