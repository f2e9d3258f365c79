// SPDX-License-Identifier: Apache-2.0
// Exponents, encoding, policies, counters and statistics of dynamic fixed point.
#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "models/formats/dfp.hpp"

using namespace absim::models;

namespace {

constexpr IntegerRange kSymmetric = {-127, 127};
constexpr IntegerRange kFull = {-128, 127};

std::vector<float> bell(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<float> values(count);
  for (float& value : values) {
    double sum = -6;  // of twelve uniform numbers: mean 0, variance 1
    for (int i = 0; i < 12; ++i) sum += static_cast<double>(random() >> 11) * 0x1p-53;
    value = static_cast<float>(sum);
  }
  return values;
}

/// Nearest code by trying all of them; ties to the even one. Beyond the range: the end.
int nearest_code(double x, int exponent, IntegerRange range) {
  int best = range.low;
  double least = std::numeric_limits<double>::infinity();
  for (int code = range.low; code <= range.high; ++code) {
    const double distance = std::fabs(x - code * std::pow(2.0, exponent));
    if (distance < least || (distance == least && code % 2 == 0)) {
      least = distance;
      best = code;
    }
  }
  return best;
}

}  // namespace

TEST_CASE("the exponent puts the largest magnitude into the top octave", "[models]") {
  for (int power = -40; power <= 40; ++power) {
    for (const float mantissa : {1.0F, 1.5F, 1.9999999F}) {
      const std::vector<float> values = {0.0F, -std::ldexp(mantissa, power)};
      for (const unsigned bits : {4U, 8U, 16U}) {
        const double scaled =
            std::ldexp(static_cast<double>(-values[1]), -dfp_exponent(values, bits));
        REQUIRE(scaled >= std::ldexp(1.0, static_cast<int>(bits) - 2));
        REQUIRE(scaled < std::ldexp(1.0, static_cast<int>(bits) - 1));
      }
    }
  }
  REQUIRE(dfp_exponent(std::vector<float>{0.0F, -0.0F}, 8, -17) == -17);
}

TEST_CASE("encoding gives the nearest code and counts what it lost", "[models][random]") {
  const std::vector<float> values = bell(4000, 5);
  for (const int exponent : {-7, -5, -1}) {
    for (const IntegerRange range : {kSymmetric, kFull}) {
      DfpCounters counters;
      std::uint64_t wrong = 0, saturated = 0, underflowed = 0;
      const double unit = std::ldexp(1.0, exponent);
      for (const float value : values) {
        const int code = dfp_encode(value, exponent, range, Rounding::kNearestEven, 0, &counters);
        wrong += code != nearest_code(value, exponent, range);
        saturated += value >= (range.high + 0.5) * unit || value < (range.low - 0.5) * unit;
        underflowed += value != 0.0F && std::fabs(static_cast<double>(value)) <= unit / 2;
      }
      CAPTURE(exponent, range.low);
      REQUIRE(wrong == 0);
      REQUIRE(counters.values == values.size());
      REQUIRE(counters.saturated == saturated);
      REQUIRE(counters.underflowed == underflowed);
      REQUIRE((exponent == -7 ? saturated : underflowed) > 5);
    }
  }
}

TEST_CASE("encoding rounds quarters in every mode", "[models]") {
  const float values[] = {-1.5F, -1.25F, -0.5F, 0.5F, 1.25F, 1.5F, 2.5F};
  const int expected[5][7] = {{-2, -1, 0, 0, 1, 2, 2},   // nearest even
                              {-2, -1, -1, 1, 1, 2, 3},  // half away
                              {-1, -1, 0, 1, 1, 2, 3},   // half up
                              {-2, -2, -1, 0, 1, 1, 2},  // floor
                              {-1, -1, 0, 0, 1, 1, 2}};  // toward zero
  for (int mode = 0; mode < 5; ++mode) {
    for (int i = 0; i < 7; ++i) {
      CAPTURE(mode, values[i]);
      CHECK(dfp_encode(values[i], 0, kFull, static_cast<Rounding>(mode)) == expected[mode][i]);
    }
  }
  CHECK(dfp_encode(1.25F, 0, kFull, Rounding::kStochastic, 49151) == 1);
  CHECK(dfp_encode(1.25F, 0, kFull, Rounding::kStochastic, 49152) == 2);
  CHECK(dfp_encode(-3.0F, 0, kFull, Rounding::kStochastic, 65535) == -3);
  CHECK(dfp_encode(-128.0F, 0, kSymmetric, Rounding::kNearestEven) == -127);
}

