// SPDX-License-Identifier: Apache-2.0
// The SystemC units of dynamic fixed point against the golden functions and exact division.
#include <catch2/catch.hpp>
#include <deque>
#include <limits>
#include <vector>

#include "sim/units/dfp_pe.hpp"
#include "sim/units/dfp_stats.hpp"
#include "sim/units/sdfp_shifter.hpp"
#include "tests/support/sdfp_oracle.hpp"
#include "tests/support/systemc_random.hpp"

namespace absim::sim {
namespace {

using models::IntegerRange;
using test::Random;

constexpr IntegerRange kRanges[] = {
    {0, 255},
    {-128, 127},
    {-127, 127},
    {-32768, 32767},
    {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()}};

}  // namespace

TEST_CASE("SdfpShifter equals exact division and counts what it loses", "[sim][random]") {
  SdfpShifter unit("sdfp_shifter");
  std::mt19937_64 random(101);
  models::DfpCounters golden;
  std::size_t wrong = 0, ties = 0, carried = 0, gaps = 0, clears = 0;
  for (const models::Rounding rounding : test::kAllRoundings) {
    for (int shift = -512; shift <= 511; ++shift) {
      const int repetitions = shift >= -40 && shift <= 60 ? 300 : 6;
      for (int n = 0; n < repetitions; ++n) {
        const bool clear = random() % 1000 == 0;
        if (clear) golden = {};
        clears += clear;
        if (random() % 16 == 0) {
          unit.tick(nullptr, clear);
          wrong += unit.valid();
          ++gaps;
        } else {
          const SdfpInput in = {test::interesting_accumulator(random, shift), shift, rounding,
                                static_cast<std::uint16_t>(random() % 8 == 0 ? 65535 : random()),
                                kRanges[random() % 5]};
          unit.tick(&in, clear);
          const test::SdfpResult e =
              test::sdfp_oracle(in.accumulator, shift, rounding, in.range, in.random);
          const std::int32_t value =
              models::sdfp_shift(in.accumulator, shift, rounding, in.range, in.random, &golden);
          wrong += !unit.valid() || unit.output().value != e.value || value != e.value;
          wrong += unit.output().saturated != e.saturated;
          wrong += unit.output().underflowed != e.underflowed;
          ties += e.tie;
          carried += e.carried;
        }
        wrong += unit.counters().values != golden.values;
        wrong += unit.counters().saturated != golden.saturated;
        wrong += unit.counters().underflowed != golden.underflowed;
      }
    }
  }
  CAPTURE(ties, carried, gaps, clears);
  REQUIRE(wrong == 0);
  REQUIRE(ties > 4000);
  REQUIRE(carried > 500);
  REQUIRE(gaps > 1000);
  REQUIRE(clears > 50);
}

TEST_CASE("DfpPe accumulates every word two cycles later", "[sim][random]") {
  constexpr std::size_t kLanes = 5;
  DfpPe pe("dfp_pe");
  Random random(103);
  std::size_t wrong = 0, gaps = 0;
  std::int64_t visible = 0, newest = 0;
  for (int n = 0; n < 50000; ++n) {
    wrong += pe.accumulator() != visible;
    visible = newest;
    if (random.one_in(4)) {
      pe.tick();
      ++gaps;
      continue;
    }
    std::vector<std::int16_t> acts(kLanes);
    std::vector<std::int8_t> weights(kLanes);
    const bool clear = n == 0 || random.one_in(10);
    std::int64_t sum = 0;
    for (std::size_t j = 0; j < kLanes; ++j) {
      acts[j] = random.in<std::int16_t>(-128, 255);
      weights[j] = random.in<std::int8_t>(-128, 127);
      sum += std::int64_t{acts[j]} * weights[j];
    }
    pe.tick(acts, weights, clear);
    newest = clear ? sum : newest + sum;
  }
  REQUIRE(wrong == 0);
  REQUIRE(gaps > 1000);
}

TEST_CASE("DfpStats equals the golden statistics and chooses the same shift", "[sim][random]") {
  DfpStats unit("dfp_stats");
  std::mt19937_64 random(107);
  models::DfpStatistics golden;
  std::size_t wrong = 0, clears = 0;
  for (int n = 0; n < 100000; ++n) {
    const bool clear = random() % 5000 == 0, valid = random() % 8 != 0;
    const auto word = static_cast<std::int32_t>(static_cast<std::uint32_t>(random()));
    const std::int32_t value = random() % 50 == 0 ? INT32_MIN : word >> (random() % 32);
    unit.tick(valid ? &value : nullptr, clear);
    if (clear) golden = {};
    if (valid) golden.add(value);
    clears += clear;
    const std::size_t bin = random() % DfpStats::kBins;
    wrong += unit.count(bin) != golden.bins[bin];
    wrong += unit.largest() != golden.largest;
    if (n % 100 == 0) wrong += unit.read().shift(8, 1, 100) != golden.shift(8, 1, 100);
  }
  REQUIRE(wrong == 0);
  REQUIRE(clears > 5);
}

}  // namespace absim::sim
