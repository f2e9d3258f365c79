// SPDX-License-Identifier: Apache-2.0
// Pooling layers: the recurrence against a clocked model of the contract, plans against what they
// must cover, refusals, a layer timed by hand, a whole network.
#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "models/core/error.hpp"
#include "sim/schedule/network_timing.hpp"
#include "sim/schedule/pool_geometry.hpp"
#include "sim/schedule/pool_plan.hpp"
#include "tests/support/message_of.hpp"
#include "tests/support/pool_case.hpp"
#include "tests/support/pool_contract.hpp"

namespace absim::tests {
namespace {

using Catch::Matchers::Contains;
using models::Layer;
using sim::ArchConfig;
using sim::Buffer;
using sim::LayerPlan;
using sim::LayerTiming;
using sim::PoolJob;
using sim::Transfer;
using test::kPoolLayer;
using test::PoolCase;

/// Input rows of the map under the windows of a job's output rows.
std::pair<std::size_t, std::size_t> rows_needed(const Layer& layer, const PoolJob& job) {
  std::size_t first = layer.in.height;
  std::size_t end = 0;
  for (std::size_t y = job.out_row; y < job.out_row + job.out_rows; ++y) {
    for (std::size_t k = 0; k < layer.kernel_h; ++k) {
      const std::size_t padded = y * layer.stride + k;
      if (padded < layer.pad.top || padded - layer.pad.top >= layer.in.height) continue;
      first = std::min(first, padded - layer.pad.top);
      end = std::max(end, padded - layer.pad.top + 1);
    }
  }
  return {first, end};
}

/// Every output element belongs to one job, every job has the rows it needs, and fits its slots.
bool covers(const PoolCase& c, const LayerPlan& plan) {
  const Layer& layer = c.layer();
  std::vector<unsigned> times(layer.out.height * layer.out.channels, 0);
  bool good = true;
  for (const PoolJob& job : plan.pool_jobs) {
    const auto [first, end] = rows_needed(layer, job);
    good = good && job.in_row <= first && job.in_row + job.in_rows >= end &&
           job.in_row + job.in_rows <= layer.in.height &&
           job.first_channel % c.arch.pool_lanes == 0 &&
           sim::pool_in_words(job, c.arch.pool_lanes) <= c.arch.pool_in_words() &&
           sim::pool_out_words(job, c.arch.pool_lanes) <= c.arch.pool_out_words();
    for (std::size_t y = job.out_row; y < job.out_row + job.out_rows; ++y) {
      for (std::size_t ch = 0; ch < job.channels; ++ch) {
        ++times.at(y * layer.out.channels + job.first_channel + ch);
      }
    }
  }
  return good && std::all_of(times.begin(), times.end(), [](unsigned count) { return count == 1; });
}

bool same(const LayerTiming& a, const LayerTiming& b) {
  return a.cycles == b.cycles && a.compute_cycles == b.compute_cycles && a.events == b.events &&
         a.stalls.start == b.stalls.start && a.stalls.walker == b.stalls.walker &&
         a.stalls.act_wait == b.stalls.act_wait && a.stalls.store_wait == b.stalls.store_wait &&
         a.stalls.end == b.stalls.end;
}

/// One pool on a map of `size` x `size`.
PoolCase one_pool(models::LayerOp op, std::size_t size, std::size_t channels, std::size_t kernel,
                  std::size_t stride, models::Padding pad = {}) {
  std::mt19937_64 random(1);
  PoolCase c = test::random_pool_case(random);
  Layer& layer = c.network.graph.layers[kPoolLayer];
  layer.op = op;
  layer.in = {size, size, channels};
  layer.kernel_h = layer.kernel_w = kernel;
  layer.stride = stride;
  layer.pad = pad;
  layer.out = {(size + pad.top + pad.bottom - kernel) / stride + 1,
               (size + pad.left + pad.right - kernel) / stride + 1, channels};
  for (auto& values : c.network.values) values.output = models::ElementType::kS16;
  c.arch = ArchConfig();
  return c;
}

LayerPlan plan(const PoolCase& c) {
  return sim::plan_layer(c.network, kPoolLayer, c.network.bits, c.arch);
}

std::string refusal(const PoolCase& c) {
  return test::message_of<ConfigError>([&] { (void)plan(c); });
}

models::QuantizedNetwork wide_resnet() {
  models::QuantizedNetwork network;
  network.graph = models::read_graph(std::string(ABSIM_CONFIGS) + "/network/wrn20_10_cifar10.yaml");
  network.bits = 1;
  models::LayerValues values;
  values.postproc.resize(network.bits);
  for (const Layer& layer : network.graph.layers) {
    values.output = layer.emits_activation || !layer.has_weights() ? models::ElementType::kS16
                                                                   : models::ElementType::kU8;
    network.values.push_back(values);
  }
  network.values.back().output = models::ElementType::kS32;
  return network;
}

}  // namespace

TEST_CASE("time_pool gives the clocked contract's cycles, events and stalls on random pools",
          "[schedule][random]") {
  std::mt19937_64 random(20250101);
  test::PoolReached reached;
  unsigned differences = 0;
  for (unsigned i = 0; i < 3000; ++i) {
    const PoolCase c = test::random_pool_case(random);
    const LayerPlan p = test::random_pool_plan(random, c);
    const LayerTiming fast = sim::time_layer(c.network, p, c.arch);
    const LayerTiming clocked = test::run_pool_contract(c.layer(), p, c.arch);
    reached.add(c, p, fast.stalls);
    if (same(fast, clocked) && fast.stalls.total() == fast.stall_cycles()) continue;
    if (differences++ == 0) {
      CAPTURE(i, p.pool_jobs.size(), c.arch.pool_lanes, c.arch.dram.bytes_per_cycle);
      CHECK(fast.cycles == clocked.cycles);
      CHECK(fast.compute_cycles == clocked.compute_cycles);
      CHECK(fast.stalls.total() == clocked.stalls.total());
      CHECK(fast.events.pool_ops == clocked.events.pool_ops);
      CHECK(fast.events == clocked.events);
    }
  }
  REQUIRE(differences == 0);
  reached.require_all(100);
}

TEST_CASE("plans of pools cover every output once and load what it needs", "[schedule][random]") {
  std::mt19937_64 random(77);
  unsigned uncovered = 0;
  unsigned beaten = 0;
  for (unsigned i = 0; i < 500; ++i) {
    const PoolCase c = test::random_pool_case(random);
    const LayerPlan other = test::random_pool_plan(random, c);
    const LayerPlan chosen = plan(c);
    REQUIRE(chosen.jobs.empty());
    uncovered += covers(c, other) && covers(c, chosen) ? 0U : 1U;
    beaten +=
        sim::time_pool(other, c.arch).cycles < sim::time_pool(chosen, c.arch).cycles ? 1U : 0U;
    const std::uint64_t bytes = models::element_bytes(c.type());
    std::uint64_t stored = 0;
    for (const Transfer& t : chosen.transfers) stored += t.buffer == Buffer::kOut ? t.bytes : 0;
    CHECK(stored == c.layer().out.elements() * bytes);
  }
  CHECK(uncovered == 0);
  CHECK(beaten == 0);
}

TEST_CASE("one mean takes the cycles counted by hand", "[schedule]") {
  PoolCase c = one_pool(models::LayerOp::kAvgPool, 2, 20, 2, 1);
  c.arch.dram.latency_cycles = 10;
  const LayerPlan p = sim::build_pool_plan(c.network, kPoolLayer, 8, c.arch, {1, 2});
  REQUIRE(p.pool_jobs.size() == 1);
  const LayerTiming timing = sim::time_layer(c.network, p, c.arch);
  // 8 words, 160 bytes at 16 a cycle: the load takes 10 cycles from cycle 10 on, its last word
  // moves in 10 + floor(7 * 10 / 8) = 18; works in 19 to 26, last word written in 28, seen full in
  // 29: request 29, store of 2 words, 40 bytes, in 30 to 32.
  CHECK(timing.cycles == 33);
  CHECK(timing.compute_cycles == 8);
  CHECK(timing.stalls.start == 19);
  CHECK(timing.stalls.end == 6);
  sim::Events e;
  e.pool_cycles = 33;
  e.pool_ops = 4 * 20;
  e.pool_means = 20;
  e.pool_in_write_bytes = e.pool_in_read_bytes = 8 * 32;
  e.pool_out_write_bytes = e.pool_out_read_bytes = 2 * 32;
  e.dram_read_bytes = 160;
  e.dram_write_bytes = 40;
  CHECK(timing.events == e);
}

TEST_CASE("padding costs neither cycles nor operations", "[schedule]") {
  const PoolCase c = one_pool(models::LayerOp::kMaxPool, 4, 16, 3, 1, {1, 1, 1, 1});
  const LayerTiming timing = sim::time_layer(c.network, plan(c), c.arch);
  CHECK(timing.compute_cycles == 10 * 10);  // 2 + 3 + 3 + 2 rows, the same columns
  CHECK(timing.events.pool_ops == 10 * 10 * 16);
  CHECK(timing.events.pool_means == 0);
}

TEST_CASE(
    "a pooling buffer that cannot hold one row of one block is named with the size that would",
    "[schedule][negative]") {
  PoolCase c = one_pool(models::LayerOp::kMaxPool, 37, 19, 3, 2);
  c.network.graph.layers[kPoolLayer].name = "pool1";
  c.arch.pool_lanes = 5;
  c.arch.pool_in_buffer_bytes = 2 * 3 * 37 * 2 * 5 - 1;
  CHECK(refusal(c) ==
        "layer 'pool1' (max_pool): pool_in_buffer_bytes: 2219 bytes are too few for one output "
        "row's input (3 rows of 37 pixels) of 5 channels, twice; at least 2220 bytes fit");
  c.arch.pool_in_buffer_bytes = 2220;
  CHECK(refusal(c) == "(no error)");
  c.network.graph.layers[kPoolLayer].op = models::LayerOp::kAvgPool;
  c.arch.pool_out_buffer_bytes = 2 * 18 * 2 * 5 - 1;
  CHECK(refusal(c) ==
        "layer 'pool1' (avg_pool): pool_out_buffer_bytes: 359 bytes are too few for one output row "
        "(18 pixels) of 5 channels, twice; at least 360 bytes fit");
  c.arch.pool_out_buffer_bytes = 360;
  CHECK(refusal(c) == "(no error)");
}

TEST_CASE("the wide ResNet with pooled shortcuts is planned and timed", "[schedule]") {
  const models::QuantizedNetwork network = wide_resnet();
  ArchConfig arch;
  arch.act_buffer_bytes = 131072;  // the linear layer's 8 x 8 x 640, twice
  const sim::NetworkPlan plans = sim::plan_network(network, 1, arch);
  const sim::NetworkTiming timing = sim::time_network(network, plans, arch);
  std::size_t pools = 0;
  sim::Events events;
  for (std::size_t i = 0; i < plans.layers.size(); ++i) {
    const LayerPlan& p = plans.layers[i];
    CHECK(p.pooling() == !network.graph.layers[i].has_weights());
    if (!p.pooling()) continue;
    ++pools;
    CHECK(timing.layers[i].events.pool_cycles == timing.layers[i].cycles);
    CHECK(timing.layers[i].stalls.total() == timing.layers[i].stall_cycles());
    events += timing.layers[i].events;
  }
  CHECK(pools == 2);
  CHECK(timing.total.events.pool_cycles == events.pool_cycles);
  // Means of 16 x 16 x 160 and 8 x 8 x 320.
  CHECK(timing.total.events.pool_means == 16 * 16 * 160 + 8 * 8 * 320);
  CHECK(timing.total.stalls.total() == timing.total.stall_cycles());
}

}  // namespace absim::tests
