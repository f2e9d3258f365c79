// SPDX-License-Identifier: Apache-2.0
// The whole awkward network in lock-step: reference = fast inference = SystemC = RTL, bit for bit,
// and cycles of recurrences, SystemC and RTL the same for every layer.
#include <catch2/catch.hpp>
#include <vector>

#include "models/inference/inference.hpp"
#include "sim/cosim/verilated_core.hpp"
#include "sim/system/run_network.hpp"
#include "tests/support/systemc_cases.hpp"
#include "tests/support/test_networks.hpp"

namespace absim::sim {
namespace {

using test::BufferSize;
using test::DramSpeed;

constexpr unsigned kTruncations[] = {1, 2, 3, 5, 8};

void require_lockstep(const models::QuantizedNetwork& network, unsigned t, const ArchConfig& arch,
                      test::Reached& reached) {
  CAPTURE(t, test::describe(arch));
  const auto pixels = test::random_image(network, 7 * t);
  const NetworkSimulator simulator(network, t, arch, CycleFidelity::kLockstep, make_verilated_core);
  const NetworkRun run = simulator.run(pixels);
  const models::TensorMap expected = models::infer_reference(network, t, pixels);
  test::require_equal(expected, run.tensors);
  test::require_equal(expected, models::FastInference(network, t).tensors(pixels));
  for (std::size_t i = 0; i < run.layers.size(); ++i) {
    const LayerTiming timing = time_layer(network, simulator.plan(i), arch);
    CAPTURE(run.layers[i].layer);
    REQUIRE(run.layers[i].cycles == timing.cycles);
    REQUIRE(run.layers[i].compute_cycles == timing.compute_cycles);
    REQUIRE(run.layers[i].events == timing.events);
    reached.add(network, simulator.plan(i), run.layers[i]);
  }
}

// All combinations, or a subset in which every pair of settings occurs.
void require_all_lockstep(int shape, bool all) {
  test::Reached reached;
  const auto bwb = test::make_awkward_network(3, models::WeightFormat::kBwb);
  const auto twos = test::make_awkward_network(4, models::WeightFormat::kTwosComplement);
  unsigned count = 0;
  for (const unsigned t : kTruncations) {
    for (unsigned bits = 0; bits < 8; ++bits, ++count) {
      const unsigned parity = (bits ^ bits >> 1 ^ bits >> 2) & 1U;
      if (!all && parity != t % 2) continue;
      const ArchConfig arch =
          test::make_arch(shape, (bits & 1U) != 0 ? BufferSize::kTiny : BufferSize::kLarge,
                          (bits & 2U) != 0 ? DramSpeed::kStarved : DramSpeed::kFast,
                          (bits & 4U) != 0 ? PlaneOrder::kStationary : PlaneOrder::kProgressive);
      if (all || count % 3 != 0) require_lockstep(bwb, t, arch, reached);
      if (all || count % 3 == 0) require_lockstep(twos, t, arch, reached);
    }
  }
  reached.require_all();
}

}  // namespace

TEST_CASE("8x8x16: reference, fast inference, SystemC, RTL and recurrences agree", "[lockstep]") {
  require_all_lockstep(0, false);
}
TEST_CASE("4x6x8: reference, fast inference, SystemC, RTL and recurrences agree", "[lockstep]") {
  require_all_lockstep(1, false);
}
TEST_CASE("3x5x7: reference, fast inference, SystemC, RTL and recurrences agree", "[lockstep]") {
  require_all_lockstep(2, false);
}
TEST_CASE("pooling layers: both cores stay idle and equal while the pooling unit works",
          "[lockstep]") {
  test::Reached reached;
  const auto network = test::make_pool_network(5);
  for (int shape = 0; shape < test::kShapes; ++shape) {
    const ArchConfig arch = test::make_arch(shape, BufferSize::kTiny,
                                            shape == 1 ? DramSpeed::kStarved : DramSpeed::kFast,
                                            PlaneOrder::kProgressive);
    require_lockstep(network, 3, arch, reached);
  }
  REQUIRE(reached.pools > 0);
}
TEST_CASE("8x8x16: the same for every combination of settings", "[lockstep][slow]") {
  require_all_lockstep(0, true);
}
TEST_CASE("4x6x8: the same for every combination of settings", "[lockstep][slow]") {
  require_all_lockstep(1, true);
}
TEST_CASE("3x5x7: the same for every combination of settings", "[lockstep][slow]") {
  require_all_lockstep(2, true);
}

}  // namespace absim::sim
