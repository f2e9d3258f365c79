// SPDX-License-Identifier: Apache-2.0
// The recurrence of the pooling unit (docs/timing.md section 3): a layer costs O(jobs).
#include <algorithm>

#include "sim/schedule/dma_timeline.hpp"
#include "sim/schedule/pool_geometry.hpp"
#include "sim/schedule/pool_plan.hpp"

namespace absim::sim {
namespace {

Events pool_events(const LayerPlan& plan, const ArchConfig& arch) {
  Events e;
  for (const PoolJob& job : plan.pool_jobs) {
    const std::uint64_t out_words = pool_out_words(job, arch.pool_lanes);
    e.pool_ops += window_pixels(job) * job.channels;
    if (job.mean) e.pool_means += std::uint64_t{job.out_rows} * job.out_width * job.channels;
    e.pool_in_write_bytes += pool_in_words(job, arch.pool_lanes) * arch.pool_word_bytes();
    e.pool_in_read_bytes += pool_job_cycles(job, arch.pool_lanes) * arch.pool_word_bytes();
    e.pool_out_write_bytes += out_words * arch.pool_word_bytes();
    e.pool_out_read_bytes += out_words * arch.pool_word_bytes();
  }
  add_dram_bytes(plan.transfers, e);
  return e;
}

}  // namespace

LayerTiming time_pool(const LayerPlan& plan, const ArchConfig& arch) {
  DmaTimeline dma(plan, arch);
  LayerTiming timing;
  Cycle idle = 0;  // first cycle after the last job's: the next one is taken in it
  for (std::size_t j = 0; j < plan.pool_jobs.size(); ++j) {
    const Cycle input = dma.filled(Buffer::kAct, j);
    const Cycle slot = dma.out_slot_free(j);
    const Cycle start = std::max({idle + 1, input, slot});
    if (j == 0) {
      timing.stalls.start = start;
    } else {
      timing.stalls.walker += 1;
      timing.stalls.act_wait += std::max(input, idle + 1) - (idle + 1);
      timing.stalls.store_wait += start - std::max(input, idle + 1);
    }
    const Cycle works = pool_job_cycles(plan.pool_jobs[j], arch.pool_lanes);
    timing.compute_cycles += works;
    idle = start + works;
    dma.release(Buffer::kAct, idle - 1);
    dma.finish_job(idle - 1 + kPoolLatencyCycles);
  }
  timing.cycles = dma.finish();
  timing.stalls.end = timing.cycles - idle;
  timing.events = pool_events(plan, arch);
  timing.events.pool_cycles = timing.cycles;
  return timing;
}

}  // namespace absim::sim
