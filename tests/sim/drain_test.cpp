// SPDX-License-Identifier: Apache-2.0
// PE array and drain: results appear when the contract says, beats leave pixel by pixel.
#include "sim/units/drain.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "models/core/error.hpp"
#include "sim/system/kernel.hpp"
#include "tests/support/systemc_random.hpp"

namespace absim::sim {
namespace {

using test::Random;

/// One finished tile in an array: a single step with random operands.
struct Tile {
  StepTag step;
  Operand operand;
  std::vector<std::vector<std::int32_t>> sums;

  Tile(Random& random, const ArchConfig& arch, std::vector<std::uint32_t>& weights)
      : operand(arch.rows, arch.lanes) {
    step.rows = random.in(1U, arch.rows);
    step.cols = random.in(1U, arch.cols);
    step.planes = random.in<std::uint8_t>(1, 8);
    step.stationary = random.one_in(2);
    step.first_of_tile = step.first_of_plane = step.last_of_tile = true;
    if (!step.stationary) step.planes = 1;
    for (auto& word : operand.words) word = 0;
    std::vector<std::uint64_t> word((arch.cols * arch.lanes + 63) / 64);
    for (auto& field : word) field = random.bits();
    weights.resize(packed_size(plane_shape(arch.cols, arch.lanes)));
    pack_weight_word(word.data(), arch.cols, arch.lanes, weights.data());
    const std::int32_t planes = (1 << step.planes) - 1;  // the same word for every plane
    for (std::uint32_t r = 0; r < step.rows; ++r) {
      sums.emplace_back();
      for (std::uint32_t j = 0; j < arch.lanes; ++j) {
        operand.words[r * padded_lanes(arch.lanes) + j] = random.in<std::uint8_t>(0, 255);
      }
      for (std::uint32_t c = 0; c < step.cols; ++c) {
        std::int32_t sum = 0;
        for (std::uint32_t j = 0; j < arch.lanes; ++j) {
          const std::uint32_t at = c * arch.lanes + j;
          const std::int32_t a = operand.words[r * padded_lanes(arch.lanes) + j];
          sum += (word[at / 64] >> (at % 64) & 1U) != 0 ? a : -a;
        }
        sums.back().push_back(sum * planes);
      }
    }
    operand.tag = step;
  }
};

}  // namespace

TEST_CASE("array and drain: a result after n cycles, then rows x beats of its values",
          "[sim][random]") {
  const std::uint64_t seed = 61;
  CAPTURE(seed);
  Random random(seed);
  std::size_t stalls = 0, overlaps = 0, jobs = 0;
  for (int round = 0; round < 50; ++round) {
    const KernelScope kernel;
    ArchConfig arch;
    arch.rows = random.in(1U, 7U);
    arch.cols = random.in(1U, 20U);
    arch.lanes = random.in(1U, 20U);
    arch.postproc_lanes = random.in(1U, arch.cols);
    PeArray array("pe_array", arch);
    Drain drain("drain", arch);
    std::vector<std::uint32_t> weights;
    bool new_job = true;
    std::uint32_t residual = 0;
    for (int t = 0; t < 12; ++t) {
      const Tile tile(random, arch, weights);
      const std::uint32_t n = tile.step.stationary ? tile.step.planes : 1U;
      TileTag tag;
      tag.rows = tile.step.rows;
      tag.cols = tile.step.cols;
      tag.param_address = random.in(0U, 9U);
      tag.last_of_job = random.one_in(3);
      tag.has_residual = random.one_in(2);
      for (std::uint32_t c = 0; c < n; ++c) {
        REQUIRE_FALSE(array.result_valid());  // not done at n - 1
        REQUIRE_FALSE(array.works(true, tile.step, false, false, true));
        REQUIRE(array.works(true, tile.step, true, false, true));
        REQUIRE(array.last_cycle(tile.step) == (c + 1 == n));
        array.tick(true, tile.operand, {weights.data(), nullptr, nullptr}, false);
      }
      REQUIRE(array.result_valid());  // done at n
      // The next tile may not begin before the capture, but in its very cycle.
      REQUIRE_FALSE(array.works(true, tile.step, true, false, true));
      REQUIRE(array.works(true, tile.step, true, true, true));
      REQUIRE(drain.ready(false));
      drain.tick(false, true, tag, array);
      array.tick(false, tile.operand, {}, true);
      REQUIRE_FALSE(array.result_valid());

      const std::uint32_t row_beats = (tag.cols + arch.postproc_lanes - 1) / arch.postproc_lanes;
      for (std::uint32_t r = 0; r < tag.rows; ++r) {
        for (std::uint32_t b = 0; b < row_beats; ++b) {
          const bool last = r + 1 == tag.rows && b + 1 == row_beats;
          REQUIRE_FALSE(drain.sends(false, true, true));
          REQUIRE(drain.sends(true, false, true) == !tag.has_residual);
          REQUIRE(drain.sends(true, true, false) == !new_job);  // only a job's first beat claims
          REQUIRE(drain.claims() == new_job);
          REQUIRE_FALSE(drain.ready(false));
          while (random.one_in(3)) {
            drain.tick(false, false, tag, array);
            ++stalls;
          }
          REQUIRE(drain.sends(true, true, true));
          REQUIRE(drain.ready(true) == last);
          REQUIRE(drain.last_of_job() == (last && tag.last_of_job));
          REQUIRE(drain.param_address() == tag.param_address + b);
          REQUIRE(drain.residual_address() == residual);
          std::size_t wrong = 0;
          for (std::uint32_t j = 0; j < drain.elements(); ++j) {
            const std::uint32_t col = b * arch.postproc_lanes + j;
            wrong += drain.accumulators().narrow[j] != tile.sums[r][col] ? 1U : 0U;
          }
          CAPTURE(round, t, r, b);
          REQUIRE(wrong == 0);
          new_job = last && tag.last_of_job;
          jobs += new_job ? 1U : 0U;
          residual = new_job ? 0 : residual + 1;
          drain.tick(true, false, tag, array);
        }
      }
      overlaps += row_beats > 1 ? 1U : 0U;
      REQUIRE_FALSE(drain.holds());
    }
  }
  REQUIRE(stalls > 1000);
  REQUIRE(overlaps > 100);
  REQUIRE(jobs > 100);
}

TEST_CASE("array and drain refuse to lose a result", "[sim][negative]") {
  Random random(67);
  const KernelScope kernel;
  ArchConfig arch;
  arch.rows = arch.cols = arch.lanes = 2;
  arch.postproc_lanes = 1;
  PeArray array("pe_array", arch);
  Drain drain("drain", arch);
  std::vector<std::uint32_t> weights;
  Tile tile(random, arch, weights);
  tile.step.stationary = false;
  tile.step.planes = 1;
  tile.operand.tag = tile.step;
  REQUIRE_THROWS_AS(array.tick(false, tile.operand, {}, true), InvariantError);
  array.tick(true, tile.operand, {weights.data(), nullptr, nullptr}, false);
  REQUIRE_THROWS_AS(array.tick(true, tile.operand, {weights.data(), nullptr, nullptr}, false), InvariantError);
  TileTag tag;
  tag.rows = tag.cols = 1;
  drain.tick(false, true, tag, array);
  REQUIRE_THROWS_AS(drain.tick(false, true, tag, array), InvariantError);
}

}  // namespace absim::sim
