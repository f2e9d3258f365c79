// SPDX-License-Identifier: Apache-2.0
// Rounding of many floats to dynamic fixed point equals the scalar functions, bit for bit.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "models/formats/dfp_round.hpp"
#include "tests/models/round_kernels_here.hpp"

using namespace absim;
using namespace absim::models;
using namespace absim::test;

namespace {

constexpr Rounding kRoundings[] = {Rounding::kNearestEven, Rounding::kHalfAway,
                                   Rounding::kHalfUp,      Rounding::kFloor,
                                   Rounding::kTowardZero,  Rounding::kStochastic};
constexpr std::uint64_t kSeed = 20;

std::vector<float> one_by_one(const std::vector<float>& in, int exponent, IntegerRange range,
                              Rounding rounding, std::uint64_t first, DfpCounters& counters) {
  std::vector<float> out;
  out.reserve(in.size());
  for (std::size_t i = 0; i < in.size(); ++i) {
    const std::uint32_t random =
        rounding == Rounding::kStochastic ? dfp_random(kSeed, first + i) : 0;
    const std::int32_t code = dfp_encode(in[i], exponent, range, rounding, random, &counters);
    out.push_back(static_cast<float>(dfp_decode(code, exponent)));
  }
  return out;
}

/// Values that differ, over all roundings and instruction sets, out of place and in place.
std::size_t wrong_values(const std::vector<float>& in, int exponent, IntegerRange range,
                         DfpCounters& counters, std::uint64_t first = 0) {
  std::size_t wrong = 0;
  for (const Rounding rounding : kRoundings) {
    const std::vector<float> expected = one_by_one(in, exponent, range, rounding, first, counters);
    for (const NamedRoundKernels& kernels : all_round_kernels()) {
      std::vector<float> out(in.size());
      dfp_round(in, out, exponent, range, rounding, kSeed, first, *kernels.table);
      wrong += differences(out, expected);
      std::vector<float> same = in;
      dfp_round(same, same, exponent, range, rounding, kSeed, first, *kernels.table);
      wrong += differences(same, expected);
    }
  }
  return wrong;
}

}  // namespace

TEST_CASE("rounding to DFP equals the scalar for a million values", "[models][random]") {
  std::mt19937_64 random(7);
  std::vector<float> in;
  while (in.size() < 1000000) {
    const double uniform = static_cast<double>(random() >> 11) * 0x1p-52 - 1;  // -1..1
    in.push_back(static_cast<float>(std::ldexp(uniform, static_cast<int>(random() % 16) - 14)));
  }
  DfpCounters counters;
  REQUIRE(wrong_values(in, -8, {-127, 127}, counters) == 0);
  CHECK(counters.saturated > 1000);
  CHECK(counters.underflowed > 1000);
  in.resize(50001);  // no multiple of any vector
  REQUIRE(wrong_values(in, -8, {-128, 127}, counters) == 0);
  REQUIRE(wrong_values(in, -5, {-7, 7}, counters) == 0);
  REQUIRE(wrong_values(in, -17, {-32768, 32767}, counters) == 0);
  REQUIRE(wrong_values(in, -9, {0, 255}, counters) == 0);
}

TEST_CASE("rounding to DFP equals the scalar for every float of coarse bits",
          "[models][exhaustive]") {
  std::vector<float> in;
  for (std::uint32_t upper = 0; upper < 0x10000U; ++upper) {
    if ((upper & 0x7f80U) == 0x7f80U) continue;  // infinities and NaN
    in.push_back(float_of(upper << 16U));
    in.push_back(float_of(upper << 16U | 1U));
  }
  DfpCounters counters;
  for (const int exponent : {-150, -140, -60, -7, 0, 30, 120}) {
    CAPTURE(exponent);
    REQUIRE(wrong_values(in, exponent, {-127, 127}, counters) == 0);
  }
}

TEST_CASE("rounding to DFP decides every tie as the scalar", "[models][exhaustive]") {
  std::vector<float> in;
  for (int half = -70000; half <= 70000; ++half) {
    const float x = 0.5F * static_cast<float>(half);
    in.push_back(std::ldexp(x, -3));
    in.push_back(std::ldexp(std::nextafter(x, 1e9F), -3));
    in.push_back(std::ldexp(std::nextafter(x, -1e9F), -3));
  }
  DfpCounters counters;
  for (const IntegerRange range : {IntegerRange{-127, 127}, {-128, 127}, {-32767, 32767}}) {
    REQUIRE(wrong_values(in, -3, range, counters) == 0);
  }
}

