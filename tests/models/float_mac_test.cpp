// SPDX-License-Identifier: Apache-2.0
// The float MACs' golden arithmetic against the host's fused multiply-add and against an exact
// oracle in wide fixed point; the int8 MAC against 64-bit integers.
#include "models/formats/float_mac.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <vector>

#include "tests/support/float_cases.hpp"
#include "tests/support/float_oracle.hpp"

using namespace absim;
using namespace absim::models;
using test::FloatStratum;
using test::FloatTriple;
using test::Multiplicand;

namespace {

// The unit's own entry, with bfloat16 as its 16-bit codes.
std::uint32_t golden(Multiplicand kind, const FloatTriple& t) {
  if (kind == Multiplicand::kFp32) return fp32_mac(t.a, t.b, t.c);
  return bf16_mac(static_cast<std::uint16_t>(t.a >> 16), static_cast<std::uint16_t>(t.b >> 16),
                  t.c);
}

struct Tally {
  std::uint64_t cases = 0, wrong_host = 0, checked = 0, wrong_oracle = 0, ties = 0, inexact = 0;
  FloatTriple first;  // mismatch
};

// Returns the golden result.
std::uint32_t compare(Tally& tally, Multiplicand kind, const FloatTriple& t, bool with_oracle) {
  const std::uint32_t found = golden(kind, t);
  ++tally.cases;
  bool wrong = found != test::host_fma(t.a, t.b, t.c);
  tally.wrong_host += wrong ? 1U : 0U;
  if (with_oracle) {
    const test::OracleResult oracle = test::oracle_fma(t.a, t.b, t.c);
    ++tally.checked;
    tally.ties += oracle.tie ? 1U : 0U;
    tally.inexact += oracle.inexact ? 1U : 0U;
    tally.wrong_oracle += found != oracle.bits ? 1U : 0U;
    wrong = wrong || found != oracle.bits;
  }
  if (wrong && tally.wrong_host + tally.wrong_oracle <= 2) tally.first = t;
  return found;
}

void require_clean(const Tally& tally) {
  CAPTURE(tally.first.a, tally.first.b, tally.first.c);
  REQUIRE(tally.wrong_host == 0);
  REQUIRE(tally.wrong_oracle == 0);
}

void compare_strata(Multiplicand kind, std::uint64_t each, std::uint64_t oracle_every,
                    std::uint64_t seed) {
  CAPTURE(seed);
  test::FloatRng rng(seed);
  Tally all;
  test::FloatReached reached;
  for (unsigned s = 0; s < test::kFloatStrata; ++s) {
    Tally tally;
    for (std::uint64_t i = 0; i < each; ++i) {
      const FloatTriple t = test::draw(static_cast<FloatStratum>(s), kind, rng);
      reached.note(t, compare(tally, kind, t, i % oracle_every == 0));
    }
    CAPTURE(s);
    require_clean(tally);
    all.cases += tally.cases;
    all.checked += tally.checked;
    if (static_cast<FloatStratum>(s) == FloatStratum::kTie) REQUIRE(tally.ties > tally.checked / 4);
    all.ties += tally.ties;
    all.inexact += tally.inexact;
  }
  REQUIRE(all.cases == each * test::kFloatStrata);
  REQUIRE(all.checked >= all.cases / oracle_every);
  REQUIRE(all.ties > all.checked / 50);
  REQUIRE(all.inexact > all.checked / 4);
  const std::uint64_t some = each / 100;
  CHECK(reached.subnormal_results > some);
  CHECK(reached.subnormal_multiplicands > some);
  CHECK(reached.overflows > some);
  CHECK(reached.largest > some);
  CHECK(reached.exact_zeros > some);
  CHECK(reached.cancelled > some);
  CHECK(reached.nans > some);
  CHECK(reached.invalid > some / 30);  // only infinities give them
  CHECK(reached.negative_zeros > some);
  CHECK(reached.addend_alone > some);
  CHECK(reached.product_alone > some);
}

void compare_specials(Multiplicand kind) {
  const std::vector<std::uint32_t> factors = test::special_values(kind);
  const std::vector<std::uint32_t> addends = test::special_values(Multiplicand::kFp32);
  Tally tally;
  test::FloatReached reached;
  for (const std::uint32_t a : factors) {
    for (const std::uint32_t b : factors) {
      for (const std::uint32_t c : addends) {
        reached.note({a, b, c}, compare(tally, kind, {a, b, c}, true));
      }
    }
  }
  require_clean(tally);
  REQUIRE(tally.cases == factors.size() * factors.size() * addends.size());
  REQUIRE(tally.cases > 250000);
  REQUIRE(tally.ties > 1000);
  REQUIRE(reached.invalid > 500);
  REQUIRE(reached.negative_zeros > 500);
}

}  // namespace

TEST_CASE("the host's fused multiply-add rounds once, to nearest even", "[models][formats]") {
  // 1 + 2^-12, squared, minus 1 + 2^-11: 2^-24 is left only if the product was not rounded
  REQUIRE(test::host_fma(0x3f800800, 0x3f800800, 0xbf801000) == 0x33800000);
  REQUIRE(test::host_fma(0x00000001, 0x3f000000, 0x00000000) == 0x00000000);  // tie to even
  REQUIRE(test::host_fma(0x00000003, 0x3f000000, 0x00000000) == 0x00000002);
}

