// SPDX-License-Identifier: Apache-2.0
// A layer, planned for one accelerator: its jobs and the DMA's static list of transfers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "models/network/dump.hpp"
#include "sim/core/arch_config.hpp"
#include "sim/schedule/job.hpp"
#include "sim/schedule/pool_job.hpp"

namespace absim::sim {

/// In a pooling layer kAct and kOut are the pooling unit's input and output buffer.
enum class Buffer : std::uint8_t { kAct = 0, kWeight = 1, kParam = 2, kResidual = 3, kOut = 4 };
inline constexpr std::size_t kLoadBuffers = 4;  // all but kOut

/// One DMA transfer. Loads fill one slot of `buffer`; kOut is a store.
struct Transfer {
  Buffer buffer = Buffer::kAct;
  std::size_t job = 0;           ///< for whose data (the first job that uses the slot)
  std::uint64_t words = 0;       ///< words moved, at most one a cycle
  std::uint64_t bytes = 0;       ///< bytes on the DRAM channel
  std::uint64_t first_word = 0;  ///< weight segments: index in one tile's order of use
  std::uint64_t group = 0;       ///< weight segments: column group within the job
};

/// Where a job lies in its layer.
struct Job {
  JobDescriptor descriptor;
  std::size_t out_row = 0;        ///< first output row of the strip
  std::size_t out_rows = 0;       ///< output rows of the strip
  std::size_t in_row = 0;         ///< first input row loaded
  std::size_t in_rows = 0;        ///< input rows loaded
  std::size_t first_channel = 0;  ///< first output channel; a multiple of cols
  std::size_t channels = 0;       ///< output channels of the job
};

struct LayerPlan {
  std::size_t layer = 0;           ///< index into graph.layers
  unsigned truncation = 8;         ///< t
  bool channels_outer = false;     ///< loop order: weights stay, strips pass (true), or the reverse
  std::vector<Job> jobs;           ///< the core's; none in a pooling layer
  std::vector<PoolJob> pool_jobs;  ///< the pooling unit's; none in any other layer
  std::vector<Transfer> transfers;  ///< in the DMA's order

  [[nodiscard]] bool pooling() const { return !pool_jobs.empty(); }
  [[nodiscard]] std::size_t job_count() const { return jobs.size() + pool_jobs.size(); }
};

/// Plans a layer: strips of output rows, groups of output channels, resident or streamed weights.
/// Pooling layers are cut into strips and ranges of channels (pool_plan.hpp). The loop order is the
/// one with less DRAM traffic, the strip height the one with the fewest cycles (docs/timing.md).
/// Throws ConfigError naming the layer, the buffer, its size and what would fit.
LayerPlan plan_layer(const models::QuantizedNetwork& network, std::size_t layer,
                     unsigned truncation, const ArchConfig& arch);

/// What happened in a layer, counted: the energy model multiplies these. Per image.
struct Events {
  std::uint64_t array_cycles = 0;          ///< plane-cycles of the array (= compute cycles)
  std::uint64_t pe_bit_macs = 0;           ///< lane operations of valid rows and columns
  std::uint64_t act_read_bytes = 0;        ///< gathered words inside the map x bytes
  std::uint64_t act_write_bytes = 0;       ///< filled words x bytes
  std::uint64_t weight_read_bits = 0;      ///< array cycles x bits of a word
  std::uint64_t weight_write_bits = 0;     ///< filled words x bits of a word
  std::uint64_t param_read_bytes = 0;      ///< beats x postproc lanes x 16
  std::uint64_t param_write_bytes = 0;     ///< filled words x postproc lanes x 16
  std::uint64_t residual_read_bytes = 0;   ///< beats x postproc lanes x 2, layers with a residual
  std::uint64_t residual_write_bytes = 0;  ///< filled words x postproc lanes x 2
  std::uint64_t out_write_bytes = 0;       ///< beats x postproc lanes x 4
  std::uint64_t out_read_bytes = 0;        ///< stored words x postproc lanes x 4
  std::uint64_t postproc_ops = 0;          ///< output elements (valid rows and columns)
  std::uint64_t pool_cycles = 0;           ///< of pooling layers: their buffers are on in these
  std::uint64_t pool_ops = 0;              ///< additions or comparisons of one channel
  std::uint64_t pool_means = 0;            ///< divisions of one channel
  std::uint64_t pool_in_read_bytes = 0;    ///< pooling unit's cycles x pool lanes x 2
  std::uint64_t pool_in_write_bytes = 0;   ///< filled words x pool lanes x 2
  std::uint64_t pool_out_write_bytes = 0;  ///< finished words x pool lanes x 2
  std::uint64_t pool_out_read_bytes = 0;   ///< stored words x pool lanes x 2
  std::uint64_t dram_read_bytes = 0;
  std::uint64_t dram_write_bytes = 0;
};
Events& operator+=(Events& a, const Events& b);
bool operator==(const Events& a, const Events& b);
/// Adds the DRAM bytes of a layer's transfers.
void add_dram_bytes(const std::vector<Transfer>& transfers, Events& events);

/// Cycles in which the array, or in a pooling layer the pooling unit, rests, by reason
/// (docs/timing.md section 4). One with several reasons counts for the first in this order.
struct StallCycles {
  std::uint64_t start = 0;  ///< before the array's first cycle
  std::uint64_t bank_conflict = 0;
  std::uint64_t walker = 0;         ///< tile walker and hand-over of jobs
  std::uint64_t act_wait = 0;       ///< late activations
  std::uint64_t weight_wait = 0;    ///< late weights
  std::uint64_t drain = 0;          ///< drain longer than accumulation
  std::uint64_t residual_wait = 0;  ///< the drain waits for late residuals
  std::uint64_t store_wait = 0;     ///< the drain waits for an out slot
  std::uint64_t end = 0;            ///< after its last: drain and store

  [[nodiscard]] std::uint64_t total() const {
    return start + bank_conflict + walker + act_wait + weight_wait + drain + residual_wait +
           store_wait + end;
  }
};
StallCycles& operator+=(StallCycles& a, const StallCycles& b);

struct LayerTiming {
  std::uint64_t cycles = 0;
  std::uint64_t compute_cycles = 0;  ///< cycles in which the array or the pooling unit works
  [[nodiscard]] std::uint64_t stall_cycles() const { return cycles - compute_cycles; }
  Events events;
  StallCycles stalls;  ///< from the recurrences only; total() = stall_cycles()
};

/// Cycles and events of a planned layer by the recurrences of docs/timing.md: no clock, no values.
LayerTiming time_layer(const models::QuantizedNetwork& network, const LayerPlan& plan,
                       const ArchConfig& arch);

}  // namespace absim::sim