TEST_CASE("stochastic DFP does not depend on how a tensor is cut", "[models][random]") {
  const std::vector<float> in(1000, 0.3F);
  const IntegerRange range;
  std::vector<float> whole(in.size());
  const std::uint64_t first = (std::uint64_t{1} << 32U) - 300;  // the key changes in the middle
  dfp_round(in, whole, 0, range, Rounding::kStochastic, kSeed, first);
  std::vector<float> pieces = in;
  for (std::size_t at = 0; at < in.size();) {
    const std::size_t count = std::min<std::size_t>(1 + at % 97, in.size() - at);
    const Span<float> piece = Span<float>(pieces).subspan(at, count);
    dfp_round(piece, piece, 0, range, Rounding::kStochastic, kSeed, first + at);
    at += count;
  }
  REQUIRE(differences(pieces, whole) == 0);
  DfpCounters counters;
  REQUIRE(wrong_values(in, 0, range, counters, first) == 0);
}

TEST_CASE("random numbers of DFP: uniform, and unlike for neighbouring seeds", "[models][random]") {
  constexpr std::size_t kCount = 1U << 20U;
  constexpr std::size_t kBins = 256;
  double ones[2] = {};
  for (const unsigned shift : {0U, 8U}) {
    std::vector<double> bins(kBins);
    for (std::size_t i = 0; i < kCount; ++i) {
      const std::uint32_t x = dfp_random(kSeed, i);
      REQUIRE(x < 0x10000U);
      bins[x >> shift & (kBins - 1)] += 1;
    }
    double chi = 0;  // 255 degrees of freedom: mean 255, standard deviation 22.6
    constexpr double kMean = double{kCount} / kBins;
    for (const double bin : bins) chi += (bin - kMean) * (bin - kMean) / kMean;
    CAPTURE(shift);
    CHECK(chi > 255 - 5 * 22.6);
    CHECK(chi < 255 + 5 * 22.6);
  }
  for (std::size_t i = 0; i < kCount; ++i) {  // equal bits of neighbours: half of them
    const auto equal = [&](std::uint32_t other) {
      return 16 - __builtin_popcount(dfp_random(kSeed, i) ^ other);
    };
    ones[0] += equal(dfp_random(kSeed, i + 1));
    ones[1] += equal(dfp_random(kSeed + 1, i));
  }
  for (const double sum : ones) CHECK(std::fabs(sum / kCount - 8) < 5 * 2 / std::sqrt(kCount));
}

TEST_CASE("stochastic DFP is right on average", "[models][random]") {
  const std::vector<float> in(100000, -2.3F);
  std::vector<float> out(in.size());
  dfp_round(in, out, 0, {-127, 127}, Rounding::kStochastic, kSeed);
  double sum = 0;
  for (const float x : out) sum += static_cast<double>(x);
  CHECK(sum / static_cast<double>(in.size()) == Approx(-2.3).margin(0.01));
}

TEST_CASE("rounding to DFP refuses what is not finite, and exponents out of range", "[models]") {
  const IntegerRange range;
  for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    std::vector<float> in(20, 1.0F);
    in[13] = bad;
    REQUIRE_THROWS_WITH(dfp_round(in, in, 0, range, Rounding::kNearestEven),
                        Catch::Contains("a finite value is needed"));
  }
  std::vector<float> in(3);
  std::vector<float> out(2);
  const auto round = [&](Span<float> to, int exponent, IntegerRange codes) {
    dfp_round(in, to, exponent, codes, Rounding::kFloor);
  };
  REQUIRE_THROWS_WITH(round(out, 0, range), Catch::Contains("as many results as values"));
  REQUIRE_THROWS_WITH(round(in, 0, {1, 0}), Catch::Contains("an empty range"));
  for (const int exponent : {-501, 122, 2000}) {
    REQUIRE_THROWS_WITH(round(in, exponent, range), Catch::Contains("the range of float"));
  }
  REQUIRE_NOTHROW(round(in, 121, range));
  REQUIRE_NOTHROW(round(in, -500, range));
}
