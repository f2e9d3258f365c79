// SPDX-License-Identifier: Apache-2.0
// absim cosim-unit: the user's vectors through golden arithmetic, SystemC and RTL.
#include <catch2/catch.hpp>

#include <random>

#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

using absim::test::Outcome;
using absim::test::TempDir;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

/// The weight at truncation length t, from its definition bit by bit.
long weight(bool bwb, unsigned t, unsigned code) {
  long value = 0;
  for (unsigned plane = 0; plane < t; ++plane) {
    const bool bit = (code >> (7 - plane) & 1U) != 0;
    const long place = 1L << (t - 1 - plane);
    if (bwb) {
      value += bit ? place : -place;
    } else if (bit) {
      value += plane == 0 ? -place : place;
    }
  }
  return value;
}

std::string vectors(bool bwb, bool is_signed, std::size_t count, std::uint64_t seed, long fault) {
  std::mt19937_64 random(seed);
  std::string text = "# t K a.. w.. expected\n\n";
  for (std::size_t i = 0; i < count; ++i) {
    const auto t = static_cast<unsigned>(1 + random() % 8);
    const std::size_t length = 1 + random() % 40;
    std::string acts;
    std::string codes;
    long sum = 0;
    for (std::size_t k = 0; k < length; ++k) {
      const long a = static_cast<long>(random() % 256) - (is_signed ? 128 : 0);
      const auto code = static_cast<unsigned>(random() % 256);
      acts += " " + std::to_string(a);
      codes += " " + std::to_string(code);
      sum += a * weight(bwb, t, code);
    }
    text += std::to_string(t) + "  " + std::to_string(length) + acts + "\t" + codes + " " +
            std::to_string(sum + (i + 1 == count ? fault : 0)) + "  # vector " +
            std::to_string(i) + "\n";
  }
  return text;
}

Outcome run(const TempDir& temp, const std::string& text, std::vector<std::string> parameters = {}) {
  const std::string file = temp.write("vectors.txt", text);
  std::vector<std::string> arguments = {"cosim-unit", "abs_pe", "--vectors", "vectors.txt"};
  for (const std::string& parameter : parameters) {
    arguments.insert(arguments.end(), {"--param", parameter});
  }
  return absim::test::run_absim(arguments, temp.path());
}

}  // namespace

TEST_CASE("right vectors agree in golden, SystemC and RTL, in every mode", "[cli][random]") {
  const TempDir temp;
  for (const bool bwb : {true, false}) {
    for (const bool is_signed : {false, true}) {
      for (const char* order : {"progressive", "stationary"}) {
        CAPTURE(bwb, is_signed, order);
        const Outcome outcome =
            run(temp, vectors(bwb, is_signed, 50, 1, 0),
                {bwb ? "encoding=bwb" : "encoding=twos_complement",
                 is_signed ? "activations=signed" : "activations=unsigned",
                 std::string("order=") + order, "lanes=16"});
        CAPTURE(outcome.out, outcome.err);
        CHECK(outcome.status == 0);
        CHECK_THAT(outcome.out, Contains("50 vectors, 0 mismatches"));
      }
    }
  }
}

TEST_CASE("a wrong expected value is reported with its line and gives status 1", "[cli][negative]") {
  const TempDir temp;
  const Outcome outcome = run(temp, vectors(true, false, 10, 2, 1));
  CAPTURE(outcome.out, outcome.err);
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.out, StartsWith("vectors.txt:12: expected "));
  CHECK_THAT(outcome.out, Contains("golden "));
  CHECK_THAT(outcome.out, Contains("10 vectors, 1 mismatches"));
}

TEST_CASE("a bad vector file gives one line and status 2", "[cli][negative]") {
  struct Case {
    std::string text;
    std::string message;
  };
  const std::vector<Case> cases = {
      {"", "vectors.txt: found no vectors; allowed: one a line"},
      {"# only a comment\n", "vectors.txt: found no vectors; allowed: one a line"},
      {"8 1 1 1\n", "vectors.txt:1: expected: found the end of the line; allowed: a whole number"},
      {"\n9 1 1 1 1\n", "vectors.txt:2: t: found '9'; allowed: a whole number 1..8"},
      {"8 0 1\n", "vectors.txt:1: K: found '0'; allowed: a whole number 1..16384"},
      {"8 1 256 1 1\n", "vectors.txt:1: a_1: found '256'; allowed: a whole number 0..255"},
      {"8 1 -1 1 1\n", "vectors.txt:1: a_1: found '-1'; allowed: a whole number 0..255"},
      {"8 1 1 256 1\n", "vectors.txt:1: w_1: found '256'; allowed: a whole number 0..255"},
      {"8 2 1 1 1 x 1\n", "vectors.txt:1: w_2: found 'x'; allowed: a whole number 0..255"},
      {"8 1 1 1 1 1\n", "vectors.txt:1: found more fields ('1')"},
      {"8 1 1 1 0x10\n", "vectors.txt:1: expected: found '0x10'; allowed: a whole number"},
  };
  const TempDir temp;
  for (const Case& one : cases) {
    const Outcome outcome = run(temp, one.text);
    CAPTURE(one.text, outcome.out);
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, StartsWith("absim cosim-unit: " + one.message));
    CHECK(outcome.out.empty());
  }
}

TEST_CASE("bad parameters of a unit give one line and status 2", "[cli][negative]") {
  const TempDir temp;
  const std::string good = "8 1 1 255 255\n";
  CHECK(run(temp, good).status == 0);
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"encoding=gray", "--param encoding: found 'gray'; allowed: bwb, twos_complement"},
      {"activations=s8", "--param activations: found 's8'; allowed: unsigned, signed"},
      {"order=lsb", "--param order: found 'lsb'; allowed: progressive, stationary"},
      {"lanes=0", "--param lanes: found '0'; allowed: 1..255"},
      {"lane=16", "--param: found 'lane' (is 'lanes' meant?)"},
      {"lanes=13", ""},  // a legal number, but not built: the message lists what is
  };
  for (const auto& [parameter, message] : cases) {
    const Outcome outcome = run(temp, good, {parameter});
    CAPTURE(parameter, outcome.err);
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, StartsWith("absim cosim-unit: " + message));
  }
}
