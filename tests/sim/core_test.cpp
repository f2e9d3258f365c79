// SPDX-License-Identifier: Apache-2.0
// The SystemC core alone, without DMA: right values whatever the streams do.
#include "sim/units/core.hpp"

#include <catch2/catch.hpp>

#include "tests/support/systemc_stalls.hpp"

namespace absim::sim {

TEST_CASE("the core loses and repeats no word under random stalls of every stream",
          "[sim][random]") {
  test::run_stall_rounds({83, 24, 4, [](const ArchConfig& arch) {
                            return std::make_unique<SystemCCore>("core", arch);
                          }});
}

}  // namespace absim::sim
