// SPDX-License-Identifier: Apache-2.0
#include "tests/support/parallel_cases.hpp"

#include <catch2/catch.hpp>

#include "models/inference/inference.hpp"
#include "tests/support/test_networks.hpp"

namespace absim::test {

sim::ArchConfig with_pe(sim::ArchConfig arch, const models::QuantizedNetwork& network) {
  const bool posit = network.format == models::WeightFormat::kPosit;
  arch.pe = posit ? sim::PeKind::kPosit : sim::PeKind::kDfp;
  if (posit) {
    arch.posit_bits = network.posit.n;
    arch.posit_es = network.posit.es;
  }
  const bool tiny = arch.weight_buffer_bytes < 65536;
  if (tiny) {
    arch.weight_buffer_bytes = 2 * arch.weight_word_bits() / 8 * 5 + 2;
    arch.act_buffer_bytes = 1600 * arch.act_bytes();  // the linear layer's input, barely
  }
  return arch;
}

void require_network_runs(const models::QuantizedNetwork& network, const sim::ArchConfig& arch,
                          sim::CycleFidelity fidelity, const sim::CoreFactory& make_rtl,
                          std::uint64_t seed) {
  CAPTURE(network.graph.name, describe(arch), seed);
  const unsigned t = network.bits;
  const auto pixels = random_image(network, seed);
  const sim::NetworkSimulator simulator(network, t, arch, fidelity, make_rtl);
  const sim::NetworkRun run = simulator.run(pixels);
  const models::TensorMap expected = models::infer_reference(network, t, pixels);
  require_equal(expected, run.tensors);
  require_equal(expected, models::FastInference(network, t).tensors(pixels));
  for (std::size_t i = 0; i < run.layers.size(); ++i) {
    const sim::LayerTiming timing = sim::time_layer(network, simulator.plan(i), arch);
    CAPTURE(run.layers[i].layer);
    REQUIRE(run.layers[i].cycles == timing.cycles);
    REQUIRE(run.layers[i].compute_cycles == timing.compute_cycles);
    if (fidelity != sim::CycleFidelity::kRtl) REQUIRE(run.layers[i].events == timing.events);
  }
}

}  // namespace absim::test
