// SPDX-License-Identifier: Apache-2.0
// Dynamic fixed point: requantisation against exact division, corner cases, exponents against
// direct searches, counters against direct counts.
#include "models/formats/dfp.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "tests/support/sdfp_oracle.hpp"

namespace absim::models {
namespace {

using test::sdfp_oracle;
using test::SdfpResult;

constexpr std::int32_t kMin = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t kMax = std::numeric_limits<std::int32_t>::max();
constexpr IntegerRange kSymmetric = {-127, 127};
constexpr IntegerRange kFull = {-128, 127};
constexpr IntegerRange kWord = {kMin, kMax};

struct Reached {
  std::size_t wrong = 0, saturated = 0, underflowed = 0, ties = 0, carried = 0;

  void compare(std::int32_t acc, int shift, Rounding rounding, IntegerRange range,
               std::uint32_t random) {
    const SdfpResult e = sdfp_oracle(acc, shift, rounding, range, random);
    DfpCounters counters;
    wrong += sdfp_shift(acc, shift, rounding, range, random, &counters) != e.value;
    wrong += counters.values != 1 || counters.saturated != (e.saturated ? 1U : 0U) ||
             counters.underflowed != (e.underflowed ? 1U : 0U);
    saturated += e.saturated;
    underflowed += e.underflowed;
    ties += e.tie;
    carried += e.carried;
  }
};

// Sums of `terms` uniform numbers, nearly Gaussian for many, at a random scale.
std::vector<float> random_tensor(std::mt19937_64& random, std::size_t size) {
  std::vector<float> values(size);
  const double scale = std::exp2(static_cast<double>(random() % 6000) / 100 - 30);
  const auto terms = 1 + random() % 8;
  for (float& value : values) {
    double sum = 0;
    for (std::uint64_t i = 0; i < terms; ++i)
      sum += std::ldexp(static_cast<double>(random() >> 40), -23) - 1;
    value = static_cast<float>(sum * scale);
  }
  return values;
}

std::size_t beyond(const std::vector<float>& values, int exponent, IntegerRange range) {
  std::size_t count = 0;
  for (const float value : values) {
    const double scaled = std::nearbyint(std::ldexp(static_cast<double>(value), -exponent));
    count += scaled < range.low || scaled > range.high;
  }
  return count;
}

double error_of(const std::vector<float>& values, int exponent, IntegerRange range) {
  double sum = 0;
  for (const float value : values) {
    double code = std::nearbyint(std::ldexp(static_cast<double>(value), -exponent));
    code = std::min<double>(std::max<double>(code, range.low), range.high);
    const double error = std::ldexp(code, exponent) - static_cast<double>(value);
    sum += error * error;
  }
  return sum;
}

}  // namespace

TEST_CASE("sdfp_shift is exact around every boundary of 8-bit results", "[models][exhaustive]") {
  Reached reached;
  for (const Rounding rounding : test::kAllRoundings) {
    for (int shift = -9; shift <= 14; ++shift) {
      const std::int32_t half = shift > 0 ? 1 << (shift - 1) : 1;
      for (std::int32_t halves = -264; halves <= 264; ++halves) {
        for (std::int32_t beside = -2; beside <= 2; ++beside) {
          for (const IntegerRange range : {kSymmetric, kFull}) {
            reached.compare(halves * half + beside, shift, rounding, range, 0x8000);
          }
        }
      }
    }
  }
  REQUIRE(reached.wrong == 0);
  REQUIRE(reached.ties > 30000);
  REQUIRE(reached.carried > 1000);
}

TEST_CASE("sdfp_shift is exact for random 32-bit accumulators at every shift", "[models][random]") {
  std::mt19937_64 random(2024);
  Reached reached;
  for (const Rounding rounding : test::kAllRoundings) {
    for (int shift = -70; shift <= 90; ++shift) {
      for (int n = 0; n < 1000; ++n) {
        const std::int32_t acc = test::interesting_accumulator(random, shift);
        const auto dither = static_cast<std::uint32_t>(random() % 65536);
        reached.compare(acc, shift, rounding,
                        n % 3 == 0   ? kSymmetric
                        : n % 3 == 1 ? kFull
                                     : kWord,
                        n % 7 == 0 ? 65535 : dither);
      }
    }
    for (const int shift : {kMin, kMin + 1, -1000000, 1000000, kMax}) {
      for (const std::int32_t acc : {kMin, -1, 0, 1, kMax}) {
        reached.compare(acc, shift, rounding, kWord, 65535);
      }
    }
  }
  CAPTURE(reached.saturated, reached.underflowed, reached.ties, reached.carried);
  REQUIRE(reached.wrong == 0);
  REQUIRE(reached.saturated > 100000);
  REQUIRE(reached.underflowed > 100000);
  REQUIRE(reached.ties > 10000);
  REQUIRE(reached.carried > 100);
}

TEST_CASE("sdfp_shift: worked corner cases", "[models]") {
  using R = Rounding;
  struct Case {
    std::int32_t acc;
    int shift;
    // nearest_even, half_away, half_up, floor, toward_zero; full range
    std::int32_t expected[5];
  };
  const Case cases[] = {
      {253, 1, {126, 127, 127, 126, 126}},        // 126.5
      {255, 1, {127, 127, 127, 127, 127}},        // 127.5: nearest saturates
      {-255, 1, {-128, -128, -127, -128, -127}},  // -127.5
      {-257, 1, {-128, -128, -128, -128, -128}},  // -128.5
      {1, 1, {0, 1, 1, 0, 0}},                    // 0.5
      {-1, 1, {0, -1, 0, -1, 0}},                 // -0.5
      {3, 1, {2, 2, 2, 1, 1}},                    // 1.5
      {-3, 1, {-2, -2, -1, -2, -1}},              // -1.5
      {5, 1, {2, 3, 3, 2, 2}},                    // 2.5
      {-5, 1, {-2, -3, -2, -3, -2}},              // -2.5
      {kMin, 31, {-1, -1, -1, -1, -1}},
      {kMin, 32, {0, -1, 0, -1, 0}},  // -0.5
      {kMin, 33, {0, 0, 0, -1, 0}},
      {kMax, 32, {0, 0, 0, 0, 0}},
      {-1, 63, {0, 0, 0, -1, 0}},
      {100, 0, {100, 100, 100, 100, 100}},
      {200, 0, {127, 127, 127, 127, 127}},
      {kMin, 0, {-128, -128, -128, -128, -128}},
      {63, -1, {126, 126, 126, 126, 126}},
      {64, -1, {127, 127, 127, 127, 127}},
      {-64, -1, {-128, -128, -128, -128, -128}},
      {0, -40, {0, 0, 0, 0, 0}},
      {-1, -40, {-128, -128, -128, -128, -128}},
  };
  const R roundings[] = {R::kNearestEven, R::kHalfAway, R::kHalfUp, R::kFloor, R::kTowardZero};
  for (const Case& one : cases) {
    for (std::size_t r = 0; r < 5; ++r) {
      CAPTURE(one.acc, one.shift, rounding_name(roundings[r]));
      REQUIRE(sdfp_shift(one.acc, one.shift, roundings[r], kFull) == one.expected[r]);
      const std::int32_t symmetric = std::max(one.expected[r], -127);
      REQUIRE(sdfp_shift(one.acc, one.shift, roundings[r], kSymmetric) == symmetric);
    }
  }
  DfpCounters counters;
  sdfp_shift(255, 1, R::kNearestEven, kFull, 0, &counters);  // rounding creates the saturation
  REQUIRE(counters.saturated == 1);
  sdfp_shift(-128, 0, R::kNearestEven, kSymmetric, 0, &counters);
  REQUIRE(counters.saturated == 2);
  sdfp_shift(255, 1, R::kTowardZero, kFull, 0, &counters);
  sdfp_shift(-128, 0, R::kNearestEven, kFull, 0, &counters);
  REQUIRE(counters.saturated == 2);
  sdfp_shift(-1, -40, R::kNearestEven, kWord, 0, &counters);  // -2^40 is beyond 32 bits as well
  REQUIRE(counters.saturated == 3);
  REQUIRE(counters.values == 5);
}

TEST_CASE("stochastic rounding: 0 is floor, exact values stay, the rate is the fraction",
          "[models]") {
  std::size_t wrong = 0;
  for (int shift = 1; shift <= 50; ++shift) {
    for (const std::int32_t acc : {kMin, kMax, -1, 1, 12345, -12345, 3 << 20, -(5 << 20)}) {
      wrong += sdfp_shift(acc, shift, Rounding::kStochastic, kWord, 0) !=
               sdfp_shift(acc, shift, Rounding::kFloor, kWord);
    }
  }
  for (std::uint32_t random = 0; random < 65536; ++random) {
    for (const std::int32_t whole : {-128, -3, 0, 5, 127}) {
      wrong += sdfp_shift(whole * 4096, 12, Rounding::kStochastic, kFull, random) != whole;
    }
  }
  REQUIRE(wrong == 0);
  for (const std::int32_t fraction : {1, 1000, 2048, 4095}) {
    std::int64_t up = 0;
    for (std::uint32_t random = 0; random < 65536; ++random) {
      up += sdfp_shift(-7 * 4096 + fraction, 12, Rounding::kStochastic, kFull, random) + 7;
    }
    REQUIRE(up == fraction * 16);
  }
}

TEST_CASE("dfp_encode equals exact division and counts what it loses", "[models][random]") {
  std::mt19937_64 random(77);
  std::size_t wrong = 0;
  DfpCounters counters, direct;
  for (int n = 0; n < 200000; ++n) {
    const auto mantissa = static_cast<std::int32_t>(random() % (1U << 25)) - (1 << 24);
    const int scale = static_cast<int>(random() % 40) - 20;
    const int shift = static_cast<int>(random() % 70) - 20;
    const Rounding rounding = test::kAllRoundings[random() % 6];
    const IntegerRange range = random() % 2 == 0 ? kSymmetric : kFull;
    const auto dither = static_cast<std::uint32_t>(random() % 65536);
    const auto x = static_cast<float>(std::ldexp(static_cast<double>(mantissa), scale));
    const SdfpResult e = sdfp_oracle(mantissa, shift, rounding, range, dither);
    wrong += dfp_encode(x, scale + shift, range, rounding, dither, &counters) != e.value;
    ++direct.values;
    direct.saturated += e.saturated;
    direct.underflowed += e.underflowed;
  }
  REQUIRE(wrong == 0);
  REQUIRE(counters.values == direct.values);
  REQUIRE(counters.saturated == direct.saturated);
  REQUIRE(counters.underflowed == direct.underflowed);
  REQUIRE(direct.saturated > 10000);
  REQUIRE(direct.underflowed > 10000);
  REQUIRE(dfp_encode(3.0e38F, -126, kSymmetric, Rounding::kNearestEven) == 127);
  REQUIRE(dfp_encode(-3.0e38F, -126, kFull, Rounding::kFloor) == -128);
  REQUIRE(dfp_encode(1e-45F, 100, kFull, Rounding::kNearestEven) == 0);
  REQUIRE(dfp_encode(-1e-45F, 100, kFull, Rounding::kFloor) == -1);
}

TEST_CASE("exponent policies equal direct searches", "[models][random]") {
  std::mt19937_64 random(99);
  std::size_t wrong = 0, moved = 0, overflow_below = 0, overflow_above = 0;
  for (int n = 0; n < 150; ++n) {
    std::vector<float> values = random_tensor(random, 400);
    const unsigned bits = n % 2 == 0 ? 8 : 4;
    const int top = (1 << (bits - 1)) - 1;
    const IntegerRange range = {n % 3 == 0 ? -top - 1 : -top, top};
    double largest = 0;
    for (const float value : values) largest = std::max(largest, std::fabs(double{value}));
    if (n % 10 == 5) {  // without saturation the maximum's exponent is too small
      values[0] = std::ldexp(1.99F, std::ilogb(largest));
      largest = std::max(largest, double{values[0]});
    }
    int base = -200;  // 2^(bits - 2) steps reach the largest value, 2^(bits - 1) steps exceed it
    while (std::ldexp(1.0, base + static_cast<int>(bits) - 1) <= largest) ++base;
    wrong += dfp_exponent(values, bits) != base;

    DfpPolicyConfig config;
    DfpExponent found = choose_dfp_exponent(values, bits, range, config);
    wrong += found.exponent != base || found.beta != 0;

    config.policy = DfpPolicy::kConstant;
    config.beta = static_cast<int>(random() % 9) - 4;
    found = choose_dfp_exponent(values, bits, range, config);
    wrong += found.exponent != base + config.beta || found.beta != config.beta;

    config.policy = DfpPolicy::kMinimumError;
    config.beta_low = -5;
    config.beta_high = 1;
    int best = -5;
    for (int beta = -4; beta <= 1; ++beta) {  // upwards: equal errors give the larger one
      if (error_of(values, base + beta, range) <= error_of(values, base + best, range)) best = beta;
    }
    found = choose_dfp_exponent(values, bits, range, config);
    wrong += found.beta != best || found.exponent != base + best;
    moved += best != 0;

    config.policy = DfpPolicy::kOverflowRate;
    config.rate = n % 5 == 0 ? 0.0 : static_cast<double>(random() % 100) / 400;
    int smallest = base - 12;
    while (static_cast<double>(beyond(values, smallest, range)) > config.rate * 400) ++smallest;
    found = choose_dfp_exponent(values, bits, range, config);
    wrong += found.exponent != smallest || found.beta != smallest - base;
    overflow_below += found.beta < 0;
    overflow_above += found.beta > 0;
  }
  CAPTURE(moved, overflow_below, overflow_above);
  REQUIRE(wrong == 0);
  REQUIRE(moved > 10);
  REQUIRE(overflow_below > 20);
  REQUIRE(overflow_above > 0);
}

TEST_CASE("exponents of zeros, and of a maximum that rounds beyond the range", "[models]") {
  const std::vector<float> zeros(5, 0.0F);
  REQUIRE(dfp_exponent(zeros, 8, -13) == -13);
  for (const DfpPolicy policy : {DfpPolicy::kMaximum, DfpPolicy::kConstant,
                                 DfpPolicy::kMinimumError, DfpPolicy::kOverflowRate}) {
    DfpPolicyConfig config;
    config.policy = policy;
    config.beta = -2;
    const DfpExponent found = choose_dfp_exponent(zeros, 8, kSymmetric, config, -13);
    REQUIRE(found.exponent == -13);
    REQUIRE(found.beta == 0);
  }
  const std::vector<float> high = {1.998F, -0.25F};
  REQUIRE(dfp_exponent(high, 8) == -6);
  DfpCounters counters;
  REQUIRE(dfp_encode(high[0], -6, kSymmetric, Rounding::kNearestEven, 0, &counters) == 127);
  REQUIRE(counters.saturated == 1);  // 127.87 rounds to 128
  REQUIRE(dfp_encode(high[0], -6, kSymmetric, Rounding::kTowardZero, 0, &counters) == 127);
  REQUIRE(counters.saturated == 1);
  REQUIRE(dfp_exponent(std::vector<float>{2.0F}, 8) == -5);  // a power of two opens its octave
}

TEST_CASE("DfpStatistics counts leading bits and finds the smallest shift", "[models][random]") {
  std::mt19937_64 random(5);
  std::size_t wrong = 0, at_zero = 0, beyond_zero = 0;
  for (int n = 0; n < 400; ++n) {
    DfpStatistics statistics;
    std::vector<double> magnitudes;
    const auto narrow = static_cast<unsigned>(random() % 32);
    double largest = 0;
    for (int i = 0; i < 300; ++i) {
      const auto word = static_cast<std::int32_t>(static_cast<std::uint32_t>(random()));
      const std::int32_t value = i == 7 && n % 9 == 0 ? kMin : word >> (narrow + random() % 8) % 32;
      statistics.add(value);
      magnitudes.push_back(std::fabs(static_cast<double>(value)));
      largest = std::max(largest, magnitudes.back());
    }
    const auto bits = static_cast<unsigned>(2 + random() % 15);
    const std::uint64_t rate = n % 4 == 0 ? 0 : random() % 40;
    int smallest = 0;
    for (;; ++smallest) {  // codes reach 2^(bits - 1) steps of 2^smallest
      const double limit = std::ldexp(1.0, static_cast<int>(bits) - 1 + smallest);
      std::uint64_t over = 0;
      for (const double magnitude : magnitudes) over += magnitude >= limit;
      if (over * 100 <= rate * magnitudes.size()) break;
    }
    wrong += statistics.shift(bits, rate, 100) != smallest;
    wrong += statistics.largest != 0 &&
             std::ilogb(static_cast<double>(statistics.largest)) != std::ilogb(largest);
    at_zero += smallest == 0;
    beyond_zero += smallest > 0;
  }
  REQUIRE(wrong == 0);
  REQUIRE(at_zero > 10);
  REQUIRE(beyond_zero > 100);
}

}  // namespace absim::models
