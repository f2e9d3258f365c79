// SPDX-License-Identifier: Apache-2.0
// The packed descriptor, and what the Verilated core refuses.
#include <catch2/catch.hpp>

#include "models/core/error.hpp"
#include "sim/cosim/job_bits.hpp"
#include "sim/cosim/verilated_core.hpp"

namespace absim::tests {
namespace {

TEST_CASE("pack_job puts the first field into the most significant bits", "[rtl]") {
  sim::JobDescriptor job;
  job.planes = 5;
  job.residual_gain = -2;
  const sim::JobBits bits = sim::pack_job(job);
  REQUIRE(bits[0] == 0xfffffffeU);
  REQUIRE((bits[12] >> (405 - 32 * 12 - 3) & 0xfU) == 5);
  REQUIRE(bits[12] >> (406 - 32 * 12) == 0);
}

TEST_CASE("pack_job refuses fields that their registers cannot hold", "[rtl][negative]") {
  using Catch::Contains;
  sim::JobDescriptor job;
  job.tiles = 65536;
  REQUIRE_THROWS_WITH(sim::pack_job(job),
                      Contains("tiles: found 65536") && Contains("allowed 0 to 65535"));
  job = {};
  job.first_x = -65537;
  REQUIRE_THROWS_AS(sim::pack_job(job), ConfigError);
  job = {};
  job.base.quotient = 1 << 19;
  REQUIRE_THROWS_WITH(sim::pack_job(job),
                      Contains("base: found 524288; allowed -524288 to 524287"));
}

TEST_CASE("make_verilated_core names the shapes that are built", "[rtl][negative]") {
  using Catch::Contains;
  const std::vector<sim::ArchConfig> built = sim::verilated_core_archs();
  REQUIRE(!built.empty());
  sim::ArchConfig arch;
  arch.name = "odd";
  REQUIRE_THROWS_WITH(sim::make_verilated_core(arch),
                      Contains("odd: no Verilated core of the shape 16x16x16") &&
                          Contains("built are " + built[0].name) && Contains("rtl/shapes.cmake"));
  arch = built[0];
  REQUIRE_NOTHROW(sim::make_verilated_core(arch));
  arch.weight_buffer_bytes = 65537;
  REQUIRE_THROWS_WITH(sim::make_verilated_core(arch),
                      Contains("weight_buffer_bytes: found 65537") && Contains("65536"));
}

}  // namespace
}  // namespace absim::tests
