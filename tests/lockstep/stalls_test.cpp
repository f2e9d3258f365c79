// SPDX-License-Identifier: Apache-2.0
// SystemC and RTL under random stalls of every stream, without DMA: same outputs on every clock,
// right values.
#include <catch2/catch.hpp>

#include "models/inference/inference.hpp"
#include "sim/cosim/verilated_core.hpp"
#include "sim/system/kernel.hpp"
#include "sim/system/lockstep_core.hpp"
#include "sim/units/core.hpp"
#include "tests/support/systemc_cases.hpp"
#include "tests/support/systemc_stalls.hpp"
#include "tests/support/test_networks.hpp"

namespace absim::sim {

TEST_CASE("SystemC and RTL agree on every clock under random stalls", "[lockstep][random]") {
  const std::uint64_t seed = 89;
  CAPTURE(seed);
  test::Random random(seed);
  test::StallRun total;
  for (int round = 0; round < 18; ++round) {
    const auto format =
        random.one_in(2) ? models::WeightFormat::kBwb : models::WeightFormat::kTwosComplement;
    const unsigned bits = random.in(1U, 8U);
    const auto network = test::make_awkward_network(random.bits(), format, bits);
    const auto order = random.one_in(2) ? PlaneOrder::kProgressive : PlaneOrder::kStationary;
    const ArchConfig arch = test::make_arch(
        round % 3, random.one_in(3) ? test::BufferSize::kLarge : test::BufferSize::kTiny,
        test::DramSpeed::kFast, order);
    const unsigned t = random.in(1U, std::min(bits, 4U));
    const unsigned patience = random.in(1U, 6U);
    CAPTURE(round, t, bits, patience, test::describe(arch));
    const auto pixels = test::random_image(network, random.bits());
    TensorStore tensors;
    tensors.create("input", network.graph.input.shape, models::ElementType::kS8).values =
        models::input_map(network, pixels);
    const KernelScope kernel;
    LockstepCore core(std::make_unique<SystemCCore>("core", arch), make_verilated_core(arch));
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
