// SPDX-License-Identifier: Apache-2.0
// The DMA alone: its cycles against the formulas of docs/timing.md §2, driven by a random core.
#include "sim/system/dram_dma.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <vector>

#include "models/core/error.hpp"
#include "tests/support/systemc_cases.hpp"
#include "tests/support/test_networks.hpp"

namespace absim::sim {
namespace {

using test::Random;

/// A core that only keeps slots: holds every full one for a random time, fills out slots at random
/// times.
struct RandomSlots {
  explicit RandomSlots(unsigned lanes) { out.out_word.resize(lanes); }

  CoreOutputs out;
  std::array<unsigned, kLoadBuffers> full{};
  std::array<std::vector<std::uint64_t>, kLoadBuffers + 1>
      usable;                              // cycles of credits, full out slots
  std::vector<std::uint64_t> store_words;  // of the stores to come
  std::size_t filled = 0, stored = 0;
  std::uint64_t word = 0;
  std::uint64_t blocked = 0;  // cycles in which a buffer had no free slot

  // What the core shows in `cycle`; remembers when credits and full slots became usable.
  void begin(std::uint64_t cycle, Random& random, unsigned hold) {
    out.job_ready = random.one_in(3);
    for (std::size_t b = 0; b < kLoadBuffers; ++b) {
      out.credit[b] = full[b] > 0 && random.one_in(hold);
      if (out.credit[b]) {
        --full[b];
        usable[b].push_back(cycle);
      }
      out.fill_ready[b] = full[b] < 2;
      blocked += full[b] == 2 ? 1U : 0U;
    }
    out.out_filled = filled < store_words.size() && filled - stored < 2 && random.one_in(hold);
    if (out.out_filled) {
      ++filled;
      usable[kLoadBuffers].push_back(cycle);
    }
    out.out_valid = stored < filled;
    out.out_last = out.out_valid && word + 1 == store_words[stored];
  }
  void end(const CoreInputs& in) {
    const FillControl fills[] = {in.act_fill, in.weight_fill, in.param_fill, in.residual_fill};
    for (std::size_t b = 0; b < kLoadBuffers; ++b)
      full[b] += fills[b].valid && fills[b].last ? 1U : 0U;
    if (!in.out_ready || !out.out_valid) return;
    ++word;
    if (out.out_last) {
      word = 0;
      ++stored;
    }
  }
};

}  // namespace

TEST_CASE("the DMA requests and moves every word in the cycle of the formulas", "[sim][random]") {
  const std::uint64_t seed = 71;
  CAPTURE(seed);
  Random random(seed);
  const auto network = test::make_awkward_network(5, models::WeightFormat::kBwb);
  std::size_t waits_for_channel = 0, waits_for_slot = 0, late_stores = 0, starved = 0;
  for (int round = 0; round < 120; ++round) {
    ArchConfig arch = test::make_arch(
        random.in(0, 2), random.one_in(2) ? test::BufferSize::kTiny : test::BufferSize::kLarge,
        test::DramSpeed::kFast, PlaneOrder::kProgressive);
    arch.dram.bytes_per_cycle = random.one_in(3) ? 1 : random.in(1U, 100U);
    arch.dram.latency_cycles = random.one_in(3) ? 1 : random.in(1U, 60U);
    const auto plans = test::random_plans(random, network, random.in(1U, 3U), arch);
    const std::size_t index = random.in<std::size_t>(0, plans.size() - 1);
    const LayerData data(network, plans[index], arch);
    const models::Layer& layer = data.layer();
    TensorStore store;
    const Tensor input{layer.in, models::ElementType::kU8, models::IntMap(layer.in.elements())};
    Tensor residual;
    if (layer.residual) {
      residual.shape = tensor_shape(network.graph, layer.residual->tensor);
      residual.values.resize(residual.shape.elements());
    }
    LayerTensors tensors;
    tensors.input = &input;
    tensors.residual = &residual;
    tensors.output = &store.create(layer.name, layer.out, models::ElementType::kS32);
    if (layer.emits_activation)
      tensors.activation = &store.create("act", layer.out, models::ElementType::kU8);

    DmaEngine dma(arch);
    dma.begin_layer(data, tensors);
    RandomSlots core(arch.postproc_lanes);
    for (const Transfer& t : data.plan().transfers) {
      if (t.buffer == Buffer::kOut) core.store_words.push_back(t.words);
    }
    const unsigned hold = random.in(1U, 40U);
    std::vector<std::uint64_t> moved;  // cycles in which a word moved
    std::uint64_t cycle = 0;
    while (!dma.done()) {
      core.begin(cycle, random, hold);
      const CoreInputs& in = dma.inputs();
      const int words = int{in.act_fill.valid} + int{in.weight_fill.valid} +
                        int{in.param_fill.valid} + int{in.residual_fill.valid} + int{in.out_ready};
      REQUIRE(words <= 1);  // one channel
      if (words == 1) moved.push_back(cycle);
      core.end(in);
      dma.tick(core.out);
      ++cycle;
      REQUIRE(cycle < 3000000);
    }
    REQUIRE(dma.cycles() == cycle);

    // The formulas, transfer by transfer.
    std::array<std::size_t, kLoadBuffers + 1> used{};
    std::int64_t request = -1;
    std::uint64_t channel = 0;
    std::size_t word = 0;
    REQUIRE(dma.issues().size() == data.plan().transfers.size());
    for (std::size_t i = 0; i < dma.issues().size(); ++i) {
      const Transfer& t = data.plan().transfers[i];
      const auto b = static_cast<std::size_t>(t.buffer);
      const std::size_t n = used[b]++;
      const bool is_store = t.buffer == Buffer::kOut;
      const std::uint64_t free = is_store ? core.usable[b][n] : n < 2 ? 0 : core.usable[b][n - 2];
      waits_for_slot += static_cast<std::int64_t>(free) > request + 1 ? 1U : 0U;
      request = std::max<std::int64_t>(request + 1, static_cast<std::int64_t>(free));
      const std::uint64_t ready =
          static_cast<std::uint64_t>(request) + (is_store ? 1 : arch.dram.latency_cycles);
      const std::uint64_t first = std::max(channel, ready);
      const std::uint64_t duration =
          std::max(t.words, (t.bytes + arch.dram.bytes_per_cycle - 1) / arch.dram.bytes_per_cycle);
      waits_for_channel += channel > ready ? 1U : 0U;
      late_stores += is_store && channel > ready ? 1U : 0U;
      starved += duration > t.words ? 1U : 0U;
      CAPTURE(round, i, t.words, t.bytes);
      REQUIRE(dma.issues()[i].request == static_cast<std::uint64_t>(request));
      REQUIRE(dma.issues()[i].data == first);
      for (std::uint64_t j = 0; j < t.words; ++j, ++word) {
        if (moved.at(word) != first + j * duration / t.words)
          REQUIRE(moved[word] == first + j * duration / t.words);
      }
      channel = first + duration;
    }
    REQUIRE(word == moved.size());
    REQUIRE(cycle == channel);
  }
  REQUIRE(waits_for_channel > 200);
  REQUIRE(waits_for_slot > 200);
  REQUIRE(late_stores > 20);
  REQUIRE(starved > 200);
}

TEST_CASE("a core that never answers ends in an error that names the layer", "[sim][negative]") {
  const auto network = test::make_awkward_network(5, models::WeightFormat::kBwb);
  const ArchConfig arch = test::make_arch(0, test::BufferSize::kLarge, test::DramSpeed::kFast,
                                          PlaneOrder::kProgressive);
  const LayerData data(network, plan_layer(network, 0, 1, arch), arch);
  const models::Layer& layer = data.layer();
  const Tensor input{layer.in, models::ElementType::kS8, models::IntMap(layer.in.elements())};
  Tensor output{layer.out, models::ElementType::kU8, models::IntMap(layer.out.elements())};
  DmaEngine dma(arch);
  dma.begin_layer(data, {&input, nullptr, &output, nullptr});
  CoreOutputs core;
  core.fill_ready = {true, true, true, true};
  const auto run = [&] {
    while (!dma.done()) dma.tick(core);
  };
  REQUIRE_THROWS_AS(run(), InvariantError);
  REQUIRE_THROWS_WITH(run(), Catch::Contains("layer stem: no progress"));
}

}  // namespace absim::sim
