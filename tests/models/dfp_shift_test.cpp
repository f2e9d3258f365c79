// SPDX-License-Identifier: Apache-2.0
// The requantiser against exact division: every accumulator near every 8-bit code at small shifts,
// random 32-bit accumulators at all shifts, and the corner cases by hand.
#include <catch2/catch.hpp>

#include <limits>

#include "tests/support/sdfp_oracle.hpp"

using absim::models::DfpCounters;
using absim::models::IntegerRange;
using absim::models::Rounding;
using absim::models::sdfp_shift;
using absim::test::kAllRoundings;
using absim::test::sdfp_oracle;
using absim::test::SdfpResult;

namespace {

constexpr std::int32_t kMin = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t kMax = std::numeric_limits<std::int32_t>::max();
constexpr IntegerRange kRanges[] = {{-127, 127}, {-128, 127}};
constexpr std::uint32_t kDithers[] = {0, 1, 0x7fff, 0x8000, 65535};

struct Tally {
  std::uint64_t wrong = 0, values = 0, saturated = 0, underflowed = 0, ties = 0, carried = 0;

  void compare(std::int32_t acc, int shift, Rounding rounding, IntegerRange range,
               std::uint32_t random) {
    DfpCounters counters;
    const SdfpResult want = sdfp_oracle(acc, shift, rounding, range, random);
    wrong += sdfp_shift(acc, shift, rounding, range, random, &counters) != want.value;
    wrong += counters.values != 1 || counters.saturated != (want.saturated ? 1U : 0U) ||
             counters.underflowed != (want.underflowed ? 1U : 0U);
    ++values;
    saturated += want.saturated;
    underflowed += want.underflowed;
    ties += want.tie;
    carried += want.carried;
  }
};

}  // namespace

TEST_CASE("the requantiser is exact around every 8-bit result at small shifts",
          "[models][exhaustive]") {
  Tally tally;
  for (const IntegerRange range : kRanges) {
    for (const Rounding rounding : kAllRoundings) {
      for (int shift = -8; shift <= 8; ++shift) {
        // Two codes beyond the range on either side, all that rounds to them
        const int limit = shift > 0 ? 131 << shift : 131;
        for (int acc = -limit; acc <= limit; ++acc) {
          tally.compare(acc, shift, rounding, range,
                        kDithers[static_cast<unsigned>(acc + limit) % 5]);
        }
      }
    }
  }
  REQUIRE(tally.wrong == 0);
  REQUIRE(tally.saturated > 10000);
  REQUIRE(tally.underflowed > 1000);
  REQUIRE(tally.ties > 10000);
  REQUIRE(tally.carried > 100);
}

TEST_CASE("the requantiser is exact beside every code boundary at larger shifts",
          "[models][exhaustive]") {
  Tally tally;
  for (const IntegerRange range : kRanges) {
    for (const Rounding rounding : kAllRoundings) {
      for (int shift = 9; shift <= 23; ++shift) {
        for (std::int64_t halves = -262; halves <= 262; ++halves) {
          for (int beside = -2; beside <= 2; ++beside) {
            // 2^31 itself is no accumulator; every 8-bit code's boundaries are, up to shift 23.
            const std::int64_t acc = halves * (std::int64_t{1} << (shift - 1)) + beside;
            if (acc < kMin || acc > kMax) continue;
            for (const std::uint32_t random : kDithers) {
              tally.compare(static_cast<std::int32_t>(acc), shift, rounding, range, random);
            }
          }
        }
      }
    }
  }
  REQUIRE(tally.wrong == 0);
  REQUIRE(tally.ties > 10000);
  REQUIRE(tally.carried > 1000);
}

TEST_CASE("the requantiser is exact for random accumulators at all shifts", "[models][random]") {
  constexpr std::uint64_t kSeed = 811;
  std::mt19937_64 random(kSeed);
  Tally tally;
  for (const IntegerRange range : kRanges) {
    for (const Rounding rounding : kAllRoundings) {
      for (int shift = -40; shift <= 50; ++shift) {
        for (int n = 0; n < 1000; ++n) {
          const auto word = static_cast<std::uint32_t>(random() >> 32);
          const std::int32_t acc = n % 2 == 0 ? static_cast<std::int32_t>(word)
                                              : absim::test::interesting_accumulator(random, shift);
          tally.compare(acc, shift, rounding, range, static_cast<std::uint32_t>(random() % 65536));
        }
      }
      for (const int shift : {kMin, -1000, -512, 511, 1000, kMax}) {
        for (const std::int32_t acc : {0, 1, -1, 127, kMin, kMax}) {
          tally.compare(acc, shift, rounding, range, 65535);
        }
      }
    }
  }
  CAPTURE(kSeed, tally.saturated, tally.underflowed, tally.ties, tally.carried);
  REQUIRE(tally.wrong == 0);
  REQUIRE(tally.saturated > 10000);
  REQUIRE(tally.underflowed > 10000);
  REQUIRE(tally.ties > 1000);
  REQUIRE(tally.carried > 100);
}

