// SPDX-License-Identifier: Apache-2.0
// A network with pools through the program: rows of its own in every result, clocked runs that
// agree with the formulas, and a report of what was compared.
#include <catch2/catch.hpp>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/small_sweep.hpp"
#include "tests/support/test_networks.hpp"

using absim::test::SmallSweep;
using Catch::Matchers::Contains;

namespace {

SmallSweep pooled(std::size_t images = 3) { return {absim::test::make_pool_network(6), images}; }

/// Fields of the row of a layer at the sweep's first point.
std::vector<std::string> row_of(const std::string& csv, const std::string& layer) {
  std::istringstream in(csv);
  for (std::string line; std::getline(in, line);) {
    std::vector<std::string> fields;
    std::istringstream fields_in(line);
    for (std::string field; std::getline(fields_in, field, ',');) fields.push_back(field);
    if (fields.at(9) == layer) return fields;
  }
  FAIL("no row of " << layer);
  return {};
}

}  // namespace

TEST_CASE("pools have rows with cycles, stalls and energy like other layers", "[cli]") {
  const SmallSweep small = pooled();
  const auto outcome = small.sweep();
  CAPTURE(outcome.err);
  REQUIRE(outcome.status == 0);
  const std::string csv = small.read("out/results.csv");
  for (const char* pool : {"max", "shortcut", "max_signed", "mean_signed", "mean"}) {
    CAPTURE(pool);
    const auto row = row_of(csv, pool);
    CHECK(row[10] == "0");            // multiply-accumulates
    CHECK(std::stoull(row[12]) > 0);  // cycles in which the pooling unit worked
    CHECK(std::stoull(row[11]) == std::stoull(row[12]) + std::stoull(row[13]));
    CHECK(std::stod(row[16]) == 0.0);  // the array
    CHECK(std::stod(row[19]) > 0.0);   // additions, comparisons, divisions
    CHECK(std::stod(row[21]) > std::stod(row[18]));
  }
}

TEST_CASE("a clocked run of a network with pools agrees with the formulas and says so", "[cli]") {
  const std::pair<const char*, const char*> fidelities[] = {
      {"systemc", "the core idle"},
#ifdef ABSIM_WITH_RTL
      {"rtl", "the RTL core idle"},
      {"lockstep", "both cores idle, equal on every clock"},
#endif
  };
  const SmallSweep small = pooled();
  for (const auto& [fidelity, cores] : fidelities) {
    const auto outcome = small.run(
        {"cosim", "sweep.yaml", "--fidelity", fidelity, "--truncation", "3", "--images", "2"});
    CAPTURE(fidelity, outcome.err);
    REQUIRE(outcome.status == 0);
    CHECK_THAT(outcome.out,
               Contains("No difference: ") &&
                   Contains("Point 0: 5 of 11 layers are pooling layers: the pooling unit is "
                            "SystemC only, its values = exact inference, its cycles and events = "
                            "formulas; " +
                            std::string(cores) + "\n"));
  }
}

TEST_CASE("a pool that does not fit ends with its layer, buffer and the size that would", "[cli]") {
  const SmallSweep small = pooled();
  CHECK_THAT(small.complaint({"--set", "arch.pool_in_buffer_bytes=64"}),
             Contains("layer 'max' (max_pool): pool_in_buffer_bytes: 64 bytes are too few for one "
                      "output row's input (3 rows of 10 pixels) of 16 channels, twice; at least "
                      "1920 bytes fit"));
  CHECK_THAT(
      small.complaint({"--set", "arch.pool_in_buffer_bytes=63"}),
      Contains("arch.pool_in_buffer_bytes: found 63; allowed: at least 64 bytes, one word in "
               "each slot (2 slots x 2 x pool_lanes)"));
  CHECK_THAT(small.complaint({"--set", "arch.pool_lanes=256"}),
             Contains("arch.pool_lanes: found '256'; allowed: a whole number 1..255"));
}
