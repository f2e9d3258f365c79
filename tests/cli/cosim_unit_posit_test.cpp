// SPDX-License-Identifier: Apache-2.0
// absim cosim-unit posit_pe and posit_decoder: the user's vectors, and every complaint. Expected
// values come from tables and from double arithmetic, not from the program's own posits.
#include <catch2/catch.hpp>

#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

using absim::test::Outcome;
using absim::test::TempDir;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

Outcome run(const TempDir& temp, const std::string& unit, const std::string& text,
            const std::vector<std::string>& parameters) {
  static_cast<void>(temp.write("vectors.txt", text));
  std::vector<std::string> arguments = {"cosim-unit", unit, "--vectors", "vectors.txt"};
  for (const std::string& parameter : parameters) {
    arguments.insert(arguments.end(), {"--param", parameter});
  }
  return absim::test::run_absim(arguments, temp.path());
}

}  // namespace

TEST_CASE("posit_pe agrees with sums known beforehand, in every built format", "[cli]") {
  struct Case {
    std::vector<std::string> parameters;
    std::string vectors;
  };
  const std::vector<Case> cases = {
      // 1 * 1; maxpos * maxpos; 2^-6 - 2^-6; NaR * 0; 32 * 1 + 24 * 1
      {{"n=8", "es=0"}, "1 40 40 40\n1 7f 7f 7f\n2 01 40 ff 40 00\n1 80 00 80\n2 7e 40 7d 40 7f\n"},
      // minpos + minpos is a tie between 01 and 02
      {{"n=8", "es=1"}, "2 01 40 01 40 02\r\n1 01 01 01  # below minpos\n1 c8 40 c8\n"},
      // 2^20 + 2^18 lies below the rounding point 2^22
      {{"n=8", "es=2"}, "2 7e 40 7d 40 7e\n3 7f 7f 81 7f 01 40 01\n"},
      {{"n=16", "es=1"}, "1 5a3d 4000 5a3d\n2 5a3d 4000 a5c3 4000 0000\n"},
      {{"n=16", "es=2"}, "1 0x4c91 0x4000 4c91\n1 7fff 7fff 7fff\n"},
      {{"n=7", "es=1"}, "1 20 20 20\n1 3f 41 41\n"},
      // The chain loses minpos beside maxpos, the quire does not.
      {{"n=8", "es=1", "accumulate=chain"}, "3 7f 40 01 40 81 40 00\n"},
      {{"n=8", "es=1", "accumulate=quire"}, "3 7f 40 01 40 81 40 01\n"},
      {{"n=8", "es=1", "accumulate=window"}, "3 7f 40 01 40 81 40 01\n"},
      // Below the window: 0; above it: 2^2 - 2^-1 = 3.5
      {{"n=8", "es=1", "accumulate=window", "window=-1:2"}, "1 01 40 00\n1 7f 40 5c\n1 81 40 a4\n"},
      // 100 lies between 96 and 128: nearest is 96; 1.5 * 1.5 = 2.25 is a word
      {{"n=8", "es=1", "rounding=toward_zero"}, "1 48 48 52\n"},
  };
  const TempDir temp;
  for (const Case& one : cases) {
    const Outcome outcome = run(temp, "posit_pe", one.vectors, one.parameters);
    CAPTURE(one.parameters, one.vectors, outcome.out, outcome.err);
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.out, Contains(" 0 mismatches (expected = golden = SystemC = RTL)"));
  }
}

TEST_CASE("posit_pe shows a wrong expected value in binary fields", "[cli][negative]") {
  const TempDir temp;
  const Outcome outcome =
      run(temp, "posit_pe", "1 40 40 40\n# next is wrong\n1 40 a7 59\n", {"n=8", "es=1"});
  CAPTURE(outcome.out, outcome.err);
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.out, StartsWith("vectors.txt:3: "));
  CHECK_THAT(outcome.out,
             Contains("expected 59 = 3.125 (sign 0, regime 10, exponent 1, fraction 1001)"));
  CHECK_THAT(outcome.out,
             Contains("golden   a7 = -3.125 (sign 1, regime 10, exponent 1, fraction 1001)"));
  CHECK_THAT(outcome.out, Contains("RTL      a7 = -3.125"));
  CHECK_THAT(outcome.out, Contains("2 vectors, 1 mismatches"));
}

TEST_CASE("posit_pe prints 20 mismatches and counts all", "[cli][negative]") {
  const TempDir temp;
  std::string text;
  for (int line = 0; line < 30; ++line) text += "1 40 40 41\n";
  const Outcome outcome = run(temp, "posit_pe", text, {});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.out, Contains("vectors.txt:20: ") && !Contains("vectors.txt:21: "));
  CHECK_THAT(outcome.out, Contains("... and 10 more") && Contains("30 vectors, 30 mismatches"));
}

