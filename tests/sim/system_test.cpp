// SPDX-License-Identifier: Apache-2.0
// The clocked accelerator: values against the reference inference, cycles and events against the
// recurrences.
#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "models/inference/inference.hpp"
#include "sim/system/run_network.hpp"
#include "tests/support/systemc_cases.hpp"
#include "tests/support/test_networks.hpp"

namespace absim::sim {
namespace {

using test::BufferSize;
using test::DramSpeed;

void require_run_agrees(const models::QuantizedNetwork& network, unsigned t, const ArchConfig& arch,
                        std::vector<LayerPlan> plans, std::uint64_t image, test::Reached& reached) {
  const auto pixels = test::random_image(network, image);
  const std::vector<LayerPlan> copy = plans;
  const NetworkSimulator simulator(network, arch, std::move(plans), CycleFidelity::kSystemC);
  const NetworkRun run = simulator.run(pixels);
  test::require_equal(models::infer_reference(network, t, pixels), run.tensors);
  REQUIRE(run.layers.size() == network.graph.layers.size());
  for (std::size_t i = 0; i < run.layers.size(); ++i) {
    const LayerTiming timing = time_layer(network, copy[i], arch);
    CAPTURE(run.layers[i].layer);
    REQUIRE(run.layers[i].cycles == timing.cycles);
    REQUIRE(run.layers[i].compute_cycles == timing.compute_cycles);
    REQUIRE(run.layers[i].events == timing.events);
    reached.add(network, copy[i], run.layers[i]);
  }
}

}  // namespace

TEST_CASE("SystemC gives the reference's tensors and the recurrences' cycles and events", "[sim]") {
  test::Reached reached;
  for (const auto format : {models::WeightFormat::kBwb, models::WeightFormat::kTwosComplement}) {
    const auto network = test::make_awkward_network(3, format);
    for (unsigned t = 1; t <= 8; ++t) {
      for (int shape = 0; shape < test::kShapes; ++shape) {
        for (const auto order : {PlaneOrder::kProgressive, PlaneOrder::kStationary}) {
          const auto size =
              (t + static_cast<unsigned>(shape)) % 2 == 0 ? BufferSize::kTiny : BufferSize::kLarge;
          const auto speed = (t / 2 + static_cast<unsigned>(shape)) % 2 == 0 ? DramSpeed::kFast
                                                                             : DramSpeed::kStarved;
          const ArchConfig arch = test::make_arch(shape, size, speed, order);
          CAPTURE(t, test::describe(arch));
          std::vector<LayerPlan> plans;
          for (std::size_t i = 0; i < network.graph.layers.size(); ++i) {
            plans.push_back(plan_layer(network, i, t, arch));
          }
          require_run_agrees(network, t, arch, plans, t, reached);
        }
      }
    }
  }
  reached.require_all();
}

TEST_CASE("pools beside the core: reference's tensors, recurrences' cycles and events", "[sim]") {
  const std::uint64_t seed = 83;
  CAPTURE(seed);
  test::Random random(seed);
  test::Reached reached;
  for (const auto format : {models::WeightFormat::kBwb, models::WeightFormat::kTwosComplement}) {
    const auto network = test::make_pool_network(random.bits(), format);
    for (int round = 0; round < 16; ++round) {
      const ArchConfig arch = test::make_arch(
          round % test::kShapes, random.one_in(3) ? BufferSize::kLarge : BufferSize::kTiny,
          random.one_in(2) ? DramSpeed::kFast : DramSpeed::kStarved, PlaneOrder::kProgressive);
      const unsigned t = random.in(1U, 8U);
      CAPTURE(round, t, test::describe(arch));
      require_run_agrees(network, t, arch, test::random_plans(random, network, t, arch),
                         random.bits(), reached);
    }
  }
  REQUIRE(reached.pools > 20);
}

TEST_CASE("SystemC, reference and recurrences agree on any plan that fits", "[sim][random]") {
  const std::uint64_t seed = 79;
  CAPTURE(seed);
  test::Random random(seed);
  test::Reached reached;
  for (int round = 0; round < 60; ++round) {
    const auto format =
        random.one_in(2) ? models::WeightFormat::kBwb : models::WeightFormat::kTwosComplement;
    const unsigned bits = random.in(1U, 8U);
    const auto network = test::make_awkward_network(random.bits(), format, bits);
    ArchConfig arch = test::make_arch(
        random.in(0, 2), random.one_in(3) ? BufferSize::kLarge : BufferSize::kTiny,
        DramSpeed::kFast, random.one_in(2) ? PlaneOrder::kProgressive : PlaneOrder::kStationary);
    arch.act_banks = random.in(1U, 9U);
    arch.postproc_lanes = random.in(1U, arch.cols);
    arch.dram.bytes_per_cycle = random.in(1U, 40U);
    arch.dram.latency_cycles = random.in(1U, 80U);
    if (random.one_in(4)) arch.weight_buffer_bytes = 2 * ((bits * arch.weight_word_bits() + 7) / 8);
    const unsigned t = random.in(1U, bits);
    CAPTURE(round, t, bits, test::describe(arch), arch.act_banks, arch.postproc_lanes);
    arch.out_buffer_bytes *= 4;
    arch.residual_buffer_bytes *= 4;
    arch.param_buffer_bytes *= 4;
    auto plans = test::random_plans(random, network, t, arch);
    require_run_agrees(network, t, arch, std::move(plans), random.bits(), reached);
  }
  reached.require_all();
}

TEST_CASE("a plan that never feeds the core ends in an error with all handshakes",
          "[sim][negative]") {
  const auto network = test::make_awkward_network(9, models::WeightFormat::kBwb);
  const ArchConfig arch =
      test::make_arch(0, BufferSize::kLarge, DramSpeed::kFast, PlaneOrder::kProgressive);
  std::vector<LayerPlan> plans;
  for (std::size_t i = 0; i < 2; ++i) plans.push_back(plan_layer(network, i, 1, arch));
  auto& transfers = plans[1].transfers;
  const auto weights = std::find_if(transfers.begin(), transfers.end(),
                                    [](const Transfer& t) { return t.buffer == Buffer::kWeight; });
  REQUIRE(weights != transfers.end());
  transfers.erase(weights);
  const NetworkSimulator simulator(network, arch, std::move(plans), CycleFidelity::kSystemC);
  const auto run = [&] { (void)simulator.run(test::random_image(network, 1)); };
  REQUIRE_THROWS_AS(run(), InvariantError);
  REQUIRE_THROWS_WITH(run(), Catch::Contains("layer identity") && Catch::Contains("no progress") &&
                                 Catch::Contains("operand true act slot true weight slot false"));
}

TEST_CASE("runs follow each other in one process and repeat exactly", "[sim]") {
  const auto network = test::make_awkward_network(9, models::WeightFormat::kBwb);
  const ArchConfig arch =
      test::make_arch(1, BufferSize::kTiny, DramSpeed::kFast, PlaneOrder::kStationary);
  const NetworkSimulator simulator(network, 2, arch, CycleFidelity::kSystemC);
  const auto first = simulator.run(test::random_image(network, 1));
  const auto other = simulator.run(test::random_image(network, 2));
  const auto again = simulator.run(test::random_image(network, 1));
  test::require_equal(first.tensors, again.tensors);
  REQUIRE(first.tensors != other.tensors);
  REQUIRE(first.cycles() == again.cycles());
  REQUIRE(first.cycles() == other.cycles());  // cycles do not depend on values
}

}  // namespace absim::sim
