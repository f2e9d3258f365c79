// SPDX-License-Identifier: Apache-2.0
// Posits: decode, encode and every conversion against an oracle that enumerates values.
#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <random>

#include "models/core/error.hpp"
#include "models/formats/posit.hpp"
#include "tests/support/posit_oracle.hpp"

using namespace absim;
using namespace absim::models;
using absim::test::PositOracle;
using absim::test::WideFixed;

namespace {

constexpr PositMode kModes[] = {
    {PositRounding::kNearestEven, PositUnderflow::kToMinpos},
    {PositRounding::kNearestEven, PositUnderflow::kToZero},
    {PositRounding::kTowardZero, PositUnderflow::kToMinpos},
    {PositRounding::kTowardZero, PositUnderflow::kToZero},
};
constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <typename Check>
void for_every_format(Check&& check) {
  for (unsigned n = 3; n <= 16; ++n) {
    for (unsigned es = 0; es <= 2; ++es) check(PositFormat{n, es});
  }
}

PositCode code_of(unsigned code) { return static_cast<PositCode>(code); }

/// Whether the fields of a decoded word are in range, agree with each other and give x.
bool consistent(PositFormat format, const PositValue& v, double x) {
  const double magnitude = std::ldexp(static_cast<double>(v.significand),
                                      v.exponent - static_cast<int>(v.fraction_bits));
  return v.kind == PositKind::kFinite && v.negative == (x < 0) && magnitude == std::fabs(x) &&
         v.exponent == std::ilogb(x) && v.significand >> v.fraction_bits == 1 &&
         v.exponent_field < 1U << format.es &&
         v.exponent == v.regime * (1 << format.es) + static_cast<int>(v.exponent_field);
}

/// Values, rounding points, arithmetic means, and one ulp either side of each.
std::vector<double> interesting(const PositOracle& oracle) {
  std::vector<double> bases{oracle.value(1) / 2, oracle.value(1) / 4, 3 * oracle.value(1) / 4,
                            2 * oracle.value(oracle.maxpos())};
  for (unsigned code = 1; code <= oracle.maxpos(); ++code) {
    const double x = oracle.value(code_of(code));
    bases.push_back(x);
    bases.push_back(oracle.rounding_points()[code]);
    if (code < oracle.maxpos()) bases.push_back((x + oracle.value(code_of(code + 1))) / 2);
  }
  std::vector<double> result;
  for (const double x : bases) {
    for (const double y : {x, std::nextafter(x, 0.0), std::nextafter(x, kInfinity)}) {
      result.push_back(y);
      result.push_back(-y);
    }
  }
  return result;
}

}  // namespace

TEST_CASE("posit: decode agrees with enumerated values, every code of every format",
          "[models][posit][exhaustive]") {
  for_every_format([](PositFormat format) {
    CAPTURE(posit_name(format));
    const PositOracle oracle(format);
    REQUIRE(decode_posit(format, 0).kind == PositKind::kZero);
    REQUIRE(decode_posit(format, oracle.nar()).kind == PositKind::kNaR);
    REQUIRE(oracle.value(oracle.maxpos()) == std::ldexp(1.0, format.max_exponent()));
    REQUIRE(oracle.value(1) == std::ldexp(1.0, -format.max_exponent()));
    std::size_t wrong = 0;
    std::size_t finite = 0;
    for (unsigned code = 1; code < oracle.codes(); ++code) {
      if (code == oracle.nar()) continue;
      ++finite;
      const double x = oracle.value(code_of(code));
      if (!consistent(format, decode_posit(format, code_of(code)), x)) ++wrong;
      if (posit_to_double(format, code_of(code)) != x) ++wrong;
    }
    REQUIRE(finite == oracle.codes() - 2);
    REQUIRE(wrong == 0);
    REQUIRE(posit_to_double(format, 0) == 0.0);
    REQUIRE(std::isnan(posit_to_double(format, oracle.nar())));
  });
}

TEST_CASE("posit: codes order and negate like signed integers, NaR lowest",
          "[models][posit][exhaustive]") {
  for_every_format([](PositFormat format) {
    CAPTURE(posit_name(format));
    const PositOracle oracle(format);
    std::size_t wrong = 0;
    double last = -kInfinity;  // NaR
    const int half = 1 << (format.n - 1);
    for (int i = -half; i < half; ++i) {
      const PositCode code = posit_from_signed(format, i);
      if (code >= oracle.codes() || posit_signed(format, code) != i) ++wrong;
      if (i == -half) {
        if (code != oracle.nar() || posit_negate(format, code) != code) ++wrong;
        continue;
      }
      if (!(oracle.value(code) > last)) ++wrong;
      last = oracle.value(code);
      if (oracle.value(posit_negate(format, code)) != -last) ++wrong;
    }
    REQUIRE(wrong == 0);
  });
}

