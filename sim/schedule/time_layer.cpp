// SPDX-License-Identifier: Apache-2.0
// The recurrences of docs/timing.md section 3, closed inside a tile: a layer costs O(tiles +
// transfers).
#include <algorithm>
#include <vector>

#include "models/core/error.hpp"
#include "sim/schedule/dma_timeline.hpp"
#include "sim/schedule/geometry.hpp"
#include "sim/schedule/pool_plan.hpp"
#include "sim/schedule/time_plan.hpp"

namespace absim::sim {
namespace {

constexpr Cycle kPostprocCycles = 4;  // from the drain to the out buffer

struct DrainTimes {
  Cycle room = 0;       // first cycle in which the next tile may begin in the array
  Cycle last_beat = 0;  // b_last of the last tile
};

/// A run of the core over a layer's jobs.
class CoreTimeline {
 public:
  CoreTimeline(const LayerPlan& plan, const ArchConfig& arch, GatherTable& gather)
      : plan_(plan), arch_(arch), gather_(gather), dma_(plan, arch) {}

  LayerTiming run() {
    for (std::size_t j = 0; j < plan_.jobs.size(); ++j) run_job(j);
    LayerTiming timing;
    timing.cycles = dma_.finish();
    timing.compute_cycles = events_.array_cycles;
    count_transfers();
    timing.events = events_;
    stalls_.end = timing.cycles - (array_done_ + 1);
    timing.stalls = stalls_;
    return timing;
  }

 private:
  void run_job(std::size_t index);
  void run_tile(const JobDescriptor& d, const TilePattern& pattern, Cycle load);
  void begin_tile(Cycle load, Cycle first_cost);
  void drain_tile(Cycle beats);
  void next(DrainTimes& drain, Cycle slots, Cycle beats) const;
  void set_patterns(const Job& job);
  void count_tile(const JobDescriptor& d, const TilePattern& pattern, std::uint64_t rows,
                  std::uint64_t cols, std::uint64_t beats);
  void count_transfers();

  /// Sum of c - 1 over the tile's first `steps` steps.
  [[nodiscard]] Cycle extra(const TilePattern& pattern, std::uint64_t steps) const {
    const std::uint64_t position = steps / chunks_;
    const std::uint64_t round = position / pattern.positions();
    const std::uint64_t p = position % pattern.positions();
    const std::uint64_t rest = steps % chunks_;
    return (round * pattern.extra_total() + pattern.extra[p]) * chunks_ +
           (rest == 0 ? 0 : rest * (pattern.cost(p) - 1));
  }
  [[nodiscard]] Cycle cost(const TilePattern& pattern, std::uint64_t step) const {
    return pattern.cost(step / chunks_ % pattern.positions());
  }

  const LayerPlan& plan_;
  const ArchConfig& arch_;
  GatherTable& gather_;
  DmaTimeline dma_;
  Events events_;

  // The job's.
  std::uint64_t chunks_ = 1;
  std::uint64_t steps_ = 1;        // N
  std::uint64_t step_cycles_ = 1;  // n
  std::uint64_t segment_steps_ = 1;
  Cycle act_full_ = 0;
  Cycle weight_full_ = 0;
  Cycle param_full_ = 0;
  Cycle residual_full_ = 0;
  Cycle out_free_ = 0;
  std::vector<const TilePattern*> patterns_;  // of the strip's tiles
  std::size_t strip_row_ = ~std::size_t{0};

  // Fills used so far.
  std::uint64_t acts_ = 0;
  std::uint64_t weights_ = 0;
  std::uint64_t params_ = 0;
  std::uint64_t residuals_ = 0;

  // The pipeline's.
  Cycle handed_ = 0;      // I of the last step
  Cycle gathered_ = 0;    // f of the last step
  Cycle array_done_ = 0;  // a of the last step

