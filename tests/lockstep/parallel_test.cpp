// SPDX-License-Identifier: Apache-2.0
// Networks of bit-parallel formats in lock-step on every Verilated core of their kind: reference =
// fast inference = SystemC = RTL, bit for bit, and the recurrences' cycles.
#include <catch2/catch.hpp>

#include <string>

#include "models/network/dump.hpp"
#include "sim/cosim/verilated_core.hpp"
#include "tests/support/parallel_cases.hpp"
#include "tests/support/parallel_networks.hpp"

namespace absim::test {
namespace {

models::QuantizedNetwork network_for(const sim::ArchConfig& arch) {
  if (arch.pe == sim::PeKind::kDfp) {
    return make_dfp_network(3, models::Rounding::kNearestEven);
  }
  return make_posit_network(3, {arch.posit_bits, arch.posit_es});
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

/// One image of the shipped dump through the Verilated core of its format.
void require_resnet20(const std::string& dump) {
  const auto network = models::read_dump(ABSIM_SOURCE_DIR "/traces/" + dump);
  unsigned cores = 0;
  for (const sim::ArchConfig& built : sim::verilated_core_archs()) {
    const sim::ArchConfig fitting = with_pe(built, network);
    if (built.pe != fitting.pe || built.posit_bits != fitting.posit_bits ||
        built.posit_es != fitting.posit_es) {
      continue;
    }
    ++cores;
    require_network_runs(network, built, sim::CycleFidelity::kLockstep, sim::make_verilated_core, 5);
  }
  REQUIRE(cores == 1);
}

TEST_CASE("ResNet-20 in DFP: one image in lock-step equals the reference", "[lockstep]") {
  require_resnet20("resnet20_cifar10_sdfp8");
}
TEST_CASE("ResNet-20 in posit(8,1): one image in lock-step equals the reference", "[lockstep]") {
  require_resnet20("resnet20_cifar10_posit8_1");
}
TEST_CASE("ResNet-20 in posit(16,1): one image in lock-step equals the reference",
          "[lockstep][slow]") {
  require_resnet20("resnet20_cifar10_posit16_1");
}

}  // namespace
}  // namespace absim::test
