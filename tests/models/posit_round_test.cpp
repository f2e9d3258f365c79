// SPDX-License-Identifier: Apache-2.0
// Rounding of many floats to posits equals the scalar functions, bit for bit.
#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "models/core/error.hpp"
#include "models/formats/posit_round.hpp"
#include "tests/models/round_kernels_here.hpp"
#include "tests/support/posit_oracle.hpp"

using namespace absim;
using namespace absim::models;
using namespace absim::test;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr PositMode kModes[] = {
    {PositRounding::kNearestEven, PositUnderflow::kToMinpos},
    {PositRounding::kNearestEven, PositUnderflow::kToZero},
    {PositRounding::kTowardZero, PositUnderflow::kToMinpos},
    {PositRounding::kTowardZero, PositUnderflow::kToZero},
};

/// The scalar functions on every value.
std::vector<float> one_by_one(PositFormat format, PositMode mode, const std::vector<float>& in,
                              int scale) {
  std::vector<float> out;
  out.reserve(in.size());
  for (const float x : in) {
    const double scaled = std::ldexp(static_cast<double>(x), -scale);
    const PositCode code = posit_from_double(format, scaled, mode);
    out.push_back(static_cast<float>(std::ldexp(posit_to_double(format, code), scale)));
  }
  return out;
}

/// Values that differ, over all modes, instruction sets and the given scales; out of place and in
/// place.
std::size_t wrong_values(PositFormat format, const std::vector<float>& in,
                         const std::vector<int>& scales) {
  std::size_t wrong = 0;
  for (const PositMode mode : kModes) {
    for (const int scale : scales) {
      const std::vector<float> expected = one_by_one(format, mode, in, scale);
      for (const NamedRoundKernels& kernels : all_round_kernels()) {
        const PositRounder rounder(format, mode, *kernels.table);
        std::vector<float> out(in.size());
        rounder.round(in, out, scale);
        wrong += differences(out, expected);
        std::vector<float> same = in;
        rounder.round(same, same, scale);
        wrong += differences(same, expected);
      }
    }
  }
  return wrong;
}

}  // namespace

TEST_CASE("rounding to posits equals the scalar for every upper half of a float",
          "[models][posit][exhaustive]") {
  std::vector<float> in;
  for (std::uint32_t upper = 0; upper < 0x10000U; ++upper) {
    for (const std::uint32_t lower : {0U, 1U, 0x7fffU, 0x8000U, 0xffffU}) {
      in.push_back(float_of(upper << 16U | lower));
    }
  }
  for (const PositFormat format : {PositFormat{8, 0}, {8, 1}, {8, 2}, {7, 1}, {16, 1}, {16, 2}}) {
    CAPTURE(posit_name(format));
    REQUIRE(wrong_values(format, in, {0, -9, 21}) == 0);
  }
}

TEST_CASE("rounding to posits decides every tie as the scalar, in all formats",
          "[models][posit][exhaustive]") {
  std::size_t formats = 0;
  for (unsigned n = 3; n <= 16; ++n) {
    for (unsigned es = 0; es <= 2; ++es, ++formats) {
      const PositOracle oracle(PositFormat{n, es});
      std::vector<float> in = {0.0F, -0.0F, kInfinity, -kInfinity, std::nanf(""), 0x1p-149F};
      const auto add = [&](double point) {
        const auto x = static_cast<float>(point);
        REQUIRE(static_cast<double>(x) == point);
        for (const float y : {x, std::nextafter(x, 0.0F), std::nextafter(x, kInfinity)}) {
          in.push_back(y);
          in.push_back(-y);
        }
      };
      add(oracle.value(1) / 2);
      for (unsigned code = 1; code <= oracle.maxpos(); ++code) {
        add(oracle.value(static_cast<PositCode>(code)));
        if (code < oracle.maxpos()) add(oracle.rounding_points()[code]);
      }
      CAPTURE(posit_name(oracle.format()));
      REQUIRE(wrong_values(oracle.format(), in, {0}) == 0);
      // The largest scales: there and back again, subnormal floats beside them.
      const int largest = PositRounder(oracle.format()).largest_scale_exponent();
      const int step = n == 16 ? 7 : 1;
      std::vector<float> scaled;
      for (std::size_t i = 0; i < in.size(); i += static_cast<std::size_t>(step)) {
        scaled.push_back(std::ldexp(in[i], largest));
        scaled.push_back(std::ldexp(in[i], -largest));
      }
      REQUIRE(wrong_values(oracle.format(), scaled, {largest, -largest}) == 0);
    }
  }
  REQUIRE(formats == 42);
}

TEST_CASE("rounding to posits: worked examples", "[models][posit]") {
  const std::vector<float> in = {0.1F, -3.14159265F, 100.0F, 1e9F, -1e-9F};
  std::vector<float> out(in.size());
  PositRounder({8, 1}).round(in, out);
  CHECK(out == std::vector<float>{0.1015625F, -3.125F, 96.0F, 4096.0F, -0x1p-12F});
  PositRounder({8, 1}, {PositRounding::kNearestEven, PositUnderflow::kToZero}).round(in, out);
  CHECK(out[4] == 0.0F);
  CHECK_FALSE(std::signbit(out[4]));
  PositRounder({8, 1}).round(in, out, 20);  // 1e9 is 953.67 units of 2^20
  CHECK(out[3] == 1024 * 0x1p20F);
}

TEST_CASE("rounding to posits refuses wrong sizes, scales and formats", "[models][posit]") {
  std::vector<float> in(3);
  std::vector<float> out(2);
  const PositRounder rounder({16, 2});
  REQUIRE(rounder.largest_scale_exponent() == 69);
  REQUIRE_THROWS_WITH(rounder.round(in, out), Catch::Contains("as many results as values"));
  for (const int scale : {70, -70, std::numeric_limits<int>::min()}) {
    REQUIRE_THROWS_WITH(rounder.round(in, in, scale), Catch::Contains("the range of float"));
  }
  REQUIRE_NOTHROW(rounder.round(in, in, 69));
  REQUIRE_THROWS_AS(PositRounder({17, 1}), ConfigError);
}