TEST_CASE("posit_decoder agrees with fields known beforehand", "[cli]") {
  const TempDir temp;
  // -pi in posit(8,1); maxpos has no terminator; minpos
  const Outcome narrow = run(temp, "posit_decoder",
                             "a7 1 0 1 9\n7f 0 6 0 0\n01 0 -6 0 0\n40 0 0 0 0\n00 zero\n80 nar\n",
                             {"n=8", "es=1"});
  CAPTURE(narrow.out, narrow.err);
  CHECK(narrow.status == 0);
  // (8,2): 7d has one exponent bit left, so e = 2
  const Outcome partial = run(temp, "posit_decoder", "7d 0 4 2 0\n", {"n=8", "es=2"});
  CAPTURE(partial.out, partial.err);
  CHECK(partial.status == 0);
  const Outcome wrong = run(temp, "posit_decoder", "a7 1 0 1 8\n00 nar\n", {"n=8", "es=1"});
  CAPTURE(wrong.out, wrong.err);
  CHECK(wrong.status == 1);
  CHECK_THAT(wrong.out, Contains("expected sign 1, regime 0, exponent 1, fraction 1000"));
  CHECK_THAT(wrong.out, Contains("RTL      sign 1, regime 0, exponent 1, fraction 1001"));
  CHECK_THAT(wrong.out, Contains("2 vectors, 2 mismatches"));
}

TEST_CASE("bad parameters and vectors of posit units give one line and status 2",
          "[cli][negative]") {
  struct Case {
    std::string unit;
    std::vector<std::string> parameters;
    std::string text;
    std::string message;
  };
  const std::string good = "1 40 40 40\n";
  const std::vector<Case> cases = {
      {"posit_pe", {"n=2"}, good, "--param n, es: found posit(2,1); allowed: 3 to 16 bits"},
      {"posit_pe", {"n=17"}, good, "--param n, es: found posit(17,1)"},
      {"posit_pe", {"es=3"}, good, "--param n, es: found posit(8,3)"},
      {"posit_pe", {"es=x"}, good, "--param es: found 'x'; allowed: 0..1000"},
      {"posit_pe", {"n=12"}, good, "posit units: found posit(12,1); Verilated are"},
      {"posit_pe", {"nn=8"}, good, "--param: found 'nn' (is 'n' meant?)"},
      {"posit_pe", {"accumulate=tree"}, good, "--param accumulate: found 'tree'; allowed: quire, "},
      {"posit_pe", {"window=0:4"}, good, "--param window: found a window; allowed: only with "},
      {"posit_pe", {"accumulate=window", "window=4"}, good, "--param window: found '4'; allowed: L:M"},
      {"posit_pe", {"accumulate=window", "window=-25:4"}, good, "--param window: found -25:4; "},
      {"posit_pe", {"accumulate=window", "window=0:26"}, good, "--param window: found 0:26; "},
      {"posit_pe", {"accumulate=window", "window=4:4"}, good, "--param window: found 4:4; "},
      {"posit_pe", {}, "1 40 40\n", "vectors.txt:1: expected: found the end of the line; allowed: 8 "},
      {"posit_pe", {}, "2 40 40 40\n", "vectors.txt:1: b_2: found the end of the line"},
      {"posit_pe", {}, "1 40 40 40 40\n", "vectors.txt:1: found more fields ('40'); allowed: K, K "},
      {"posit_pe", {}, "0 40\n", "vectors.txt:1: K: found '0'; allowed: a whole number 1..16384"},
      {"posit_pe", {"accumulate=window"}, "513 40\n", "vectors.txt:1: K: found '513'; allowed: a "},
      {"posit_pe", {}, "\n1 140 40 40\n", "vectors.txt:2: a_1: found '140'; allowed: 8 bits in hex"},
      {"posit_pe", {"n=7"}, "1 40 80 40\n", "vectors.txt:1: b_1: found '80'; allowed: 7 bits in "},
      {"posit_pe", {}, "1 4g 40 40\n", "vectors.txt:1: a_1: found '4g'"},
      {"posit_pe", {}, "# none\n", "vectors.txt: found no vectors"},
      {"posit_decoder", {}, "40 2 0 0 0\n", "vectors.txt:1: sign: found '2'; allowed: 0, 1, zero, "},
      {"posit_decoder", {}, "40 0 7 0 0\n", "vectors.txt:1: regime: found '7'"},
      {"posit_decoder", {}, "40 0 0 2 0\n", "vectors.txt:1: exponent: found '2'"},
      {"posit_decoder", {}, "40 0 0 0 10\n", "vectors.txt:1: fraction: found '10'"},
      {"posit_decoder", {}, "00 zero 0\n", "vectors.txt:1: found more fields"},
      {"posit_decoder", {"accumulate=quire"}, "00 zero\n", "--param: found 'accumulate'"},
  };
  const TempDir temp;
  for (const Case& one : cases) {
    const Outcome outcome = run(temp, one.unit, one.text, one.parameters);
    CAPTURE(one.parameters, one.text, outcome.out, outcome.err);
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, StartsWith("absim cosim-unit: " + one.message));
    CHECK(outcome.out.empty());
  }
}
