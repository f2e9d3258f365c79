// SPDX-License-Identifier: Apache-2.0
// absim cosim-unit int8_mac, bf16_mac, fp32_mac: the user's vectors through golden arithmetic,
// SystemC and RTL.
#include <catch2/catch.hpp>
#include <cstdio>

#include "tests/support/float_cases.hpp"
#include "tests/support/float_oracle.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

using absim::test::FloatTriple;
using absim::test::Multiplicand;
using absim::test::Outcome;
using absim::test::TempDir;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

std::string hex(std::uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "%x ", value);
  return text;
}

// Expected values by the oracle, which the units do not share.
std::string float_vectors(Multiplicand kind, unsigned each, std::uint64_t seed) {
  absim::test::FloatRng rng(seed);
  std::string text = "# a b c expected\n";
  for (unsigned i = 0; i < each; ++i) {
    for (unsigned s = 0; s < absim::test::kFloatStrata; ++s) {
      const FloatTriple t = absim::test::draw(static_cast<absim::test::FloatStratum>(s), kind, rng);
      const unsigned unused = kind == Multiplicand::kBf16 ? 16 : 0;
      text += hex(t.a >> unused) + hex(t.b >> unused) + hex(t.c) +
              hex(absim::test::oracle_fma(t.a, t.b, t.c).bits) + "\n";
    }
  }
  return text;
}

std::string int8_vectors() {
  std::string text;
  for (int a = -128; a < 128; a += 5) {
    for (int b = -128; b < 128; b += 3) {
      text += std::to_string(a) + " " + std::to_string(b) + " -70000 " +
              std::to_string(a * b - 70000) + "\n";
    }
  }
  return text + "-128 -128 2147483647 -2147467265  # wraps\n";
}

Outcome run(const TempDir& temp, const std::string& unit, const std::string& text,
            const std::vector<std::string>& more = {}) {
  const std::string file = temp.write("vectors.txt", text);
  std::vector<std::string> arguments = {"cosim-unit", unit, "--vectors", "vectors.txt"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return absim::test::run_absim(arguments, temp.path());
}

}  // namespace

TEST_CASE("right vectors of the MACs agree in golden, SystemC and RTL", "[cli][random]") {
  const TempDir temp;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"fp32_mac", float_vectors(Multiplicand::kFp32, 100, 109)},
      {"bf16_mac", float_vectors(Multiplicand::kBf16, 100, 113)}};
  for (const auto& [unit, text] : cases) {
    const Outcome outcome = run(temp, unit, text);
    CAPTURE(unit, outcome.out, outcome.err);
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.out, Contains(unit + ": 900 vectors, 0 mismatches"));
    CHECK_THAT(outcome.out, Contains("cycles SystemC 904, RTL 904"));
  }
  const Outcome outcome = run(temp, "int8_mac", int8_vectors());
  CAPTURE(outcome.out, outcome.err);
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("int8_mac: 4473 vectors, 0 mismatches"));
  CHECK_THAT(outcome.out, Contains("cycles SystemC 4474, RTL 4474"));
}

TEST_CASE("a wrong expected value of a MAC is shown in binary fields and gives status 1",
          "[cli][negative]") {
  const TempDir temp;
  const Outcome fp32 = run(temp, "fp32_mac",
                           "40400000 40a00000 3f800000 0x41800000\n"
                           "3f800000 3f800000 0 bf800001\n");
  CAPTURE(fp32.out, fp32.err);
  CHECK(fp32.status == 1);
  CHECK_THAT(fp32.out,
             StartsWith("vectors.txt:2: expected bf800001 (1_01111111_00000000000000000000001 = "
                        "-1.00000012), golden 3f800000 (0_01111111_00000000000000000000000 = 1), "
                        "SystemC 3f800000 ("));
  CHECK_THAT(fp32.out, Contains("2 vectors, 1 mismatches"));
  const Outcome bf16 = run(temp, "bf16_mac", "3f80 3f80 0 7fc00000\n");
  CHECK(bf16.status == 1);
  CHECK_THAT(bf16.out, StartsWith("vectors.txt:1: expected 7fc00000 "
                                  "(0_11111111_10000000000000000000000 = nan), golden 3f800000 ("));
  const Outcome int8 = run(temp, "int8_mac", "3 -5 1 14\n");
  CHECK(int8.status == 1);
  CHECK_THAT(int8.out,
             StartsWith("vectors.txt:1: expected 14, golden -14, SystemC -14, RTL -14\n"));
}

TEST_CASE("a bad vector of a MAC gives one line and status 2", "[cli][negative]") {
  struct Case {
    const char* unit;
    const char* text;
    const char* message;
  };
  const Case cases[] = {
      {"fp32_mac", "", "vectors.txt: found no vectors; allowed: one a line"},
      {"fp32_mac", "0 0 0\n",
       "vectors.txt:1: expected: found the end of the line; allowed: 32 bits"},
      {"fp32_mac", "\n0 0 1ffffffff 0\n",
       "vectors.txt:2: c: found '1ffffffff'; allowed: 32 bits in hexadecimal, 0..ffffffff"},
      {"fp32_mac", "1.5 0 0 0\n", "vectors.txt:1: a: found '1.5'; allowed: 32 bits"},
      {"fp32_mac", "0 0 0 0 0\n",
       "vectors.txt:1: found more fields ('0'); allowed: a b c expected"},
      {"bf16_mac", "0 10000 0 0\n",
       "vectors.txt:1: b: found '10000'; allowed: 16 bits in hexadecimal, 0..ffff"},
      {"int8_mac", "128 0 0 0\n",
       "vectors.txt:1: a: found '128'; allowed: a whole number -128..127"},
      {"int8_mac", "0 -129 0 0\n", "vectors.txt:1: b: found '-129'; allowed: a whole number"},
      {"int8_mac", "0 0 2147483648 0\n", "vectors.txt:1: c: found '2147483648'; allowed: a whole"},
      {"int8_mac", "0 0 0 0x1\n", "vectors.txt:1: expected: found '0x1'; allowed: a whole number"},
  };
  const TempDir temp;
  for (const Case& one : cases) {
    const Outcome outcome = run(temp, one.unit, one.text);
    CAPTURE(one.unit, one.text, outcome.out, outcome.err);
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, StartsWith(std::string("absim cosim-unit: ") + one.message));
    CHECK(outcome.out.empty());
  }
  const Outcome outcome = run(temp, "fp32_mac", "0 0 0 0\n", {"--param", "lanes=4"});
  CAPTURE(outcome.err);
  CHECK(outcome.status == 2);
  CHECK_THAT(outcome.err, StartsWith("absim cosim-unit: --param: found 'lanes'"));
}
