// SPDX-License-Identifier: Apache-2.0
// Networks of bit-parallel formats in lock-step on every Verilated core of their kind: reference =
// fast inference = SystemC = RTL, bit for bit, and the recurrences' cycles.
#include <catch2/catch.hpp>

#include "sim/cosim/verilated_core.hpp"
#include "tests/support/parallel_cases.hpp"
#include "tests/support/parallel_networks.hpp"

namespace absim::test {
namespace {

models::QuantizedNetwork network_for(const sim::ArchConfig& arch) {
  if (arch.pe == sim::PeKind::kDfp) {
    return make_dfp_network(3, models::Rounding::kNearestEven, false);
  }
  return make_posit_network(3, {arch.posit_bits, arch.posit_es}, false);
}

TEST_CASE("bit-parallel cores: reference, fast inference, SystemC, RTL and recurrences agree",
          "[lockstep]") {
  unsigned cores = 0;
  for (const sim::ArchConfig& built : sim::verilated_core_archs()) {
    if (built.pe == sim::PeKind::kAbs) continue;
    ++cores;
    const auto network = network_for(built);
    for (unsigned bits = 0; bits < 4; ++bits) {
      sim::ArchConfig arch = built;
      if ((bits & 1U) != 0) {
        arch.act_buffer_bytes = 1400 * arch.act_bytes();
        arch.weight_buffer_bytes = 2 * arch.weight_word_bits() / 8 * 5 + 2;
        arch.out_buffer_bytes = 2 * 4 * 64 * arch.postproc_lanes;
        arch.residual_buffer_bytes = 2 * 2 * 64 * arch.postproc_lanes;
      }
      if ((bits & 2U) != 0) arch.dram = {1, 100};
      require_network_runs(network, arch, sim::CycleFidelity::kLockstep, sim::make_verilated_core,
                           bits);
    }
  }
  REQUIRE(cores >= 2);
}

}  // namespace
}  // namespace absim::test
