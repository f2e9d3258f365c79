// SPDX-License-Identifier: Apache-2.0
// Full ResNet-20 images through the RTL, in lock-step with SystemC.
#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "models/inference/inference.hpp"
#include "sim/cosim/verilated_core.hpp"
#include "sim/system/run_network.hpp"
#include "tests/bench/networks.hpp"
#include "tests/support/systemc_cases.hpp"

namespace absim::sim {
namespace {

using test::BufferSize;
using test::DramSpeed;

constexpr unsigned kTruncations[] = {1, 2, 3, 5, 8};

/// RTL = SystemC on every clock, = reference = fast inference in every value, and = recurrences in
/// the cycles and events of every layer.
void require_lockstep(const models::QuantizedNetwork& network, unsigned t, const ArchConfig& arch) {
  CAPTURE(t, test::describe(arch));
  const auto images = bench::random_images(network, 1);
  const NetworkSimulator simulator(network, t, arch, CycleFidelity::kLockstep, make_verilated_core);
  const NetworkRun run = simulator.run(images.pixels);
  const models::TensorMap expected = models::infer_reference(network, t, images.pixels);
  test::require_equal(expected, run.tensors);
  test::require_equal(expected, models::FastInference(network, t).tensors(images.pixels));
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

/// Buffers that hold little more than one output row of ResNet-20, weights streamed in short
/// segments.
void make_tiny(ArchConfig& arch) {
  constexpr std::uint64_t kRowPixels = 32;
  constexpr std::uint64_t kSegmentWords = 24;  // a multiple of t = 1, 2, 3, 8
  const std::uint64_t row_channels = kRowPixels *
                                     ((arch.cols + arch.postproc_lanes - 1) / arch.postproc_lanes) *
                                     arch.postproc_lanes;
  arch.name += " tiny";
  arch.act_buffer_bytes = 10240;
  arch.weight_buffer_bytes = 2 * kSegmentWords * arch.weight_word_bits() / 8;
  arch.param_buffer_bytes = 2ULL * 16 * (arch.cols + arch.postproc_lanes);
  arch.residual_buffer_bytes = 2 * 2 * row_channels;
  arch.out_buffer_bytes = 2 * 4 * row_channels;
}

void require_every_setting(int shape) {
  std::string label;
  const auto network = bench::resnet20(label);
  CAPTURE(label);
  for (const unsigned t : kTruncations) {
    for (unsigned bits = 0; bits < 8; ++bits) {
      ArchConfig arch =
          test::make_arch(shape, BufferSize::kLarge, DramSpeed::kFast,
                          (bits & 4U) != 0 ? PlaneOrder::kStationary : PlaneOrder::kProgressive);
      // Starved: with tiny buffers every tile fetches its weights anew, at 4 bytes a cycle.
      if ((bits & 2U) != 0) arch.dram = {4, 100};
      if ((bits & 1U) != 0) make_tiny(arch);
      require_lockstep(network, t, arch);
    }
  }
}

}  // namespace

TEST_CASE("ResNet-20 on 8x8x16: one image in lock-step equals the reference", "[lockstep]") {
  std::string label;
  const auto network = bench::resnet20(label);
  CAPTURE(label);
  ArchConfig arch =
      test::make_arch(0, BufferSize::kLarge, DramSpeed::kFast, PlaneOrder::kProgressive);
  arch.dram = DramConfig();
  require_lockstep(network, 3, arch);
}

TEST_CASE("ResNet-20 on 8x8x16: the same for every combination of settings", "[lockstep][slow]") {
  require_every_setting(0);
}
TEST_CASE("ResNet-20 on 4x6x8: the same for every combination of settings", "[lockstep][slow]") {
  require_every_setting(1);
}
TEST_CASE("ResNet-20 on 3x5x7: the same for every combination of settings", "[lockstep][slow]") {
  require_every_setting(2);
}

}  // namespace absim::sim
