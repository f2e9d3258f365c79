// SPDX-License-Identifier: Apache-2.0
#include "sim/units/sequencer.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "sim/system/kernel.hpp"
#include "sim/units/tile_walker.hpp"
#include "tests/support/systemc_jobs.hpp"

namespace absim::sim {
namespace {

using test::JobShape;
using test::Random;

/// A step as nested loops give it.
struct Expected {
  std::uint32_t group, tile, plane, ky, kx, chunk;
  bool first_of_tile, first_of_plane, last_of_tile, last_of_job;
  std::uint32_t weight_address;
  bool segment_end;
};

// Address of a step's first weight word and whether a segment ends with it, straight from the order
// of use.
void place_weights(const JobDescriptor& job, std::vector<Expected>& steps) {
  const std::uint32_t cycles = job.stationary ? job.planes : 1;
  const std::uint32_t positions = job.kernel_h * job.kernel_w;
  std::uint32_t in_tile = 0;
  for (Expected& s : steps) {
    if (s.first_of_tile) in_tile = 0;
    const std::uint32_t position = job.shared_kernel ? 0 : s.ky * job.kernel_w + s.kx;
    const std::uint32_t held = (job.shared_kernel ? 1 : positions) * job.chunks * job.planes;
    const std::uint32_t index =
        job.stationary
            ? (position * job.chunks + s.chunk) * job.planes
            : (s.plane * (job.shared_kernel ? 1 : positions) + position) * job.chunks + s.chunk;
    const std::uint32_t use = in_tile * cycles;
    s.weight_address = job.weight_streamed ? use % job.segment_words : s.group * held + index;
    s.segment_end = s.last_of_tile || (use + cycles) % job.segment_words == 0;
    ++in_tile;
  }
}

std::vector<Expected> expected_steps(const JobDescriptor& job) {
  std::vector<Expected> steps;
  const std::uint32_t planes = job.stationary ? 1 : job.planes;
  for (std::uint32_t g = 0; g < job.column_groups; ++g)
    for (std::uint32_t t = 0; t < job.tiles; ++t)
      for (std::uint32_t p = 0; p < planes; ++p)
        for (std::uint32_t ky = 0; ky < job.kernel_h; ++ky)
          for (std::uint32_t kx = 0; kx < job.kernel_w; ++kx)
            for (std::uint32_t c = 0; c < job.chunks; ++c) {
              const bool window_start = ky + kx + c == 0;
              const bool window_end =
                  ky + 1 == job.kernel_h && kx + 1 == job.kernel_w && c + 1 == job.chunks;
              const bool tile_end = window_end && p + 1 == planes;
              steps.push_back({g, t, p, ky, kx, c, window_start && p == 0, window_start, tile_end,
                               tile_end && g + 1 == job.column_groups && t + 1 == job.tiles, 0,
                               false});
            }
  place_weights(job, steps);
  return steps;
}

// Where every row's word lies, by division.
void check_rows(const StepRequest& request, const Expected& e, const JobShape& s,
                const JobDescriptor& job, const ArchConfig& arch) {
  for (std::uint32_t r = 0; r < request.tag.rows; ++r) {
    const std::uint32_t pixel = e.tile * arch.rows + r;
    const std::int64_t y =
        std::int64_t{s.out_row + pixel / s.out_width} * s.stride - s.pad_top + e.ky;
    const std::int64_t x = std::int64_t{pixel % s.out_width} * s.stride - s.pad_left + e.kx;
    const bool inside = y >= 0 && y < s.in_height && x >= 0 && x < s.in_width;
    REQUIRE((request.inside[r] != 0) == inside);
    if (!inside) continue;
    const std::int64_t index = (y - s.in_row) * s.in_width + x;
    REQUIRE(request.bank[r] == index % arch.act_banks);
    REQUIRE(request.address[r] == index / arch.act_banks + e.chunk * job.plane_words);
  }
}

}  // namespace

TEST_CASE("sequencer walks groups, tiles, planes, window and chunks in order", "[sim][random]") {
  const std::uint64_t seed = 23;
  CAPTURE(seed);
  Random random(seed);
  std::size_t seamless = 0, streamed = 0, shared = 0;
  for (int round = 0; round < 80; ++round) {
    const KernelScope kernel;
    ArchConfig arch;
    arch.rows = random.in(1U, 5U);
    arch.cols = random.in(1U, 5U);
    arch.act_banks = random.in(1U, 6U);
    arch.postproc_lanes = 1;
    const JobShape shape = random_job_shape(random, arch);
    JobDescriptor job = make_job(shape, arch);
    job.planes = random.in<std::uint8_t>(1, 8);
    job.stationary = random.one_in(2);
    job.weight_streamed = random.one_in(2);
    const std::uint32_t cycles = job.stationary ? job.planes : 1U;
    job.segment_words = job.weight_streamed ? cycles * random.in(1U, 12U) : 0;
    job.shared_kernel = !job.weight_streamed && random.one_in(2);
    job.act_release = random.one_in(2);
    job.weight_release = random.one_in(2);
    streamed += job.weight_streamed ? 1U : 0U;
    shared += job.shared_kernel ? 1U : 0U;
    if (!job.weight_streamed) job.segment_words = 0xFFFFF;  // must not matter

    TileWalker walker("walker", arch);
    Sequencer sequencer("sequencer", arch);
    StepRequest request(arch.rows);
    REQUIRE(sequencer.job_ready());
    sequencer.tick(&job, false, false, walker.info(), walker.rows());
    walker.tick(&job, false);
    for (const Expected& e : expected_steps(job)) {
      bool handed = false;
      for (int cycle = 0; !handed && cycle < 100; ++cycle) {
        REQUIRE_FALSE(sequencer.job_ready());
        handed = sequencer.step_valid() && !random.one_in(3);
        const bool load = sequencer.loads(walker.valid(), handed);
        if (load) {
          const TileTag tag = sequencer.make_tag(walker.info());
          REQUIRE(tag.rows == walker.info().rows);
          REQUIRE(tag.param_address == walker.info().group * arch.cols);
        }
        if (handed) {
          sequencer.write_step(request);
          seamless += load ? 1U : 0U;
        }
        sequencer.tick(nullptr, handed, load, walker.info(), walker.rows());
        walker.tick(nullptr, load);
      }
      CAPTURE(round, e.group, e.tile, e.plane, e.ky, e.kx, e.chunk);
      REQUIRE(handed);
      REQUIRE(request.tag.plane == e.plane);
      REQUIRE(request.tag.first_of_tile == e.first_of_tile);
      REQUIRE(request.tag.first_of_plane == e.first_of_plane);
      REQUIRE(request.tag.last_of_tile == e.last_of_tile);
      REQUIRE(request.tag.weight_address == e.weight_address);
      REQUIRE(request.releases_acts == (e.last_of_job && job.act_release));
      REQUIRE(request.tag.releases_weights ==
              (job.weight_streamed ? e.segment_end : e.last_of_job && job.weight_release));
      check_rows(request, e, shape, job, arch);
    }
    REQUIRE(sequencer.job_ready());
    REQUIRE_FALSE(sequencer.step_valid());
  }
  REQUIRE(seamless > 50);
  REQUIRE(streamed > 10);
  REQUIRE(shared > 10);
}

}  // namespace absim::sim