TEST_CASE("the requantiser's corners, by hand", "[models]") {
  constexpr IntegerRange kSymmetric = {-127, 127};
  constexpr IntegerRange kFull = {-128, 127};
  const auto even = [](std::int32_t acc, int shift, IntegerRange range) {
    return sdfp_shift(acc, shift, Rounding::kNearestEven, range);
  };
  CHECK(even(kMin, 24, kFull) == -128);
  CHECK(even(kMin, 24, kSymmetric) == -127);
  CHECK(even(kMin, 32, kFull) == 0);  // -0.5 is a tie
  CHECK(sdfp_shift(kMin, 32, Rounding::kHalfAway, kFull) == -1);
  CHECK(sdfp_shift(kMin, 32, Rounding::kHalfUp, kFull) == 0);
  CHECK(sdfp_shift(kMin, 33, Rounding::kHalfAway, kFull) == 0);
  CHECK(sdfp_shift(-1, 400, Rounding::kFloor, kFull) == -1);
  CHECK(sdfp_shift(-1, 400, Rounding::kTowardZero, kFull) == 0);
  CHECK(even(-128, 0, kSymmetric) == -127);
  CHECK(even(100, -1, kSymmetric) == 127);
  CHECK(even(-63, -1, kSymmetric) == -126);
  // 126.5, 127.5, -127.5, -128.5
  CHECK(even(253, 1, kFull) == 126);
  CHECK(even(255, 1, kFull) == 127);
  CHECK(even(-255, 1, kFull) == -128);
  CHECK(even(-255, 1, kSymmetric) == -127);
  CHECK(even(-257, 1, kFull) == -128);
  CHECK(sdfp_shift(253, 1, Rounding::kHalfUp, kFull) == 127);
  CHECK(sdfp_shift(-255, 1, Rounding::kHalfUp, kFull) == -127);
  // 127.5 saturates only because it is rounded up
  DfpCounters counters;
  CHECK(sdfp_shift(255, 1, Rounding::kFloor, kFull, 0, &counters) == 127);
  CHECK(counters.saturated == 0);
  CHECK(sdfp_shift(255, 1, Rounding::kHalfUp, kFull, 0, &counters) == 127);
  CHECK(counters.saturated == 1);
}

TEST_CASE("stochastic rounding: 0 is floor, exact values stay, 65535 rounds up", "[models]") {
  constexpr IntegerRange kWide = {kMin, kMax};
  std::uint64_t wrong = 0, inexact = 0;
  for (int shift = 1; shift <= 16; ++shift) {
    const std::int32_t unit = std::int32_t{1} << shift;
    for (std::int32_t acc = -3 * unit; acc <= 3 * unit; acc += shift > 8 ? 37 : 1) {
      const std::int32_t floor = sdfp_shift(acc, shift, Rounding::kFloor, kWide);
      const bool exact = acc % unit == 0;
      wrong += sdfp_shift(acc, shift, Rounding::kStochastic, kWide, 0) != floor;
      wrong +=
          sdfp_shift(acc, shift, Rounding::kStochastic, kWide, 65535) != floor + (exact ? 0 : 1);
      inexact += !exact;
    }
    for (std::uint32_t random = 0; random < 65536; ++random) {
      wrong += sdfp_shift(-5 * unit, shift, Rounding::kStochastic, kWide, random) != -5;
    }
  }
  // A quarter is rounded up by a quarter of the random values.
  std::uint32_t ups = 0;
  for (std::uint32_t random = 0; random < 65536; ++random) {
    ups += sdfp_shift(5, 2, Rounding::kStochastic, kWide, random) == 2 ? 1U : 0U;
  }
  REQUIRE(wrong == 0);
  REQUIRE(inexact > 1000);
  REQUIRE(ups == 16384);
}
