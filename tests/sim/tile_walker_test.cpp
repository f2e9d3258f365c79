// SPDX-License-Identifier: Apache-2.0
#include "sim/units/tile_walker.hpp"

#include <catch2/catch.hpp>

#include "sim/system/kernel.hpp"
#include "tests/support/systemc_jobs.hpp"
#include "tests/support/systemc_random.hpp"

namespace absim::sim {

TEST_CASE("tile_walker finds every row's coordinates and bank, one row a cycle", "[sim][random]") {
  const std::uint64_t seed = 11;
  CAPTURE(seed);
  test::Random random(seed);
  std::size_t groups_seen = 0;
  std::size_t short_tiles = 0;
  for (int round = 0; round < 60; ++round) {
    const KernelScope kernel;
    ArchConfig arch;
    arch.rows = random.in(1U, 9U);
    arch.cols = 4;
    arch.act_banks = random.in(1U, 9U);
    const test::JobShape shape = test::random_job_shape(random, arch);
    const JobDescriptor job = test::make_job(shape, arch);
    TileWalker walker("walker", arch);
    walker.tick(&job, false);
    for (std::uint32_t g = 0; g < job.column_groups; ++g) {
      for (std::uint32_t t = 0; t < job.tiles; ++t) {
        const std::uint32_t rows = t + 1 == job.tiles ? job.last_rows : arch.rows;
        for (std::uint32_t r = 0; r < rows; ++r) {  // not done at n - 1
          REQUIRE_FALSE(walker.valid());
          walker.tick(nullptr, false);
        }
        REQUIRE(walker.valid());  // done at n
        for (int wait = random.in(0, 2); wait > 0; --wait) walker.tick(nullptr, false);
        REQUIRE(walker.valid());
        const TileInfo& info = walker.info();
        const bool last = t + 1 == job.tiles && g + 1 == job.column_groups;
        REQUIRE(info.rows == rows);
        REQUIRE(info.cols == (g + 1 == job.column_groups ? job.last_cols : arch.cols));
        REQUIRE(info.group == g);
        REQUIRE(info.last_of_job == last);
        REQUIRE(info.first_of_job == (t == 0 && g == 0));
        for (std::uint32_t r = 0; r < rows; ++r) {
          const std::size_t pixel = t * arch.rows + r;
          const auto y =
              static_cast<std::int64_t>((shape.out_row + pixel / shape.out_width) * shape.stride) -
              shape.pad_top;
          const auto x =
              static_cast<std::int64_t>(pixel % shape.out_width * shape.stride) - shape.pad_left;
          const std::int64_t index = (y - shape.in_row) * shape.in_width + x;
          CAPTURE(round, g, t, r);
          REQUIRE(walker.rows().y[r] == y);
          REQUIRE(walker.rows().x[r] == x);
          REQUIRE(walker.rows().quotient[r] * static_cast<std::int64_t>(arch.act_banks) +
                      walker.rows().remainder[r] ==
                  index);
          REQUIRE(walker.rows().remainder[r] >= 0);
          REQUIRE(walker.rows().remainder[r] < static_cast<std::int32_t>(arch.act_banks));
        }
        groups_seen += g > 0 ? 1U : 0U;
        short_tiles += rows < arch.rows ? 1U : 0U;
        walker.tick(nullptr, true);
      }
    }
    for (int i = 0; i < 20; ++i) walker.tick(nullptr, false);
    REQUIRE_FALSE(walker.valid());  // idle until the next job
  }
  REQUIRE(groups_seen > 20);
  REQUIRE(short_tiles > 20);
}

}  // namespace absim::sim
