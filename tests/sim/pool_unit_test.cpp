// SPDX-License-Identifier: Apache-2.0
// The pooling unit at the DMA: values against the oracle, cycles and events against the recurrence.
#include "sim/units/pool_unit.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "models/core/error.hpp"
#include "models/network/dump_check.hpp"
#include "sim/schedule/pool_plan.hpp"
#include "sim/system/dram_dma.hpp"
#include "sim/system/kernel.hpp"
#include "sim/system/layer_data.hpp"
#include "sim/system/pool_data.hpp"
#include "tests/support/message_of.hpp"
#include "tests/support/oracle.hpp"
#include "tests/support/pool_case.hpp"

namespace absim::sim {
namespace {

using models::ElementType;
using test::kPoolLayer;
using test::PoolCase;

/// Any code of a type; posits of 8 and 16 bits as their codes.
std::int32_t random_code(std::mt19937_64& random, ElementType type) {
  const auto bits = static_cast<std::uint16_t>(random());
  switch (type) {
    case ElementType::kU8:
      return bits & 0xFF;
    case ElementType::kS8:
    case ElementType::kPosit8:
      return static_cast<std::int8_t>(bits & 0xFF);
    case ElementType::kS16:
    case ElementType::kPosit16:
      return static_cast<std::int16_t>(bits);
    case ElementType::kS32:
      break;
  }
  throw InvariantError("not pooled");
}

Tensor random_tensor(std::mt19937_64& random, const PoolCase& c) {
  Tensor tensor{c.layer().in, c.type(), {}};
  for (std::size_t i = 0; i < tensor.shape.elements(); ++i) {
    tensor.values.push_back(random_code(random, tensor.type));
  }
  return tensor;
}

struct UnitRun {
  models::IntMap values;
  std::uint64_t cycles = 0;
  std::uint64_t active = 0;
  Events events;
};

UnitRun run_unit(const PoolCase& c, const LayerPlan& plan, const Tensor& input) {
  const KernelScope kernel;
  const LayerData data(c.network, plan, c.arch);
  PoolUnit unit("pool_unit", c.arch);
  DmaEngine dma(c.arch);
  Tensor output{c.layer().out, c.type(), models::IntMap(c.layer().out.elements(), 99999)};
  dma.begin_layer(data, {&input, nullptr, &output, nullptr});
  UnitRun run;
  while (!dma.done()) {
    const CoreInputs& in = dma.inputs();
    const CoreOutputs out = unit.outputs();
    unit.tick(in);
    dma.tick(out);
    run.active += unit.outputs().array_active ? 1U : 0U;
  }
  REQUIRE(dma.all_slots_free());
  run.values = output.values;
  run.cycles = dma.cycles();
  run.events = unit.events();
  run.events.pool_cycles = run.cycles;
  add_dram_bytes(plan.transfers, run.events);
  return run;
}

models::IntMap oracle_values(const PoolCase& c, const Tensor& input) {
  models::TensorMap tensors{{"source", input.values}};
  test::oracle_layer(c.network, kPoolLayer, c.network.bits, tensors);
  return tensors.at("pool");
}

}  // namespace

TEST_CASE("the pooling unit gives the oracle's values in the recurrence's cycles",
          "[sim][random]") {
  const std::uint64_t seed = 2718;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  test::PoolReached reached;
  for (int round = 0; round < 1200; ++round) {
    const PoolCase c = test::random_pool_case(random);
    const LayerPlan plan = test::random_pool_plan(random, c);
    const Tensor input = random_tensor(random, c);
    const models::IntMap wanted = oracle_values(c, input);
    const UnitRun run = run_unit(c, plan, input);
    const LayerTiming timing = time_layer(c.network, plan, c.arch);
    CAPTURE(round, models::type_name(c.type()), c.layer().op == models::LayerOp::kAvgPool);
    if (run.values != wanted) REQUIRE(run.values == wanted);
    REQUIRE(run.cycles == timing.cycles);
    REQUIRE(run.active == timing.compute_cycles);
    REQUIRE(run.events == timing.events);
    reached.add(c, plan, timing.stalls);
  }
  reached.require_all(20);
}

TEST_CASE("the pooling unit gives the same values whatever its environment withholds",
          "[sim][random]") {
  const std::uint64_t seed = 31;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  std::uint64_t refused_words = 0, idle_outputs = 0;
  for (int round = 0; round < 300; ++round) {
    const PoolCase c = test::random_pool_case(random);
    const LayerPlan plan = test::random_pool_plan(random, c);
    const Tensor input = random_tensor(random, c);
    const models::IntMap wanted = oracle_values(c, input);
    const std::uint64_t stall = random() % 5 + 1;  // each stream moves once in so many cycles
    CAPTURE(round, stall);

    const KernelScope kernel;
    PoolUnit unit("pool_unit", c.arch);
    Tensor output{c.layer().out, c.type(), models::IntMap(c.layer().out.elements())};
    const unsigned lanes = c.arch.pool_lanes;
    const std::vector<PoolJob>& jobs = plan.pool_jobs;
    std::vector<std::int16_t> word(lanes);
    std::size_t taken = 0, loaded = 0, stored = 0;
    std::uint64_t in_word = 0, out_word = 0;
    for (std::uint64_t cycle = 0; stored < jobs.size(); ++cycle) {
      REQUIRE(cycle < 2000000);
      const CoreOutputs out = unit.outputs();
      CoreInputs in;
      in.job_valid = taken < jobs.size() && random() % stall == 0;
      if (in.job_valid) in.pool_job = &jobs[taken];
      in.act_fill.valid = loaded < jobs.size() && random() % stall == 0;
      if (in.act_fill.valid) {
        load_pool_word(jobs[loaded], lanes, in_word, input, word.data());
        in.act_fill.last = in_word + 1 == pool_in_words(jobs[loaded], lanes);
        in.pool_word = word.data();
      }
      in.out_ready = random() % stall == 0;
      taken += in.job_valid && out.job_ready ? 1U : 0U;
      if (in.act_fill.valid && out.fill_ready[0]) {
        in_word = in.act_fill.last ? 0 : in_word + 1;
        loaded += in.act_fill.last ? 1U : 0U;
      }
      refused_words += in.act_fill.valid && !out.fill_ready[0] ? 1U : 0U;
      idle_outputs += out.out_valid && !in.out_ready ? 1U : 0U;
      if (out.out_valid && in.out_ready) {
        REQUIRE(out.out_last == (out_word + 1 == pool_out_words(jobs[stored], lanes)));
        store_pool_word(jobs[stored], lanes, out_word, out.out_word.data(), output);
        out_word = out.out_last ? 0 : out_word + 1;
        stored += out.out_last ? 1U : 0U;
      }
      unit.tick(in);
    }
    if (output.values != wanted) REQUIRE(output.values == wanted);
  }
  REQUIRE(refused_words > 1000);
  REQUIRE(idle_outputs > 1000);
}

TEST_CASE("the pooling unit refuses a job of the core", "[sim][negative]") {
  const KernelScope kernel;
  PoolUnit unit("pool_unit", ArchConfig());
  CoreInputs in;
  in.job_valid = true;
  CHECK(test::message_of<InvariantError>([&] { unit.tick(in); }).find("a job of another unit") !=
        std::string::npos);
}

}  // namespace absim::sim
