// SPDX-License-Identifier: Apache-2.0
// Results that must not move unnoticed: results.csv of a small sweep, byte for byte. A commit that means to move them
// runs scripts/update_golden.sh and says why.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/support/small_sweep.hpp"

using absim::test::SmallSweep;

namespace {

constexpr const char* kGolden = ABSIM_SOURCE_DIR "/tests/regression/golden/small_sweep.csv";

/// A golden file without its comment.
std::string golden() {
  std::istringstream in(absim::test::read_text(kGolden));
  std::string text;
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("# ", 0) != 0) text += line + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("results.csv of the small sweep is the golden one", "[regression]") {
  const SmallSweep small;
  small.write("sweep.yaml", small.read("sweep.yaml") +
                                "sweep:\n"
                                "  arch.plane_order: [progressive, stationary]\n"
                                "  arch.act_buffer_bytes: [1024, 4096]\n");
  const auto outcome = small.sweep();
  CAPTURE(outcome.err);
  REQUIRE(outcome.status == 0);
  const std::string found = small.read("out/results.csv");
  if (std::getenv("ABSIM_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(kGolden) << "# Made by scripts/update_golden.sh: the sweep of tests/support/"
                              "small_sweep.cpp, tests/regression/golden_test.cpp.\n"
                           << found;
    WARN("golden file written");
    return;
  }
  std::istringstream expected(golden());
  std::istringstream lines(found);
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line); ++number) {
    std::string wanted;
    std::getline(expected, wanted);
    CAPTURE(number);
    REQUIRE(line == wanted);
  }
  CHECK(found == golden());
}
