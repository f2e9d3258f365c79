// SPDX-License-Identifier: Apache-2.0
// SystemC and RTL under random stalls of every stream, without DMA: same outputs on every clock,
// right values.
#include <catch2/catch.hpp>

#include "sim/cosim/verilated_core.hpp"
#include "sim/system/lockstep_core.hpp"
#include "sim/units/core.hpp"
#include "tests/support/systemc_stalls.hpp"

namespace absim::sim {

TEST_CASE("SystemC and RTL agree on every clock under random stalls", "[lockstep][random]") {
  test::run_stall_rounds({89, 18, 8, [](const ArchConfig& arch) {
                            return std::make_unique<LockstepCore>(
                                std::make_unique<SystemCCore>("core", arch),
                                make_verilated_core(arch));
                          }});
}

}  // namespace absim::sim