TEST_CASE("a maximum that rounds past 127 saturates", "[models]") {
  const std::vector<float> values = {1.999F, 0.25F};
  const int exponent = dfp_exponent(values, 8);
  REQUIRE(exponent == -6);
  DfpCounters counters;
  REQUIRE(dfp_encode(1.999F, exponent, kFull, Rounding::kNearestEven, 0, &counters) == 127);
  REQUIRE(counters.saturated == 1);
}

TEST_CASE("policies: maximum, constant, least error, overflow rate", "[models][random]") {
  const std::vector<float> values = bell(20000, 9);
  const int base = dfp_exponent(values, 8);
  DfpPolicyConfig config;
  CHECK(choose_dfp_exponent(values, 8, kSymmetric, config).exponent == base);
  config.policy = DfpPolicy::kConstant;
  config.beta = -3;
  CHECK(choose_dfp_exponent(values, 8, kSymmetric, config).exponent == base - 3);

  config.policy = DfpPolicy::kMinimumError;
  int best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (int beta = 0; beta >= -4; --beta) {
    double error = 0;
    for (const float value : values) {
      const double step = std::ldexp(1.0, base + beta);
      const double code = std::min(std::max(std::nearbyint(value / step), -127.0), 127.0);
      error += (code * step - value) * (code * step - value);
    }
    if (error < least) {
      least = error;
      best = beta;
    }
  }
  const DfpExponent chosen = choose_dfp_exponent(values, 8, kSymmetric, config);
  CHECK(chosen.beta == best);
  CHECK(chosen.exponent == base + best);

  config.policy = DfpPolicy::kOverflowRate;
  for (const double rate : {0.0, 1e-4, 0.01, 0.3}) {
    config.rate = rate;
    const int exponent = choose_dfp_exponent(values, 8, kSymmetric, config).exponent;
    const auto beyond = [&](int e) {
      std::uint64_t count = 0;
      for (const float v : values) count += std::fabs(std::nearbyint(std::ldexp(v, -e))) > 127;
      return static_cast<double>(count);
    };
    const double allowed = rate * static_cast<double>(values.size());
    CAPTURE(rate, exponent, base);
    CHECK(beyond(exponent) <= allowed);
    CHECK(beyond(exponent - 1) > allowed);
  }
}

TEST_CASE("every policy gives the stated exponent of an all-zero tensor", "[models]") {
  const std::vector<float> zeros(10);
  for (const DfpPolicy policy : {DfpPolicy::kMaximum, DfpPolicy::kConstant,
                                 DfpPolicy::kMinimumError, DfpPolicy::kOverflowRate}) {
    DfpPolicyConfig config;
    config.policy = policy;
    config.beta = -2;
    const DfpExponent exponent = choose_dfp_exponent(zeros, 8, kSymmetric, config, -9);
    CHECK(exponent.exponent == -9);
    CHECK(exponent.beta == 0);
  }
}

TEST_CASE("statistics: leading bits and the shift of an overflow rate", "[models][random]") {
  std::mt19937_64 random(31);
  std::vector<std::int32_t> values = {0, 1, -1, std::numeric_limits<std::int32_t>::min(),
                                      std::numeric_limits<std::int32_t>::max()};
  for (int i = 0; i < 5000; ++i) {
    const auto word = static_cast<std::int32_t>(static_cast<std::uint32_t>(random()));
    values.push_back(word / (std::int32_t{1} << random() % 31));
  }
  for (const std::size_t count : {std::size_t{3}, values.size()}) {
    DfpStatistics statistics;
    std::uint64_t bins[33] = {};
    std::uint32_t any = 0;
    for (std::size_t i = 0; i < count; ++i) {
      statistics.add(values[i]);
      const double magnitude = std::fabs(static_cast<double>(values[i]));
      ++bins[magnitude == 0 ? 0 : 1 + std::ilogb(magnitude)];
      any |= static_cast<std::uint32_t>(static_cast<std::int64_t>(magnitude));
    }
    REQUIRE(std::equal(bins, bins + 33, statistics.bins));
    REQUIRE(statistics.largest == any);
    for (const unsigned bits : {2U, 4U, 8U, 16U, 32U}) {
      for (const std::uint64_t rate : {0U, 1U, 50U, 500U, 1000U}) {
        int expected = 0;  // the first shift that is good enough
        for (;; ++expected) {
          std::uint64_t beyond = 0;
          for (std::size_t i = 0; i < count; ++i) {
            beyond += std::fabs(static_cast<double>(values[i])) >=
                      std::ldexp(1.0, static_cast<int>(bits) - 1 + expected);
          }
          if (beyond * 1000 <= rate * count) break;
        }
        CAPTURE(count, bits, rate);
        REQUIRE(statistics.shift(bits, rate, 1000) == expected);
      }
    }
  }
}