  DrainTimes drain_;
  // For the reasons of stalls: the same if the drain never waited for an out slot, and if it waited
  // for neither out slot nor residual.
  DrainTimes without_store_;
  DrainTimes without_waits_;
  StallCycles stalls_;
};

void CoreTimeline::set_patterns(const Job& job) {
  if (strip_row_ == job.out_row) return;
  strip_row_ = job.out_row;
  const JobDescriptor& d = job.descriptor;
  patterns_.clear();
  for (std::uint32_t tile = 0; tile < d.tiles; ++tile) {
    const std::uint64_t pixel = std::uint64_t{tile} * arch_.rows;
    const std::uint32_t rows = tile + 1 == d.tiles ? d.last_rows : arch_.rows;
    patterns_.push_back(
        &gather_.pattern(job.out_row + pixel / d.out_width, pixel % d.out_width, rows));
  }
}

void CoreTimeline::run_job(std::size_t index) {
  const Job& job = plan_.jobs[index];
  const JobDescriptor& d = job.descriptor;
  set_patterns(job);
  chunks_ = d.chunks;
  steps_ = std::uint64_t{d.kernel_h} * d.kernel_w * d.chunks * (d.stationary ? 1U : d.planes);
  step_cycles_ = d.stationary ? d.planes : 1;
  segment_steps_ = d.weight_streamed ? d.segment_words / step_cycles_ : steps_;
  const Cycle taken = index == 0 ? 0 : handed_ + 1;
  act_full_ = dma_.filled(Buffer::kAct, acts_);
  weight_full_ = dma_.filled(Buffer::kWeight, weights_);
  param_full_ = dma_.filled(Buffer::kParam, params_);
  residual_full_ = d.has_residual ? dma_.filled(Buffer::kResidual, residuals_) : 0;
  out_free_ = dma_.out_slot_free(index);

  Cycle load = 0;
  for (std::uint32_t group = 0; group < d.column_groups; ++group) {
    const std::uint32_t cols = group + 1 == d.column_groups ? d.last_cols : arch_.cols;
    const std::uint64_t blocks = ceil_div(cols, arch_.postproc_lanes);
    for (std::uint32_t tile = 0; tile < d.tiles; ++tile) {
      const std::uint32_t rows = tile + 1 == d.tiles ? d.last_rows : arch_.rows;
      const TilePattern& pattern = *patterns_[tile];
      load = group == 0 && tile == 0 ? taken + rows + 1 : std::max(load + rows + 1, handed_);
      run_tile(d, pattern, load);
      drain_tile(rows * blocks);
      count_tile(d, pattern, rows, cols, rows * blocks);
    }
  }
  if (d.act_release) {
    dma_.release(Buffer::kAct, gathered_);
    ++acts_;
  }
  if (!d.weight_streamed && d.weight_release) {
    dma_.release(Buffer::kWeight, array_done_);
    ++weights_;
  }
  if (d.param_release) {
    dma_.release(Buffer::kParam, drain_.last_beat);
    ++params_;
  }
  if (d.has_residual) {
    dma_.release(Buffer::kResidual, drain_.last_beat);
    ++residuals_;
  }
  dma_.finish_job(drain_.last_beat + kPostprocCycles);
}

/// The tile's first step: array_done_ becomes its first array cycle - 1, the gap is booked to its
/// reasons.
void CoreTimeline::begin_tile(Cycle load, Cycle first_cost) {
  const bool first = events_.array_cycles == 0;
  handed_ = std::max(load + 1, gathered_);
  gathered_ = std::max({handed_ + 1, array_done_, act_full_}) + first_cost - 1;
  const Cycle start = std::max({gathered_ + 1, weight_full_, drain_.room});
  if (first) {
    stalls_.start = start;
  } else {
    Cycle reached = array_done_ + 1;
    const auto book = [&reached](std::uint64_t& reason, Cycle until) {
      if (until <= reached) return;
      reason += until - reached;
      reached = until;
    };
    book(stalls_.bank_conflict, array_done_ + first_cost);
    book(stalls_.walker, handed_ + 1 + first_cost);
    book(stalls_.act_wait, act_full_ + first_cost);
    book(stalls_.weight_wait, weight_full_);
    book(stalls_.drain, without_waits_.room);
    book(stalls_.residual_wait, without_store_.room);
    book(stalls_.store_wait, drain_.room);
  }
  array_done_ = start - 1;
}

/// All steps of one tile, in runs that wait for at most one weight slot: the whole tile, or a
/// segment.
void CoreTimeline::run_tile(const JobDescriptor& d, const TilePattern& pattern, Cycle load) {
  Cycle before_last = 0;  // f of the step before the last one
  for (std::uint64_t first = 0; first < steps_; first += segment_steps_) {
    const std::uint64_t end = std::min(first + segment_steps_, steps_);
    if (d.weight_streamed) weight_full_ = dma_.filled(Buffer::kWeight, weights_);
    before_last = gathered_;
    if (first == 0) {
      begin_tile(load, cost(pattern, 0));
    } else {
      const Cycle conflict = cost(pattern, first) - 1;
      gathered_ = array_done_ + conflict;
      const Cycle start = std::max(gathered_ + 1, weight_full_);
      stalls_.bank_conflict += conflict;
      stalls_.weight_wait += start - (gathered_ + 1);
      array_done_ = start - 1;
    }
    array_done_ += step_cycles_;
    if (end - first >= 2) {
      before_last = gathered_;
      const Cycle conflicts = extra(pattern, end) - extra(pattern, first + 1);
      stalls_.bank_conflict += conflicts;
      array_done_ += conflicts + (end - first - 1) * step_cycles_;
      gathered_ = array_done_ - step_cycles_;
      if (end - first >= 3) before_last = gathered_ - (cost(pattern, end - 1) + step_cycles_ - 1);
    }
    if (d.weight_streamed) {
      dma_.release(Buffer::kWeight, array_done_);
      ++weights_;
    }
  }
  if (steps_ >= 2) handed_ = before_last;
}

void CoreTimeline::drain_tile(Cycle beats) {
  next(drain_, std::max({param_full_, residual_full_, out_free_}), beats);
  next(without_store_, std::max(param_full_, residual_full_), beats);
  next(without_waits_, param_full_, beats);
}

/// Capture and beats of the tile whose last step is in the array in array_done_; its slots are full
/// from `slots` on.
void CoreTimeline::next(DrainTimes& drain, Cycle slots, Cycle beats) const {
  const Cycle captured = std::max(array_done_ + 1 + arch_.pe_latency(), drain.last_beat);
  drain.room = std::min(captured, drain.last_beat + 1);
  drain.last_beat = std::max(captured + 1, slots) + beats - 1;
}

void CoreTimeline::count_tile(const JobDescriptor& d, const TilePattern& pattern,
                              std::uint64_t rows, std::uint64_t cols, std::uint64_t beats) {
  const std::uint64_t cycles = steps_ * step_cycles_;
  const std::uint64_t rounds = d.stationary ? 1 : d.planes;
  const std::uint64_t post = arch_.postproc_lanes;
  events_.array_cycles += cycles;
  events_.pe_bit_macs += cycles * rows * cols * arch_.lanes;
  events_.act_read_bytes += pattern.words_in_map * chunks_ * rounds * arch_.act_word_bytes();
  events_.weight_read_bits += cycles * arch_.weight_word_bits();
  events_.param_read_bytes += beats * post * 16;
  if (d.has_residual) events_.residual_read_bytes += beats * post * 2;
  events_.out_write_bytes += beats * post * 4;
  events_.postproc_ops += rows * cols;
}

void CoreTimeline::count_transfers() {
  const std::uint64_t post = arch_.postproc_lanes;
  for (const Transfer& t : plan_.transfers) {
    switch (t.buffer) {
      case Buffer::kAct:
        events_.act_write_bytes += t.words * arch_.act_word_bytes();
        break;
      case Buffer::kWeight:
        events_.weight_write_bits += t.words * arch_.weight_word_bits();
        break;
      case Buffer::kParam:
        events_.param_write_bytes += t.words * post * 16;
        break;
      case Buffer::kResidual:
        events_.residual_write_bytes += t.words * post * 2;
        break;
      case Buffer::kOut:
        events_.out_read_bytes += t.words * post * 4;
        break;
    }
  }
  add_dram_bytes(plan_.transfers, events_);
}

}  // namespace

GatherShape gather_shape(const Job& job, const ArchConfig& arch) {
  const JobDescriptor& d = job.descriptor;
  GatherShape shape;
  shape.rows = arch.rows;
  shape.banks = arch.act_banks;
  shape.out_width = d.out_width;
  shape.kernel_h = d.kernel_h;
  shape.kernel_w = d.kernel_w;
  shape.stride = d.stride;
  shape.in_height = d.in_height;
  shape.in_width = d.in_width;
  shape.pad_top = static_cast<std::int64_t>(job.out_row * d.stride) - d.first_y;
  shape.pad_left = -d.first_x;
  return shape;
}

LayerTiming time_plan(const LayerPlan& plan, const ArchConfig& arch, GatherTable& gather) {
  return CoreTimeline(plan, arch, gather).run();
}

LayerTiming time_layer(const models::QuantizedNetwork& network, const LayerPlan& plan,
                       const ArchConfig& arch) {
  ABSIM_CHECK(plan.layer < network.graph.layers.size() && plan.job_count() > 0,
              "plan without a layer");
  if (plan.pooling()) return time_pool(plan, arch);
  GatherTable gather(gather_shape(plan.jobs.front(), arch));
  return time_plan(plan, arch, gather);
}

}  // namespace absim::sim
