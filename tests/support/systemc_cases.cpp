// SPDX-License-Identifier: Apache-2.0
#include "tests/support/systemc_cases.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "sim/schedule/planner.hpp"
#include "sim/schedule/pool_plan.hpp"

namespace absim::test {

using sim::ArchConfig;

ArchConfig make_arch(int shape, BufferSize buffers, DramSpeed dram, sim::PlaneOrder order) {
  struct Shape {
    unsigned rows, cols, lanes, banks, post;
  };
  constexpr Shape kTable[kShapes] = {{8, 8, 16, 8, 8}, {4, 6, 8, 4, 3}, {3, 5, 7, 5, 2}};
  const Shape& s = kTable[shape];
  ArchConfig arch;
  arch.name = fmt::format("{}x{}x{}", s.rows, s.cols, s.lanes);
  arch.plane_order = order;
  arch.rows = s.rows;
  arch.cols = s.cols;
  arch.lanes = s.lanes;
  arch.act_banks = s.banks;
  arch.postproc_lanes = s.post;
  if (buffers == BufferSize::kTiny) {
    arch.name += " tiny";
    arch.act_buffer_bytes = 1400;
    arch.weight_buffer_bytes = 2 * 8 * s.cols * s.lanes / 8 * 3;
    arch.param_buffer_bytes = 2 * 16 * (s.cols + s.post);
    arch.residual_buffer_bytes = 2 * 2 * s.post * 64;
    arch.out_buffer_bytes = 2 * 4 * s.post * 64;
    arch.pool_lanes = s.post;
    arch.pool_in_buffer_bytes = 2 * arch.pool_word_bytes() * 3 * 12;  // rows of the pool network
    arch.pool_out_buffer_bytes = 2 * arch.pool_word_bytes() * 6;
  }
  const bool fast = dram == DramSpeed::kFast;
  arch.dram = {fast ? 64U : 1U, fast ? 1U : 100U};
  return arch;
}

std::string describe(const ArchConfig& arch) {
  return fmt::format(
      "{} {} dram {} B/cycle, {} cycles", arch.name,
      arch.plane_order == sim::PlaneOrder::kStationary ? "stationary" : "progressive",
      arch.dram.bytes_per_cycle, arch.dram.latency_cycles);
}

std::vector<sim::LayerPlan> random_plans(Random& random, const models::QuantizedNetwork& network,
                                         unsigned truncation, const ArchConfig& arch) {
  std::vector<sim::LayerPlan> plans;
  for (std::size_t i = 0; i < network.graph.layers.size(); ++i) {
    if (!network.graph.layers[i].has_weights()) {
      const auto pools = sim::pool_candidates(network.graph.layers[i], arch);
      plans.push_back(sim::build_pool_plan(network, i, truncation, arch,
                                           pools.at(random.in<std::size_t>(0, pools.size() - 1))));
      continue;
    }
    const sim::LayerGeometry geometry(network.graph.layers[i], arch, truncation);
    sim::check_fit(geometry, "random plan");
    const sim::TensorFacts facts = sim::tensor_facts(network, i);
    const auto list = sim::candidates(geometry, facts);
    sim::PlanChoice choice = list[random.in<std::size_t>(0, list.size() - 1)];
    choice.channels_outer = random.one_in(2);
    plans.push_back(sim::build_plan(network, i, geometry, facts, choice));
  }
  return plans;
}

void Reached::add(const models::QuantizedNetwork& network, const sim::LayerPlan& plan,
                  const sim::LayerRun& run) {
  const auto count = [](std::uint64_t& counter, bool happened) { counter += happened ? 1U : 0U; };
  if (plan.pooling()) {
    count(pools, plan.pool_jobs.size() > 1);
    return;
  }
  const models::Layer& layer = network.graph.layers[plan.layer];
  const sim::JobDescriptor& job = plan.jobs.front().descriptor;
  waits.conflict += run.waits.conflict;
  waits.capture += run.waits.capture;
  waits.walker += run.waits.walker;
  waits.act_slot += run.waits.act_slot;
  waits.weight_slot += run.waits.weight_slot;
  waits.param_slot += run.waits.param_slot;
  waits.residual_slot += run.waits.residual_slot;
  waits.out_slot += run.waits.out_slot;
  count(streamed, job.weight_streamed);
  count(resident, !job.weight_streamed);
  count(shared_kernel, job.shared_kernel);
  count(second_output, job.emits_activation);
  count(residual_offset, layer.residual && layer.residual->channel_offset > 0);
  count(several_jobs, plan.jobs.size() > 2);
  count(channels_outer, plan.jobs.size() > 1 && plan.channels_outer);
  count(kept_acts, !job.act_release);
  count(kept_weights, !job.weight_release);
}

void Reached::require_all() const {
  CHECK(waits.conflict > 0);
  CHECK(waits.capture > 0);
  CHECK(waits.walker > 0);
  CHECK(waits.act_slot > 0);
  CHECK(waits.weight_slot > 0);
  CHECK(waits.residual_slot > 0);
  CHECK(waits.out_slot > 0);
  CHECK(streamed > 0);
  CHECK(resident > 0);
  CHECK(shared_kernel > 0);
  CHECK(second_output > 0);
  CHECK(residual_offset > 0);
  CHECK(several_jobs > 0);
  CHECK(channels_outer > 0);
  CHECK(kept_acts > 0);
  CHECK(kept_weights > 0);
}

void require_equal(const models::TensorMap& expected, const models::TensorMap& found) {
  REQUIRE(found.size() == expected.size());
  for (const auto& [name, values] : expected) {
    CAPTURE(name);
    REQUIRE(found.count(name) == 1);
    const models::IntMap& other = found.at(name);
    REQUIRE(other.size() == values.size());
    std::size_t first = 0;
    while (first < values.size() && values[first] == other[first]) ++first;
    CAPTURE(first);
    if (first < values.size()) REQUIRE(other[first] == values[first]);
  }
}

}  // namespace absim::test
