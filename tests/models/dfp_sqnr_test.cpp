// SPDX-License-Identifier: Apache-2.0
// Signal-to-noise ratio of DFP (beta = 0) and S-DFP (beta < 0) on synthetic data.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "models/formats/dfp.hpp"

namespace absim::models {
namespace {

constexpr std::size_t kSamples = std::size_t{1} << 20;

// Box and Muller's pairs; the standard library's distributions differ between libraries.
std::vector<double> gaussian(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> values(kSamples);
  for (std::size_t i = 0; i < kSamples; i += 2) {
    const double u = std::ldexp(static_cast<double>((random() >> 11) + 1), -53);  // 0 < u <= 1
    const double angle = std::ldexp(static_cast<double>(random() >> 11), -52) * std::acos(-1.0);
    const double radius = std::sqrt(-2 * std::log(u));
    values[i] = radius * std::cos(angle);
    values[i + 1] = radius * std::sin(angle);
  }
  return values;
}

std::vector<float> sample(const std::string& data, std::uint64_t seed) {
  std::vector<float> values;
  values.reserve(kSamples);
  if (data == "laplace") {
    std::mt19937_64 random(seed);
    for (std::size_t i = 0; i < kSamples; ++i) {
      const double u = std::ldexp(static_cast<double>((random() >> 11) + 1), -53);
      values.push_back(static_cast<float>((random() & 1U) != 0 ? std::log(u) : -std::log(u)));
    }
    return values;
  }
  for (const double z : gaussian(seed)) {
    values.push_back(static_cast<float>(data == "gaussian" ? z
                                        : data == "relu"   ? std::max(z, 0.0)
                                                           : std::exp(z)));
  }
  return values;
}

double sqnr_db(const std::vector<float>& values, int exponent, IntegerRange range) {
  double signal = 0, noise = 0;
  for (const float x : values) {
    const std::int32_t code = dfp_encode(x, exponent, range, Rounding::kNearestEven);
    const double error = dfp_decode(code, exponent) - static_cast<double>(x);
    signal += static_cast<double>(x) * static_cast<double>(x);
    noise += error * error;
  }
  return 10 * std::log10(signal / noise);
}

struct Row {
  const char* data;
  unsigned bits;
  std::uint64_t seed;
  unsigned compared;      // entries whose value the sample's largest values do not decide
  double expected_db[5];  // beta = 0, -1, -2, -3, -4
};

// Expected: an independent computation with its own samples. How far samples differ, over seeds 1
// to 29: quantisation noise alone by 0.01 dB; where the tail is clipped by 0.02 to 0.6 dB; by 6 to
// 16 dB where the maximum falls into another octave (4 of 29 for Laplace). Seed 8 is the first with
// which no entry of the first three kinds of data is away by 0.1 dB. Log-normal data of sigma 1
// have their maximum in [256, 512) in about one sample of 65, of which seed 13 is the first; the
// row of 4 bits comes from a sample with its maximum in [64, 128), as seed 1 has. Their clipped
// entries hang on the few largest values, by up to 1 dB: only the best beta is compared. For sigma
// 2 every entry hangs on them; that data is left out.
const Row kRows[] = {
    {"gaussian", 8, 8, 5, {34.87, 40.42, 19.29, 8.19, 3.76}},
    {"relu", 8, 8, 5, {34.87, 40.41, 19.20, 8.15, 3.75}},
    {"laplace", 8, 8, 5, {31.86, 32.97, 17.36, 8.67, 4.33}},
    {"log-normal, sigma 1", 8, 13, 2, {8.34, 13.30, 18.14, 19.83, 17.15}},
    {"gaussian", 4, 8, 5, {10.79, 16.81, 16.54, 7.58, 3.51}},
    {"laplace", 4, 8, 5, {8.28, 13.86, 14.64, 8.04, 4.05}},
    {"log-normal, sigma 1", 4, 1, 2, {2.12, 4.53, 7.98, 10.29, 8.19}},
};

}  // namespace

TEST_CASE("SQNR of DFP and S-DFP on synthetic data", "[models][random]") {
  for (const Row& row : kRows) {
    const std::vector<float> values = sample(row.data, row.seed);
    const int top = 1 << (row.bits - 1);
    const int base = dfp_exponent(values, row.bits);
    std::size_t best = 0, expected_best = 0;
    double best_db = -1;
    for (std::size_t i = 0; i < 5; ++i) {
      const double db = sqnr_db(values, base - static_cast<int>(i), {-top, top - 1});
      CAPTURE(row.data, row.bits, row.seed, base, i, db, row.expected_db[i]);
      if (i < row.compared) CHECK(std::fabs(db - row.expected_db[i]) < 0.1);
      if (db > best_db) best = i;
      if (row.expected_db[i] > row.expected_db[expected_best]) expected_best = i;
      best_db = std::max(best_db, db);
    }
    CAPTURE(row.data, row.bits);
    CHECK(best == expected_best);
  }
}

TEST_CASE("underflow of log-normal data at three exponents", "[models][random]") {
  const std::vector<float> values = sample("log-normal, sigma 1", 13);
  const int base = dfp_exponent(values, 8);
  REQUIRE(base == 2);
  const std::pair<int, double> expected_percent[] = {{0, 75.6}, {-2, 24.4}, {-3, 8.3}};
  for (const auto& [beta, percent] : expected_percent) {
    DfpCounters counters;
    for (const float x : values) {
      dfp_encode(x, base + beta, {-128, 127}, Rounding::kNearestEven, 0, &counters);
    }
    const double found = 100.0 * static_cast<double>(counters.underflowed) / kSamples;
    CAPTURE(beta, found);
    CHECK(std::fabs(found - percent) < 0.15);
  }
}

}  // namespace absim::models
