// SPDX-License-Identifier: Apache-2.0
#include "sim/schedule/pool_plan.hpp"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "models/core/error.hpp"
#include "sim/schedule/geometry.hpp"
#include "sim/schedule/plan_build.hpp"
#include "sim/schedule/planner.hpp"
#include "sim/schedule/pool_geometry.hpp"
#include "sim/schedule/refusal.hpp"

namespace absim::sim {
namespace {

PoolJob layer_job(const models::Layer& layer) {
  PoolJob job;
  job.mean = layer.op == models::LayerOp::kAvgPool;
  job.kernel_h = layer.kernel_h;
  job.kernel_w = layer.kernel_w;
  job.stride = layer.stride;
  job.pad_top = layer.pad.top;
  job.pad_left = layer.pad.left;
  job.in_height = layer.in.height;
  job.in_width = layer.in.width;
  job.out_width = layer.out.width;
  return job;
}

/// The layer's jobs in order: strips outside, ranges of channels inside.
std::vector<PoolJob> place_jobs(const models::Layer& layer, unsigned lanes,
                                const PoolChoice& choice) {
  std::vector<PoolJob> jobs;
  PoolJob job = layer_job(layer);
  const std::size_t range = choice.job_blocks * lanes;
  for (std::size_t row = 0; row < layer.out.height; row += choice.strip_rows) {
    const Strip strip =
        input_strip(layer, row, std::min(choice.strip_rows, layer.out.height - row));
    job.out_row = strip.out_row;
    job.out_rows = strip.out_rows;
    job.in_row = strip.in_row;
    job.in_rows = strip.in_rows;
    for (std::size_t first = 0; first < layer.in.channels; first += range) {
      job.first_channel = first;
      job.channels = std::min(range, layer.in.channels - first);
      jobs.push_back(job);
    }
  }
  return jobs;
}

/// The largest of a size over jobs.
template <typename Size>
std::uint64_t largest(const std::vector<PoolJob>& jobs, const Size& size) {
  std::uint64_t most = 0;
  for (const PoolJob& job : jobs) most = std::max<std::uint64_t>(most, size(job));
  return most;
}

std::uint64_t most_in_words(const std::vector<PoolJob>& jobs, unsigned lanes) {
  return largest(jobs, [lanes](const PoolJob& job) { return pool_in_words(job, lanes); });
}

std::uint64_t most_out_words(const std::vector<PoolJob>& jobs, unsigned lanes) {
  return largest(jobs, [lanes](const PoolJob& job) { return pool_out_words(job, lanes); });
}

[[noreturn]] void refuse(const models::Layer& layer, const ArchConfig& arch) {
  const std::vector<PoolJob> least = place_jobs(layer, arch.pool_lanes, PoolChoice());
  const std::uint64_t in_words = most_in_words(least, arch.pool_lanes);
  if (in_words > arch.pool_in_words()) {
    refuse_buffer(layer_text(layer), "pool_in_buffer_bytes", arch.pool_in_buffer_bytes,
                  fmt::format("one output row's input ({} rows of {} pixels) of {} channels, twice",
                              largest(least, [](const PoolJob& job) { return job.in_rows; }),
                              layer.in.width, arch.pool_lanes),
                  2 * in_words * arch.pool_word_bytes());
  }
  refuse_buffer(layer_text(layer), "pool_out_buffer_bytes", arch.pool_out_buffer_bytes,
                fmt::format("one output row ({} pixels) of {} channels, twice", layer.out.width,
                            arch.pool_lanes),
                2 * most_out_words(least, arch.pool_lanes) * arch.pool_word_bytes());
}

/// A job's load or store. Bytes are dense, words have 2 bytes for each lane.
Transfer transfer(Buffer buffer, std::size_t index, std::uint64_t words, std::uint64_t elements,
                  std::uint64_t element_bytes) {
  Transfer t;
  t.buffer = buffer;
  t.job = index;
  t.words = words;
  t.bytes = elements * element_bytes;
  return t;
}

/// The order of docs/timing.md section 2: every load, then the store of two jobs before.
std::vector<Transfer> order_transfers(const std::vector<PoolJob>& jobs, unsigned lanes,
                                      std::uint64_t element_bytes) {
  std::vector<Transfer> list;
  const auto load = [&](std::size_t j) {
    const PoolJob& job = jobs[j];
    list.push_back(transfer(Buffer::kAct, j, pool_in_words(job, lanes),
                            std::uint64_t{job.in_rows} * job.in_width * job.channels,
                            element_bytes));
  };
  const auto store = [&](std::size_t j) {
    const PoolJob& job = jobs[j];
    list.push_back(transfer(Buffer::kOut, j, pool_out_words(job, lanes),
                            std::uint64_t{job.out_rows} * job.out_width * job.channels,
                            element_bytes));
  };
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    load(j);
    if (j >= 2) store(j - 2);
  }
  if (jobs.size() >= 2) store(jobs.size() - 2);
  store(jobs.size() - 1);
  return list;
}

}  // namespace

std::vector<PoolChoice> pool_candidates(const models::Layer& layer, const ArchConfig& arch) {
  std::vector<PoolChoice> list;
  for (const std::size_t rows : part_sizes(layer.out.height)) {
    for (const std::size_t blocks : part_sizes(ceil_div(layer.in.channels, arch.pool_lanes))) {
      const PoolChoice choice{rows, blocks};
      const std::vector<PoolJob> jobs = place_jobs(layer, arch.pool_lanes, choice);
      if (most_in_words(jobs, arch.pool_lanes) <= arch.pool_in_words() &&
          most_out_words(jobs, arch.pool_lanes) <= arch.pool_out_words()) {
        list.push_back(choice);
      }
    }
  }
  return list;
}

LayerPlan build_pool_plan(const models::QuantizedNetwork& network, std::size_t layer,
                          unsigned truncation, const ArchConfig& arch, const PoolChoice& choice) {
  const models::Layer& l = network.graph.layers[layer];
  const std::size_t element_bytes = models::element_bytes(models::tensor_type(network, l.input));
  ABSIM_CHECK(element_bytes <= 2, layer_text(l) + ": elements of more than 16 bits");
  LayerPlan plan;
  plan.layer = layer;
  plan.truncation = truncation;
  plan.pool_jobs = place_jobs(l, arch.pool_lanes, choice);
  plan.transfers = order_transfers(plan.pool_jobs, arch.pool_lanes, element_bytes);
  return plan;
}

LayerPlan plan_pool(const models::QuantizedNetwork& network, std::size_t layer, unsigned truncation,
                    const ArchConfig& arch) {
  const models::Layer& l = network.graph.layers[layer];
  const std::vector<PoolChoice> choices = pool_candidates(l, arch);
  if (choices.empty()) refuse(l, arch);
  LayerPlan best;
  std::tuple<std::uint64_t, std::uint64_t> best_cost{std::numeric_limits<std::uint64_t>::max(), 0};
  for (const PoolChoice& choice : choices) {
    LayerPlan plan = build_pool_plan(network, layer, truncation, arch, choice);
    const std::tuple<std::uint64_t, std::uint64_t> cost{time_pool(plan, arch).cycles,
                                                        traffic_bytes(plan)};
    if (cost < best_cost) {
      best_cost = cost;
      best = std::move(plan);
    }
  }
  return best;
}

}  // namespace absim::sim