TEST_CASE("posit: doubles round as the oracle says, at every value and rounding point",
          "[models][posit][exhaustive]") {
  for_every_format([](PositFormat format) {
    const PositOracle oracle(format);
    const std::vector<double> inputs = interesting(oracle);
    for (const PositMode mode : kModes) {
      CAPTURE(posit_name(format), static_cast<int>(mode.rounding),
              static_cast<int>(mode.underflow));
      std::size_t wrong = 0;
      std::size_t zeros = 0;
      for (const double x : inputs) {
        const PositCode code = posit_from_double(format, x, mode);
        if (code != oracle.round(x, mode)) ++wrong;
        if (code == 0) ++zeros;
      }
      REQUIRE(wrong == 0);
      REQUIRE((zeros > 0) == (mode.underflow == PositUnderflow::kToZero));
    }
    std::size_t wrong = 0;
    for (unsigned code = 0; code < oracle.codes(); ++code) {
      for (const PositMode mode : kModes) {
        if (posit_from_double(format, oracle.value(code_of(code)), mode) != code) ++wrong;
      }
    }
    REQUIRE(wrong == 0);
  });
}

TEST_CASE("posit: special doubles", "[models][posit]") {
  for_every_format([](PositFormat format) {
    CAPTURE(posit_name(format));
    const PositOracle oracle(format);
    const PositCode minus_one_ulp = code_of(oracle.codes() - 1);
    using Limits = std::numeric_limits<double>;
    REQUIRE(posit_from_double(format, 0.0) == 0);
    REQUIRE(posit_from_double(format, -0.0) == 0);
    for (const double x :
         {Limits::denorm_min(), 3 * Limits::denorm_min(), Limits::min() / 2, Limits::min()}) {
      REQUIRE(posit_from_double(format, x) == 1);
      REQUIRE(posit_from_double(format, -x) == minus_one_ulp);
      REQUIRE(posit_from_double(format, x, kModes[1]) == 0);
      REQUIRE(posit_from_double(format, -x, kModes[3]) == 0);
    }
    REQUIRE(posit_from_double(format, Limits::max()) == oracle.maxpos());
    REQUIRE(posit_from_double(format, Limits::lowest()) == oracle.nar() + 1);
    for (const double x : {kInfinity, -kInfinity, Limits::quiet_NaN(), -Limits::quiet_NaN()}) {
      REQUIRE(posit_from_double(format, x) == oracle.nar());
    }
  });
}

TEST_CASE("posit: bits far below the 64 given ones decide through sticky",
          "[models][posit][random]") {
  std::mt19937_64 random(41);
  for_every_format([&](PositFormat format) {
    CAPTURE(posit_name(format));
    const PositOracle oracle(format);
    std::size_t wrong = 0;
    std::size_t ties_decided = 0;  // sticky made the difference
    for (int i = 0; i < 6000; ++i) {
      const int range = format.max_exponent() + 2;
      const int exponent =
          static_cast<int>(random() % static_cast<unsigned>(2 * range + 1)) - range;
      // Few leading bits, often nothing below them: ties.
      const std::uint64_t fraction =
          random() % 4 == 0 ? random() : random() << (64 - 1 - random() % format.n);
      const bool negative = random() % 2 == 0;
      const PositMode mode = kModes[random() % 4];
      WideFixed exact =
          WideFixed(std::ldexp(1.0, exponent)) +
          WideFixed(std::ldexp(static_cast<double>(fraction >> 32U), exponent - 32)) +
          WideFixed(std::ldexp(static_cast<double>(fraction & 0xffffffffU), exponent - 64));
      if (negative) exact = exact.negated();
      const WideFixed tail(std::ldexp(negative ? -1.0 : 1.0, exponent - 150));
      const PositCode without = round_posit(format, negative, exponent, fraction, false, mode);
      const PositCode with = round_posit(format, negative, exponent, fraction, true, mode);
      if (without != oracle.round(exact, mode)) ++wrong;
      if (with != oracle.round(exact + tail, mode)) ++wrong;
      if (with != without) ++ties_decided;
    }
    REQUIRE(wrong == 0);
    REQUIRE(ties_decided > 20);
  });
}

