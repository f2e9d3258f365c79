// SPDX-License-Identifier: Apache-2.0
// The choice of a tensor's exponent equals the plain one, which encodes value by value.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "models/formats/dfp.hpp"
#include "tests/models/round_kernels_here.hpp"

using namespace absim;
using namespace absim::models;
using namespace absim::test;

namespace {

int plain_base(const std::vector<float>& values, unsigned bits) {
  float largest = 0;
  for (const float value : values) largest = std::max(largest, std::fabs(value));
  return std::ilogb(largest) - static_cast<int>(bits) + 2;
}

double plain_error(const std::vector<float>& values, int exponent, IntegerRange range) {
  double sum = 0;
  for (const float value : values) {
    const double error =
        dfp_decode(dfp_encode(value, exponent, range, Rounding::kNearestEven), exponent) -
        static_cast<double>(value);
    sum += error * error;
  }
  return sum;
}

int plain_beta(const std::vector<float>& values, int base, IntegerRange range,
               const DfpPolicyConfig& config) {
  if (config.policy == DfpPolicy::kMinimumError) {
    int best = config.beta_high;
    double least = std::numeric_limits<double>::infinity();
    for (int beta = config.beta_high; beta >= config.beta_low; --beta) {
      const double error = plain_error(values, base + beta, range);
      if (error < least) {
        least = error;
        best = beta;
      }
    }
    return best;
  }
  int beta = 1;
  for (; beta > -32; --beta) {
    DfpCounters counters;
    for (const float value : values) {
      dfp_encode(value, base + beta - 1, range, Rounding::kNearestEven, 0, &counters);
    }
    if (static_cast<double>(counters.saturated) >
        config.rate * static_cast<double>(values.size())) {
      break;
    }
  }
  return beta;
}

/// Of many magnitudes: exp of a bell-shaped number, with a sign.
std::vector<float> long_tailed(std::size_t count, double width, int exponent, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<float> values(count);
  for (float& value : values) {
    double bell = -6;
    for (int i = 0; i < 12; ++i) bell += static_cast<double>(random() >> 11) * 0x1p-53;
    const double magnitude = std::ldexp(std::exp(width * bell), exponent);
    value = static_cast<float>(random() % 2 == 0 ? magnitude : -magnitude);
  }
  return values;
}

}  // namespace

TEST_CASE("choosing an exponent equals the plain choice", "[models][random]") {
  std::size_t betas[34] = {};
  for (const std::size_t count : {1U, 7U, 1024U, 5003U}) {
    for (const double width : {0.0, 0.5, 2.0}) {
      for (const int magnitude : {-140, -3, 100}) {
        const std::vector<float> values = long_tailed(count, width, magnitude, count);
        for (const unsigned bits : {4U, 8U, 16U}) {
          const std::int32_t high = (1 << (bits - 1)) - 1;
          const int base = plain_base(values, bits);
          REQUIRE(dfp_exponent(values, bits) == base);
          for (const IntegerRange range : {IntegerRange{-high, high}, {-high - 1, high}}) {
            std::vector<DfpPolicyConfig> configs(5);
            configs[0].policy = DfpPolicy::kMinimumError;
            configs[1] = configs[0];
            configs[1].beta_low = -9;
            configs[1].beta_high = 2;
            const double rates[] = {0, 1e-3, 0.2};
            for (std::size_t i = 0; i < 3; ++i) {
              configs[2 + i].policy = DfpPolicy::kOverflowRate;
              configs[2 + i].rate = rates[i];
            }
            for (const DfpPolicyConfig& config : configs) {
              const int beta = plain_beta(values, base, range, config);
              const DfpExponent chosen = choose_dfp_exponent(values, bits, range, config);
              CAPTURE(count, width, magnitude, bits, range.low, config.rate);
              REQUIRE(chosen.beta == beta);
              REQUIRE(chosen.exponent == base + beta);
              ++betas[32 + beta > 33 ? 33 : 32 + beta];
            }
          }
        }
      }
    }
  }
  std::size_t different = 0;
  for (const std::size_t uses : betas) different += uses > 0;
  REQUIRE(different >= 6);
}

TEST_CASE("the loops of a policy give the same in every instruction set", "[models][random]") {
  const std::vector<float> values = long_tailed(4999, 1.5, 2, 3);
  rounding::DfpTask task;
  task.in = values.data();
  task.count = values.size();
  task.step = 0x1p-3;
  task.inverse = 0x1p3;
  task.low = -127;
  task.high = 126;
  DfpCounters counters;
  std::vector<double> expected;
  for (const float x : values) {
    const double back =
        dfp_decode(dfp_encode(x, -3, {-127, 126}, Rounding::kNearestEven, 0, &counters), -3);
    expected.push_back((back - static_cast<double>(x)) * (back - static_cast<double>(x)));
  }
  REQUIRE(counters.saturated > 100);
  const float largest = *std::max_element(
      values.begin(), values.end(), [](float a, float b) { return std::fabs(a) < std::fabs(b); });
  for (const NamedRoundKernels& kernels : all_round_kernels()) {
    CAPTURE(kernels.name);
    std::vector<double> errors(values.size());
    kernels.table->dfp_errors(task, errors.data());
    REQUIRE(errors == expected);
    REQUIRE(kernels.table->dfp_saturated(task) == counters.saturated);
    REQUIRE(float_of(kernels.table->largest(values.data(), values.size())) == std::fabs(largest));
  }
}

TEST_CASE("no exponent is chosen for values that are not finite", "[models]") {
  for (const float bad : {std::nanf(""), -std::numeric_limits<float>::infinity()}) {
    const std::vector<float> values = {1.0F, bad};
    REQUIRE_THROWS_WITH(dfp_exponent(values, 8), Catch::Contains("finite values are needed"));
    REQUIRE_THROWS_WITH(choose_dfp_exponent(values, 8, {}, {}),
                        Catch::Contains("finite values are needed"));
  }
}
