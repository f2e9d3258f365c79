// SPDX-License-Identifier: Apache-2.0
#include "tests/schedule/literal_recurrence.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "models/core/error.hpp"

namespace absim::tests {
namespace {

using sim::ArchConfig;
using sim::Buffer;
using sim::Job;
using sim::JobDescriptor;
using sim::LayerPlan;
using sim::Transfer;
using Cycle = std::uint64_t;

struct StepFacts {
  Cycle gather = 1;  // c
  Cycle array = 1;   // n
  bool segment_end = false;
};

struct TileFacts {
  std::size_t job = 0;
  Cycle rows = 0;
  Cycle beats = 0;
  bool first_of_job = false;
  bool last_of_job = false;
  std::vector<StepFacts> steps;
};

/// c of one kernel position: pixels counted bank by bank.
Cycle gather_cost(const Job& job, const ArchConfig& arch, std::uint64_t first_pixel, Cycle rows,
                  std::uint64_t ky, std::uint64_t kx) {
  const JobDescriptor& d = job.descriptor;
  std::map<std::int64_t, Cycle> banks;
  Cycle largest = 1;
  for (std::uint64_t p = first_pixel; p < first_pixel + rows; ++p) {
    const auto y = static_cast<std::int64_t>(p / d.out_width * d.stride + ky) + d.first_y;
    const auto x = static_cast<std::int64_t>(p % d.out_width * d.stride + kx) + d.first_x;
    if (y < 0 || x < 0 || y >= d.in_height || x >= d.in_width) continue;
    const std::int64_t i = (y - static_cast<std::int64_t>(job.in_row)) * d.in_width + x;
    largest = std::max(largest, ++banks[i % arch.act_banks]);
  }
  return largest;
}

void append_steps(const Job& job, const ArchConfig& arch, std::uint64_t first_pixel,
                  TileFacts& tile) {
  const JobDescriptor& d = job.descriptor;
  const unsigned outer = d.stationary ? 1 : d.planes;
  std::uint64_t words = 0;
  for (unsigned plane = 0; plane < outer; ++plane) {
    for (std::uint64_t ky = 0; ky < d.kernel_h; ++ky) {
      for (std::uint64_t kx = 0; kx < d.kernel_w; ++kx) {
        const Cycle c = gather_cost(job, arch, first_pixel, tile.rows, ky, kx);
        for (std::uint64_t chunk = 0; chunk < d.chunks; ++chunk) {
          const Cycle n = d.stationary ? d.planes : 1;
          words += n;
          const bool full = d.weight_streamed && words == d.segment_words;
          if (full) words = 0;
          tile.steps.push_back({c, n, full});
        }
      }
    }
  }
  if (d.weight_streamed) tile.steps.back().segment_end = true;
}

std::vector<TileFacts> all_tiles(const LayerPlan& plan, const ArchConfig& arch) {
  std::vector<TileFacts> tiles;
  for (std::size_t j = 0; j < plan.jobs.size(); ++j) {
    const JobDescriptor& d = plan.jobs[j].descriptor;
    for (std::uint32_t g = 0; g < d.column_groups; ++g) {
      const Cycle cols = g + 1 == d.column_groups ? d.last_cols : arch.cols;
      for (std::uint32_t t = 0; t < d.tiles; ++t) {
        TileFacts tile;
        tile.job = j;
        tile.rows = t + 1 == d.tiles ? d.last_rows : arch.rows;
        tile.beats = tile.rows * ((cols + arch.postproc_lanes - 1) / arch.postproc_lanes);
        tile.first_of_job = g == 0 && t == 0;
        tile.last_of_job = g + 1 == d.column_groups && t + 1 == d.tiles;
        append_steps(plan.jobs[j], arch, std::uint64_t{t} * arch.rows, tile);
        tiles.push_back(tile);
      }
    }
  }
  return tiles;
}

/// Times that DMA and core exchange.
struct Exchange {
  std::array<std::vector<Cycle>, 5> moved;  // by buffer: first cycle after the transfer's last word
  std::array<std::vector<Cycle>, 4> released;  // by buffer: cycle of each release
  std::vector<Cycle> last_beat;                // by job
  Cycle end = 0;
  Cycle compute = 0;
};

void core_pass(const LayerPlan& plan, const std::vector<TileFacts>& tiles, Exchange& x) {
  for (auto& list : x.released) list.clear();
  x.last_beat.clear();
  std::array<std::size_t, 4> used{};  // fills used up
  const auto moved = [&](Buffer b) {
    return x.moved[static_cast<std::size_t>(b)][used[static_cast<std::size_t>(b)]];
  };
  const auto release = [&](Buffer b, Cycle cycle) {
    x.released[static_cast<std::size_t>(b)].push_back(cycle);
    ++used[static_cast<std::size_t>(b)];
  };
  Cycle taken = 0, ld = 0, handed = 0, f = 0, a = 0, b_last = 0;
  Cycle room = 0;  // the next tile may begin
  x.compute = 0;
  for (const TileFacts& tile : tiles) {
    const JobDescriptor& d = plan.jobs[tile.job].descriptor;
    if (tile.first_of_job && tile.job > 0) taken = handed + 1;
    const Cycle wd = (tile.first_of_job ? taken : ld) + tile.rows;
    ld = tile.first_of_job ? wd + 1 : std::max(wd + 1, handed);
    for (std::size_t s = 0; s < tile.steps.size(); ++s) {
      const StepFacts& step = tile.steps[s];
      handed = s == 0 ? std::max(ld + 1, f) : f;
      f = std::max({handed + 1, a, moved(Buffer::kAct)}) + step.gather - 1;
      Cycle p = std::max(f + 1, moved(Buffer::kWeight));
      if (s == 0) p = std::max(p, room);
      a = p + step.array - 1;
      x.compute += step.array;
      if (step.segment_end) release(Buffer::kWeight, a);
    }
    const Cycle k = std::max(a + 1 + arch.pe_latency(), b_last);
    room = std::min(k, b_last + 1);
    Cycle b = std::max(k + 1, moved(Buffer::kParam));
    if (d.has_residual) b = std::max(b, moved(Buffer::kResidual));
    if (tile.job >= 2) b = std::max(b, x.moved[4][tile.job - 2]);
    b_last = b + tile.beats - 1;
    if (!tile.last_of_job) continue;
    if (d.act_release) release(Buffer::kAct, f);
    if (!d.weight_streamed && d.weight_release) release(Buffer::kWeight, a);
    if (d.param_release) release(Buffer::kParam, b_last);
    if (d.has_residual) release(Buffer::kResidual, b_last);
    x.last_beat.push_back(b_last);
  }
}

void dma_pass(const LayerPlan& plan, const ArchConfig& arch, Exchange& x) {
  std::array<std::size_t, 5> count{};
  for (auto& list : x.moved) list.clear();
  Cycle request = 0, free = 0;
  bool first = true;
  for (const Transfer& t : plan.transfers) {
    const auto buffer = static_cast<std::size_t>(t.buffer);
    const std::size_t number = count[buffer]++;
    Cycle slot = 0;
    if (t.buffer == Buffer::kOut)
      slot = x.last_beat[number] + 4 + 1;
    else if (number >= 2)
      slot = x.released[buffer][number - 2] + 1;
    request = std::max(first ? 0 : request + 1, slot);
    first = false;
    const Cycle duration =
        std::max(t.words, (t.bytes + arch.dram.bytes_per_cycle - 1) / arch.dram.bytes_per_cycle);
    const Cycle start =
        std::max(free, request + (t.buffer == Buffer::kOut ? 1 : arch.dram.latency_cycles));
    free = start + duration;
    Cycle last = 0;
    for (std::uint64_t j = 0; j < t.words; ++j) last = start + j * duration / t.words;
    x.moved[buffer].push_back(last + 1);
  }
  x.end = free;
}

}  // namespace

std::uint64_t step_count(const LayerPlan& plan) {
  std::uint64_t sum = 0;
  for (const Job& job : plan.jobs) {
    const JobDescriptor& d = job.descriptor;
    sum += std::uint64_t{d.column_groups} * d.tiles * d.kernel_h * d.kernel_w * d.chunks *
           (d.stationary ? 1U : d.planes);
  }
  return sum;
}

LiteralResult literal_recurrence(const LayerPlan& plan, const ArchConfig& arch) {
  const std::vector<TileFacts> tiles = all_tiles(plan, arch);
  Exchange x;
  for (auto& list : x.moved) list.assign(plan.transfers.size() + 2, 0);
  LiteralResult result;
  for (;;) {
    const auto before = x.moved;
    core_pass(plan, tiles, x);
    dma_pass(plan, arch, x);
    ++result.passes;
    if (x.moved == before) break;
    ABSIM_CHECK(result.passes < 100'000, "the recurrences do not settle");
  }
  result.cycles = x.end;
  result.compute_cycles = x.compute;
  return result;
}

}  // namespace absim::tests
