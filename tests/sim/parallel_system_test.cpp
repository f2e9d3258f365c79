// SPDX-License-Identifier: Apache-2.0
// Networks of bit-parallel formats through the clocked SystemC system.
#include <catch2/catch.hpp>

#include "models/core/error.hpp"
#include "tests/support/parallel_cases.hpp"
#include "tests/support/parallel_networks.hpp"

namespace absim::test {
namespace {

void run_everywhere(const models::QuantizedNetwork& network) {
  for (int shape = 0; shape < 3; ++shape) {
    for (unsigned bits = 0; bits < 4; ++bits) {
      const sim::ArchConfig arch =
          with_pe(make_arch(shape, (bits & 1U) != 0 ? BufferSize::kTiny : BufferSize::kLarge,
                            (bits & 2U) != 0 ? DramSpeed::kStarved : DramSpeed::kFast,
                            sim::PlaneOrder::kProgressive),
                  network);
      require_network_runs(network, arch, sim::CycleFidelity::kSystemC, nullptr, 10 * bits + 1);
    }
  }
}

TEST_CASE("a DFP network in the clocked system equals the reference and the recurrences", "[sim]") {
  using models::Rounding;
  run_everywhere(make_dfp_network(1, Rounding::kNearestEven));
  run_everywhere(make_dfp_network(2, Rounding::kTowardZero));
}

TEST_CASE("posit networks in the clocked system equal the reference and the recurrences",
          "[sim]") {
  for (const models::PositFormat format :
       {models::PositFormat{8, 0}, {8, 1}, {8, 2}, {16, 1}}) {
    run_everywhere(make_posit_network(format.n + format.es, format));
  }
}

TEST_CASE("an array whose PEs do not fit the network's format is refused", "[sim][negative]") {
  using Catch::Contains;
  const auto dfp = make_dfp_network(1, models::Rounding::kNearestEven);
  const auto posit = make_posit_network(1, {8, 1});
  sim::ArchConfig arch = make_arch(1, BufferSize::kLarge, DramSpeed::kFast,
                                   sim::PlaneOrder::kProgressive);
  REQUIRE_THROWS_WITH(sim::plan_layer(dfp, 0, 8, arch),
                      Contains("pe: found abs") && Contains("allowed: dfp"));
  arch.pe = sim::PeKind::kPosit;
  arch.posit_es = 2;
  REQUIRE_THROWS_WITH(sim::plan_layer(posit, 0, 8, arch),
                      Contains("posit_es 2") && Contains("allowed: posit with posit_bits 8, "
                                                         "posit_es 1"));
}

}  // namespace
}  // namespace absim::test
