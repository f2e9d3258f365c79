// SPDX-License-Identifier: Apache-2.0
// The SystemC core alone, without DMA: right values whatever the streams do.
#include "sim/units/core.hpp"

#include <catch2/catch.hpp>

#include "models/inference/inference.hpp"
#include "sim/system/kernel.hpp"
#include "tests/support/systemc_cases.hpp"
#include "tests/support/systemc_stalls.hpp"
#include "tests/support/test_networks.hpp"

namespace absim::sim {

TEST_CASE("the core loses and repeats no word under random stalls of every stream",
          "[sim][random]") {
  const std::uint64_t seed = 83;
  CAPTURE(seed);
  test::Random random(seed);
  test::StallRun total;
  for (int round = 0; round < 24; ++round) {
    const auto network = test::make_awkward_network(random.bits(), models::WeightFormat::kBwb, 4);
    const auto order = random.one_in(2) ? PlaneOrder::kProgressive : PlaneOrder::kStationary;
    const ArchConfig arch = test::make_arch(
        round % 3, random.one_in(3) ? test::BufferSize::kLarge : test::BufferSize::kTiny,
        test::DramSpeed::kFast, order);
    const unsigned t = random.in(1U, 4U);
    const unsigned patience = random.in(1U, 6U);
    CAPTURE(round, t, patience, test::describe(arch));
    const auto pixels = test::random_image(network, random.bits());
    TensorStore tensors;
    tensors.create("input", network.graph.input.shape, models::ElementType::kS8).values =
        models::input_map(network, pixels);
    const KernelScope kernel;
    SystemCCore core("core", arch);
    core.reset();
    for (auto& plan : test::random_plans(random, network, t, arch)) {
      const LayerData data(network, std::move(plan), arch);
      const auto run = test::run_with_stalls(core, network, data, tensors, random, patience);
      total.withheld += run.withheld;
      total.refused += run.refused;
      total.blocked_stores += run.blocked_stores;
      total.both_full += run.both_full;
    }
    test::require_equal(models::infer_reference(network, t, pixels), tensors.values());
  }
  REQUIRE(total.withheld > 10000);
  REQUIRE(total.refused > 10000);
  REQUIRE(total.blocked_stores > 10000);
  REQUIRE(total.both_full > 10000);
}

}  // namespace absim::sim