TEST_CASE("posit: every format converts to every other", "[models][posit][exhaustive]") {
  std::vector<PositOracle> oracles;
  for_every_format([&](PositFormat format) {
    if (format.n % 4 == 0 || format.n == 3 || format.n == 9) oracles.emplace_back(format);
  });
  REQUIRE(oracles.size() == 18);
  for (const PositOracle& from : oracles) {
    for (const PositOracle& to : oracles) {
      CAPTURE(posit_name(from.format()), posit_name(to.format()));
      std::size_t wrong = 0;
      const unsigned step = from.format().n == 16 ? 7 : 1;
      for (unsigned code = 0; code < from.codes(); code += step) {
        const PositMode mode = kModes[code % 4];
        const PositCode found = posit_convert(to.format(), from.format(), code_of(code), mode);
        if (found != to.round(from.value(code_of(code)), mode)) ++wrong;
      }
      REQUIRE(wrong == 0);
      REQUIRE(posit_convert(to.format(), from.format(), from.nar()) == to.nar());
    }
  }
}

TEST_CASE("posit: worked examples", "[models][posit]") {
  const PositFormat p80{8, 0}, p81{8, 1}, p82{8, 2}, p161{16, 1}, p162{16, 2};
  const struct {
    PositCode code;
    double values[3];
  } patterns[] = {
      {0x40, {1, 1, 1}},
      {0x7f, {64, 4096, 16777216}},
      {0x7e, {32, 1024, 1048576}},
      {0x7d, {24, 512, 262144}},
      {0x01, {0x1p-6, 0x1p-12, 0x1p-24}},
      {0x02, {0x1p-5, 0x1p-10, 0x1p-20}},
  };
  for (const auto& pattern : patterns) {
    CAPTURE(pattern.code);
    REQUIRE(posit_to_double(p80, pattern.code) == pattern.values[0]);
    REQUIRE(posit_to_double(p81, pattern.code) == pattern.values[1]);
    REQUIRE(posit_to_double(p82, pattern.code) == pattern.values[2]);
  }
  const double pi = 3.14159265358979323846;
  REQUIRE(posit_from_double(p81, pi) == 0x59);
  REQUIRE(posit_to_double(p81, 0x59) == 3.125);
  REQUIRE(posit_from_double(p161, pi) == 0x5922);
  REQUIRE(posit_from_double(p162, pi) == 0x4c91);
  REQUIRE(posit_from_double(p81, -pi) == 0xa7);
  REQUIRE(posit_from_double(p81, 0.1) == 0x15);
  REQUIRE(posit_to_double(p81, 0x15) == 0.1015625);
  REQUIRE(posit_from_double(p161, 0.1) == 0x14cd);
  REQUIRE(posit_from_double(p162, 0.1) == 0x24cd);
  REQUIRE(posit_from_double(p81, 100) == 0x79);
  REQUIRE(posit_to_double(p81, 0x79) == 96);
  REQUIRE(posit_from_double(p81, 1e9) == 0x7f);
  REQUIRE(posit_from_double(p81, -1e9) == 0x81);
  REQUIRE(posit_from_double(p81, 1e-9) == 0x01);
  REQUIRE(posit_to_double(p81, 0x38) == 0.75);
  REQUIRE(posit_to_double(p81, 0xc8) == -0.75);
  REQUIRE(posit_to_double(p161, 0x5a3d) == 3.27978515625);
  REQUIRE(posit_to_double(p162, 0x5a3d) == 10.23828125);
  REQUIRE(posit_to_double(p161, 0xa5c3) == -3.27978515625);
  REQUIRE(posit_to_double(p162, 0xa5c3) == -10.23828125);
  // Ties of exponents: the rounding point between 2^20 and 2^24 is 2^22.
  REQUIRE(posit_from_double(p82, 0x1p22) == 0x7e);
  REQUIRE(posit_from_double(p82, std::nextafter(0x1p22, kInfinity)) == 0x7f);
  REQUIRE(posit_from_double(p82, 0x1p19) == 0x7e);
  REQUIRE(posit_from_double(p82, std::nextafter(0x1p19, 0)) == 0x7d);
  // One exponent bit left of two; the missing one reads as 0.
  REQUIRE(decode_posit(p82, 0x7d).exponent_field == 2);
  REQUIRE(decode_posit(p82, 0x7d).fraction_bits == 0);
}

TEST_CASE("posit: formats outside the range are refused by name", "[models][posit]") {
  for (const PositFormat format : {PositFormat{2, 0}, {17, 1}, {8, 3}, {0, 0}}) {
    REQUIRE_THROWS_WITH(
        check_posit_format(format, "dump.yaml: posit"),
        Catch::StartsWith("dump.yaml: posit: found " + posit_name(format) + "; allowed: 3 to 16"));
  }
  std::size_t formats = 0;
  for_every_format([&](PositFormat format) {
    ++formats;
    REQUIRE_NOTHROW(check_posit_format(format, ""));
  });
  REQUIRE(formats == 42);
  REQUIRE(posit_name({8, 1}) == "posit(8,1)");
}
