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
  job.rounding = 4;
  job.residual_exponent = -3;
  job.offset_shift = 0xa5;
  const sim::JobBits bits = sim::pack_job(job);
  REQUIRE((bits[0] & 0xffU) == 0xa5U);               // offset_shift
  REQUIRE((bits[0] >> 8 & 0x3ffU) == 0x3fdU);        // residual_exponent
  REQUIRE((bits[0] >> 28 & 0x7U) == 4);              // rounding
  REQUIRE(bits[1] == 0xfffffffeU);                   // residual_gain
  REQUIRE((bits[13] >> (439 - 32 * 13 - 3) & 0xfU) == 5);
  REQUIRE(bits[13] >> (440 - 32 * 13) == 0);
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
