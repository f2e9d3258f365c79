// SPDX-License-Identifier: Apache-2.0
// One full ResNet-20 image through the RTL, in lock-step with SystemC.
#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "models/inference/inference.hpp"
#include "sim/cosim/verilated_core.hpp"
#include "sim/system/run_network.hpp"
#include "tests/bench/networks.hpp"
#include "tests/support/systemc_cases.hpp"

namespace absim::sim {

TEST_CASE("ResNet-20 on 8x8x16: one image in lock-step equals the reference", "[lockstep]") {
  std::string label;
  const auto network = bench::resnet20(label);
  const unsigned t = 3;
  CAPTURE(label, t);
  ArchConfig arch = test::make_arch(0, test::BufferSize::kLarge, test::DramSpeed::kFast,
                                    PlaneOrder::kProgressive);
  arch.dram = DramConfig();
  const auto images = bench::random_images(network, 1);
  const NetworkSimulator simulator(network, t, arch, CycleFidelity::kLockstep, make_verilated_core);
  const NetworkRun run = simulator.run(images.pixels);
  const models::TensorMap expected = models::infer_reference(network, t, images.pixels);
  test::require_equal(expected, run.tensors);
  std::uint64_t cycles = 0;
  for (std::size_t i = 0; i < run.layers.size(); ++i) {
    const LayerTiming timing = time_layer(network, simulator.plan(i), arch);
    CAPTURE(run.layers[i].layer);
    REQUIRE(run.layers[i].cycles == timing.cycles);
    REQUIRE(run.layers[i].events == timing.events);
    cycles += timing.cycles;
  }
  REQUIRE(run.cycles() == cycles);
  const auto& logits = run.tensors.at(network.graph.layers.back().name);
  REQUIRE(std::set<std::int32_t>(logits.begin(), logits.end()).size() > 5);  // not all alike
}

}  // namespace absim::sim
