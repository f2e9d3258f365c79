// SPDX-License-Identifier: Apache-2.0
// What cannot be planned, said in one line with what would fit; a layer timed by hand; a whole
// network.
#include <functional>
#include <string>

#include <catch2/catch.hpp>

#include "models/core/error.hpp"
#include "sim/schedule/field_limits.hpp"
#include "sim/schedule/network_timing.hpp"
#include "sim/schedule/planner.hpp"
#include "tests/schedule/random_case.hpp"
#include "tests/support/message_of.hpp"

namespace absim::tests {
namespace {

using Catch::Matchers::Contains;
using models::ElementType;
using models::Layer;
using sim::ArchConfig;
using sim::LayerPlan;
using test::message_of;

LayerPlan plan(const Layer& layer, const ArchConfig& arch, unsigned t = 8) {
  return sim::plan_layer(network_of(layer, ElementType::kU8, layer.out), kLayerUnderTest, t, arch);
}

std::string refusal(const Layer& layer, const ArchConfig& arch, unsigned t = 8) {
  return message_of<ConfigError>([&] { (void)plan(layer, arch, t); });
}

/// The number after `at least`.
std::uint64_t named_size(const std::string& message) {
  return std::stoull(message.substr(message.find("at least ") + 9));
}

/// The message names a size; with it the layer is planned, with a byte less it is not.
void require_sharp(const Layer& layer, ArchConfig arch, std::uint64_t ArchConfig::*buffer,
                   const std::string& key) {
  CAPTURE(key);
  arch.*buffer = 2;
  const std::string message = refusal(layer, arch);
  CHECK_THAT(message, Contains("layer 'conv' (conv): " + key + ": 2 bytes are too few for"));
  const std::uint64_t size = named_size(message);
  arch.*buffer = size - 1;
  CHECK_THAT(refusal(layer, arch), Contains(key));
  arch.*buffer = size;
  CHECK(refusal(layer, arch) == "(no error)");
}

models::QuantizedNetwork resnet20() {
  models::QuantizedNetwork network;
  network.graph = models::read_graph(std::string(ABSIM_CONFIGS) + "/network/resnet20_cifar10.yaml");
  models::LayerValues values;
  values.postproc.resize(network.bits);
  network.values.assign(network.graph.layers.size(), values);
  network.values.back().output = ElementType::kS32;
  return network;
}

}  // namespace

TEST_CASE("a buffer that cannot hold one row of one column group is named with the size that would",
          "[schedule][negative]") {
  for (const auto order : {sim::PlaneOrder::kProgressive, sim::PlaneOrder::kStationary}) {
    Layer layer = conv_layer(37, 19, 33, 3, 2);
    layer.residual = models::Residual{};
    ArchConfig arch;
    arch.plane_order = order;
    arch.rows = 7;
    arch.cols = 5;
    arch.lanes = 3;
    arch.act_banks = 6;
    arch.postproc_lanes = 2;
    require_sharp(layer, arch, &ArchConfig::act_buffer_bytes, "act_buffer_bytes");
    require_sharp(layer, arch, &ArchConfig::weight_buffer_bytes, "weight_buffer_bytes");
    require_sharp(layer, arch, &ArchConfig::param_buffer_bytes, "param_buffer_bytes");
    require_sharp(layer, arch, &ArchConfig::residual_buffer_bytes, "residual_buffer_bytes");
    require_sharp(layer, arch, &ArchConfig::out_buffer_bytes, "out_buffer_bytes");
  }
}

TEST_CASE("layers that the core cannot run are refused", "[schedule][negative]") {
  const Layer conv = conv_layer(8, 4, 4);
  CHECK_THAT(refusal(conv, ArchConfig{}, 0), Contains("truncation length 0; 1 to 8 are allowed"));
  CHECK_THAT(refusal(conv, ArchConfig{}, 9), Contains("truncation length 9; 1 to 8 are allowed"));
  Layer wide = conv_layer(64, 1, 1, 1, 16);
  CHECK_THAT(refusal(wide, ArchConfig{}), Contains("layer 'conv' (conv): stride: 16 does not fit"));
}

TEST_CASE("every descriptor field is checked against its register", "[schedule][negative]") {
  using Change = std::function<void(sim::JobDescriptor&)>;
  const std::pair<const char*, Change> changes[] = {
      {"planes", [](auto& d) { d.planes = 9; }},
      {"column_groups", [](auto& d) { d.column_groups = 65536; }},
      {"tiles", [](auto& d) { d.tiles = 65536; }},
      {"last_rows", [](auto& d) { d.last_rows = 256; }},
      {"last_cols", [](auto& d) { d.last_cols = 0; }},
      {"out_width", [](auto& d) { d.out_width = 65536; }},
      {"kernel_h", [](auto& d) { d.kernel_h = 256; }},
      {"kernel_w", [](auto& d) { d.kernel_w = 256; }},
      {"chunks", [](auto& d) { d.chunks = 65536; }},
      {"stride", [](auto& d) { d.stride = 16; }},
      {"in_height", [](auto& d) { d.in_height = 65536; }},
      {"in_width", [](auto& d) { d.in_width = 65536; }},
      {"first_y", [](auto& d) { d.first_y = 65536; }},
      {"first_x", [](auto& d) { d.first_x = -65537; }},
      {"base", [](auto& d) { d.base.quotient = 1 << 19; }},
      {"step_x", [](auto& d) { d.step_x.remainder = 16; }},
      {"step_row", [](auto& d) { d.step_row.quotient = -(1 << 19) - 1; }},
      {"kernel_x", [](auto& d) { d.kernel_x.remainder = 255; }},
      {"kernel_row", [](auto& d) { d.kernel_row.quotient = 1 << 19; }},
      {"plane_words", [](auto& d) { d.plane_words = 1 << 20; }},
      {"segment_words",
       [](auto& d) {
         d.weight_streamed = true;
         d.segment_words = 0;
       }},
      {"shift", [](auto& d) { d.shift = 48; }},
      {"act_shift", [](auto& d) { d.act_shift = 48; }}};
  CHECK_NOTHROW(sim::check_fields({}, 16, "here"));
  for (const auto& [field, change] : changes) {
    sim::JobDescriptor job;
    change(job);
    const std::string message =
        message_of<ConfigError>([&] { sim::check_fields(job, 16, "here"); });
    CHECK_THAT(message, Contains(std::string("here: ") + field + ":") && Contains("allowed"));
  }
}

TEST_CASE("one product takes the cycles counted by hand", "[schedule]") {
  ArchConfig arch;
  arch.rows = arch.cols = arch.lanes = arch.act_banks = arch.postproc_lanes = 1;
  arch.dram.latency_cycles = 10;
  const Layer layer = conv_layer(1, 1, 1, 1);
  const auto network = network_of(layer, ElementType::kU8);
  const LayerPlan p = sim::plan_layer(network, kLayerUnderTest, 1, arch);
  const sim::LayerTiming timing = sim::time_layer(network, p, arch);
  // Requests 0, 1, 2; words of param, act, weight in 10, 11, 12; act seen in 12, weight in 13:
  // gather 12, array 13, capture 14, beat 15, written 19, seen 20, store 21.
  CHECK(timing.cycles == 22);
  CHECK(timing.compute_cycles == 1);
  CHECK(timing.stalls.start == 13);
  CHECK(timing.stalls.end == 8);
  sim::Events e;
  e.array_cycles = e.pe_bit_macs = e.act_read_bytes = e.act_write_bytes = 1;
  e.weight_read_bits = e.weight_write_bits = e.postproc_ops = e.dram_write_bytes = 1;
  e.param_read_bytes = e.param_write_bytes = 16;
  e.out_write_bytes = e.out_read_bytes = 4;
  e.dram_read_bytes = 8 + 1 + 1;
  CHECK(timing.events == e);
}

TEST_CASE("a layer that waits for nothing takes N n cycles a tile", "[schedule]") {
  ArchConfig arch;
  arch.act_banks = 17;
  arch.dram.bytes_per_cycle = 4096;
  arch.dram.latency_cycles = 1;
  const Layer layer = conv_layer(32, 16, 16);
  const auto network = network_of(layer, ElementType::kU8);
  for (unsigned t = 4; t <= 8; ++t) {
    const LayerPlan p = sim::plan_layer(network, kLayerUnderTest, t, arch);
    const sim::LayerTiming timing = sim::time_layer(network, p, arch);
    CHECK(timing.compute_cycles == 64ULL * 9 * t);
    // Between the first and the last array cycle nothing but strips' hand-over may cost.
    const std::uint64_t inside = timing.stall_cycles() - timing.stalls.start - timing.stalls.end;
    CHECK(inside == timing.stalls.walker + timing.stalls.act_wait);
    CHECK(timing.stalls.bank_conflict == 0);
  }
}

TEST_CASE("ResNet-20 is planned at every truncation and its time is the sum of its layers",
          "[schedule]") {
  const models::QuantizedNetwork network = resnet20();
  for (const auto order : {sim::PlaneOrder::kProgressive, sim::PlaneOrder::kStationary}) {
    ArchConfig arch;
    arch.plane_order = order;
    std::uint64_t before = 0;
    for (unsigned t = 1; t <= 8; ++t) {
      CAPTURE(t);
      const sim::NetworkPlan plans = sim::plan_network(network, t, arch);
      const sim::NetworkTiming timing = sim::time_network(network, plans, arch);
      REQUIRE(timing.layers.size() == 20);
      std::uint64_t cycles = 0;
      for (const sim::LayerTiming& layer : timing.layers) cycles += layer.cycles;
      CHECK(timing.total.cycles == cycles);
      CHECK(timing.total.stalls.total() == timing.total.stall_cycles());
      CHECK(timing.total.events.weight_read_bits ==
            timing.total.compute_cycles * arch.weight_word_bits());
      CHECK(timing.total.cycles > before);  // more planes are never free
      before = timing.total.cycles;
      // Products: every multiply-accumulate once a plane, in lanes and rows that are filled up.
      std::uint64_t macs = 0;
      for (const Layer& layer : network.graph.layers) macs += layer.macs();
      CHECK(timing.total.events.pe_bit_macs >= macs * t);
    }
  }
}

}  // namespace absim::tests
