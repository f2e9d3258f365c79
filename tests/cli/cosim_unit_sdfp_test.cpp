// SPDX-License-Identifier: Apache-2.0
// absim cosim-unit sdfp_shifter: the user's vectors through golden arithmetic, SystemC and RTL.
#include <catch2/catch.hpp>

#include "models/formats/dfp.hpp"
#include "tests/support/program.hpp"
#include "tests/support/sdfp_oracle.hpp"
#include "tests/support/temp_dir.hpp"

using absim::models::IntegerRange;
using absim::test::Outcome;
using absim::test::TempDir;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

struct Vectors {
  std::string text;
  std::size_t count = 0, saturated = 0, underflowed = 0;
};

Vectors random_vectors(IntegerRange range) {
  std::mt19937_64 random(7);
  Vectors vectors;
  for (const absim::models::Rounding rounding : absim::test::kAllRoundings) {
    for (int shift = -40; shift <= 60; ++shift) {
      const std::int32_t acc = absim::test::interesting_accumulator(random, shift);
      const auto dither = static_cast<std::uint32_t>(random() % 65536);
      const auto e = absim::test::sdfp_oracle(acc, shift, rounding, range, dither);
      vectors.text += std::to_string(acc) + " " + std::to_string(shift) + " " +
                      rounding_name(rounding) + " " + std::to_string(dither) + " " +
                      std::to_string(e.value) + "\n";
      ++vectors.count;
      vectors.saturated += e.saturated;
      vectors.underflowed += e.underflowed;
    }
  }
  return vectors;
}

Outcome run(const TempDir& temp, const std::string& text, const std::string& parameter = {}) {
  const std::string file = temp.write("vectors.txt", text);
  CAPTURE(file);
  std::vector<std::string> arguments = {"cosim-unit", "sdfp_shifter", "--vectors", "vectors.txt"};
  if (!parameter.empty()) arguments.insert(arguments.end(), {"--param", parameter});
  return absim::test::run_absim(arguments, temp.path());
}

}  // namespace

TEST_CASE("right requantisations agree in golden, SystemC and RTL", "[cli][random]") {
  const TempDir temp;
  for (const bool full : {false, true}) {
    const Vectors vectors = random_vectors({full ? -128 : -127, 127});
    REQUIRE(vectors.saturated > 50);
    REQUIRE(vectors.underflowed > 50);
    const Outcome outcome = run(temp, vectors.text, full ? "range=full" : "range=symmetric");
    CAPTURE(full, outcome.out, outcome.err);
    CHECK(outcome.status == 0);
    CHECK(outcome.out ==
          "sdfp_shifter: " + std::to_string(vectors.count) +
              " vectors, 0 mismatches (expected = golden = SystemC = RTL); saturated " +
              std::to_string(vectors.saturated) + ", underflowed " +
              std::to_string(vectors.underflowed) + "\n");
  }
}

TEST_CASE("a wrong requantisation is reported with its line", "[cli][negative]") {
  const TempDir temp;
  const Outcome outcome = run(temp, "# ties\n3 1 nearest_even 0 2\n5 1 nearest_even 0 3\n");
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.out, StartsWith("vectors.txt:3: expected 3, golden 2, SystemC 2, RTL 2\n"));
  CHECK_THAT(outcome.out, Contains("2 vectors, 1 mismatches"));
  // -128 is only in the full range, and the default is the symmetric one
  CHECK(run(temp, "-128 0 floor 0 -127\n").status == 0);
  CHECK(run(temp, "-128 0 floor 0 -127\n", "range=full").status == 1);
}

TEST_CASE("bad requantisation vectors give one line and status 2", "[cli][negative]") {
  const std::pair<std::string, std::string> cases[] = {
      {"2147483648 0 floor 0 0\n", "vectors.txt:1: accumulator: found '2147483648'"},
      {"0 512 floor 0 0\n", "vectors.txt:1: shift: found '512'; allowed: a whole number -512..511"},
      {"0 0 up 0 0\n", "vectors.txt:1: rounding: found 'up'; allowed: nearest_even, half_away"},
      {"0 0 floor 65536 0\n", "vectors.txt:1: random: found '65536'"},
      {"0 0 floor 0\n", "vectors.txt:1: expected: found the end of the line"},
      {"0 0 floor 0 0 0\n", "vectors.txt:1: found more fields ('0')"},
  };
  const TempDir temp;
  for (const auto& [text, message] : cases) {
    const Outcome outcome = run(temp, text);
    CAPTURE(text, outcome.err);
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, StartsWith("absim cosim-unit: " + message));
    CHECK(outcome.out.empty());
  }
  const Outcome outcome = run(temp, "0 0 floor 0 0\n", "range=wide");
  CHECK(outcome.status == 2);
  CHECK_THAT(outcome.err, StartsWith("absim cosim-unit: --param range: found 'wide'; allowed: "
                                     "symmetric, full"));
}