TEST_CASE("fp32_mac gives the published results of IEEE 754's special cases", "[models][formats]") {
  struct Case {
    FloatTriple in;
    std::uint32_t out;
  };
  const Case cases[] = {
      {{0x40400000, 0x40a00000, 0x3f800000}, 0x41800000},         // 3 * 5 + 1 = 16
      {{0x80000000, 0x3f800000, 0x80000000}, 0x80000000},         // -0 * 1 + -0 = -0
      {{0x80000000, 0x3f800000, 0x00000000}, 0x00000000},         // -0 + +0 = +0
      {{0x3f800000, 0x3f800000, 0xbf800000}, 0x00000000},         // 1 - 1 = +0
      {{0x00000001, 0x80000001, 0x00000000}, 0x80000000},         // underflow keeps the sign
      {{0x7f7fffff, 0x40000000, 0x00000000}, kFp32Infinity},      // overflow
      {{0x7f7fffff, 0x40000000, 0xff7fffff}, 0x7f7fffff},         // only the sum counts
      {{0x7f800000, 0x00000000, 0x3f800000}, kFp32CanonicalNan},  // inf * 0
      {{0x7f800000, 0x3f800000, 0xff800000}, kFp32CanonicalNan},  // inf - inf
      {{0xff800000, 0x3f800000, 0x3f800000}, 0xff800000},
      {{0x3f800000, 0x3f800000, 0xff800000}, 0xff800000},
      {{0x7f800001, 0x3f800000, 0x3f800000}, kFp32CanonicalNan},  // signalling NaN
      {{0x3f800000, 0x3f800000, 0xffc12345}, kFp32CanonicalNan},  // payload and sign are lost
      {{0x00800000, 0x3f000000, 0x00000000}, 0x00400000},         // subnormal result
      {{0x00000001, 0x4b000000, 0x00000000}, 0x00800000},         // subnormal operand
  };
  for (const Case& one : cases) {
    CAPTURE(one.in.a, one.in.b, one.in.c);
    CHECK(fp32_mac(one.in.a, one.in.b, one.in.c) == one.out);
  }
}

TEST_CASE("fp32_mac equals host and oracle on every triple of special values",
          "[models][formats][exhaustive]") {
  compare_specials(Multiplicand::kFp32);
}

TEST_CASE("bf16_mac equals host and oracle on every triple of special values",
          "[models][formats][exhaustive]") {
  compare_specials(Multiplicand::kBf16);
}

TEST_CASE("fp32_mac equals the host on ten million random triples, the oracle on one",
          "[models][formats][random]") {
  compare_strata(Multiplicand::kFp32, 1200000, 10, 71);
}

TEST_CASE("bf16_mac equals the host on ten million random triples, the oracle on some",
          "[models][formats][random]") {
  compare_strata(Multiplicand::kBf16, 1200000, 40, 73);
}

TEST_CASE("a bfloat16 product alone is exact in fp32 unless it leaves the range",
          "[models][formats][random]") {
  const std::uint64_t seed = 79;
  CAPTURE(seed);
  test::FloatRng rng(seed);
  std::uint64_t wrong = 0, exact = 0, subnormal = 0;
  for (int i = 0; i < 10000000; ++i) {
    const auto a = static_cast<std::uint16_t>(rng() >> 48);
    const auto b = static_cast<std::uint16_t>(rng() >> 48);
    const std::uint32_t wide_a = std::uint32_t{a} << 16;
    const std::uint32_t wide_b = std::uint32_t{b} << 16;
    const std::uint32_t found = bf16_mac(a, b, 0);
    wrong += found != test::host_fma(wide_a, wide_b, 0) ? 1U : 0U;
    const std::uint32_t field = found >> 23 & 0xffU;
    if (field == 0) ++subnormal;
    if (field == 0 || field == 255) continue;
    // exact: the product minus itself is nothing
    wrong += bf16_mac(a, b, found ^ 0x80000000U) != 0 ? 1U : 0U;
    ++exact;
  }
  REQUIRE(wrong == 0);
  REQUIRE(exact > 5000000);
  REQUIRE(subnormal > 500000);
}

TEST_CASE("int8_mac is a * b + c modulo 2^32 for every pair", "[models][formats][exhaustive]") {
  const std::int64_t high = std::numeric_limits<std::int32_t>::max();
  const std::int64_t addends[] = {0, 1, -1, 16384, -16384, 1234567, high, high - 16384, -high - 1};
  std::uint64_t wrong = 0, wrapped = 0;
  for (const std::int64_t c : addends) {
    for (int a = -128; a < 128; ++a) {
      for (int b = -128; b < 128; ++b) {
        std::int64_t want = std::int64_t{a} * b + c;
        if (want > high) want -= std::int64_t{1} << 32, ++wrapped;
        if (want < -high - 1) want += std::int64_t{1} << 32, ++wrapped;
        wrong += int8_mac(static_cast<std::int8_t>(a), static_cast<std::int8_t>(b),
                          static_cast<std::int32_t>(c)) != want
                     ? 1U
                     : 0U;
      }
    }
  }
  REQUIRE(wrong == 0);
  REQUIRE(wrapped > 50000);
}
