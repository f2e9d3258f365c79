// SPDX-License-Identifier: Apache-2.0
// Sums of posit products: quire, window and chains against wide fixed-point sums.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>
#include <vector>

#include "models/core/error.hpp"
#include "models/formats/posit_accumulator.hpp"
#include "tests/support/posit_oracle.hpp"

using namespace absim;
using namespace absim::models;
using absim::test::PositOracle;
using absim::test::WideFixed;

namespace {

using Codes = std::vector<PositCode>;
constexpr PositFormat kFormats[] = {{8, 0}, {8, 1}, {8, 2}, {16, 1}, {16, 2}, {7, 1}};

PositQuire quire_of(PositFormat format, const Codes& a, const Codes& b) {
  PositQuire quire(format);
  for (std::size_t i = 0; i < a.size(); ++i) quire.add_product(a[i], b[i]);
  return quire;
}

PositCode window_of(PositFormat format, PositWindowConfig config, const Codes& a, const Codes& b) {
  PositWindow window(format, config);
  for (std::size_t i = 0; i < a.size(); ++i) window.add_product(a[i], b[i]);
  return window.read();
}

PositCode random_finite(const PositOracle& oracle, std::mt19937_64& random) {
  for (;;) {
    const auto code = static_cast<PositCode>(random() % oracle.codes());
    if (code != oracle.nar()) return code;
  }
}

/// Operands of a dot product; the second half of some cancels the first but for one product.
std::pair<Codes, Codes> operands(const PositOracle& oracle, std::size_t length, bool cancelling,
                                 std::mt19937_64& random) {
  Codes a;
  Codes b;
  for (std::size_t i = 0; i < length; ++i) {
    a.push_back(random_finite(oracle, random));
    b.push_back(random_finite(oracle, random));
  }
  if (!cancelling) return {a, b};
  for (std::size_t i = 0; i < length / 2; ++i) {
    a[length / 2 + i] = static_cast<PositCode>((oracle.codes() - a[i]) % oracle.codes());
    b[length / 2 + i] = b[i];
  }
  a.back() = b.back() = 1;  // a tiny residual, if the other sums to zero
  a[length / 2 - 1] = 0;
  return {a, b};
}

}  // namespace

TEST_CASE("posit quire: dot products of 1 to 256 are exact", "[models][posit][random]") {
  for (const PositFormat format : kFormats) {
    CAPTURE(posit_name(format));
    const PositOracle oracle(format);
    std::mt19937_64 random(71 + format.n + format.es);
    std::size_t wrong = 0;
    std::size_t tiny = 0;
    for (std::size_t length = 1; length <= 256; ++length) {
      const bool cancelling = length % 2 == 0;
      auto [a, b] = operands(oracle, length, cancelling, random);
      const WideFixed exact = oracle.dot(a, b);
      const PositQuire quire = quire_of(format, a, b);
      if (quire.read() != oracle.round(exact)) ++wrong;
      for (const int exponent : {-40, -3, 5, 40}) {
        if (quire.read(exponent) != oracle.round(exact.scaled(exponent))) ++wrong;
      }
      if (exact == WideFixed(oracle.value(1) * oracle.value(1))) {
        ++tiny;
        if (quire.read() != 1) ++wrong;
      }
      const auto width = static_cast<unsigned>(4 * format.max_exponent() + 2 + 8);
      if (!quire.fits(width)) ++wrong;
      // NaR anywhere stays, until clear().
      a[random() % length] = oracle.nar();
      PositQuire poisoned = quire_of(format, a, b);
      poisoned.add_product(1, 1);
      if (!poisoned.is_nar() || poisoned.read() != oracle.nar()) ++wrong;
      poisoned.clear();
      if (poisoned.is_nar() || poisoned.read() != 0) ++wrong;
    }
    REQUIRE(wrong == 0);
    REQUIRE(tiny == 128);  // every cancelling one leaves minpos^2
  }
}

TEST_CASE("posit quire: the last unit decides ties", "[models][posit][exhaustive]") {
  for (const PositFormat format : kFormats) {
    CAPTURE(posit_name(format));
    const PositOracle oracle(format);
    const WideFixed unit(oracle.value(1) * oracle.value(1));
    std::size_t wrong = 0;
    std::size_t decided = 0;
    const unsigned step = format.n == 16 ? 7 : 1;
    for (unsigned code = 1; code < oracle.maxpos(); code += step) {
      const double point = oracle.rounding_points()[code];
      int exponent = 0;
      auto integer = static_cast<std::int64_t>(std::ldexp(std::frexp(point, &exponent), 20));
      int shift = exponent - 20 + 2 * format.max_exponent();
      for (; shift < 0; ++shift) integer /= 2;  // exact: a point is a multiple of the unit
      for (const bool negative : {false, true}) {
        PositQuire quire(format);
        quire.add_units(negative ? -integer : integer, static_cast<unsigned>(shift));
        const WideFixed exact(negative ? -point : point);
        const PositCode tie = quire.read();
        if (tie != oracle.round(exact)) ++wrong;
        quire.add_product(1, 1);
        if (quire.read() != oracle.round(exact + unit)) ++wrong;
        if (quire.read() != tie) ++decided;
        quire.add_product(posit_negate(format, 1), 1);
        quire.add_product(posit_negate(format, 1), 1);
        if (quire.read() != oracle.round(exact + unit.negated())) ++wrong;
        if (quire.read() != tie) ++decided;
      }
    }
    REQUIRE(wrong == 0);
    REQUIRE(decided == 2 * ((oracle.maxpos() - 2) / step + 1));
  }
}

TEST_CASE("posit quire: the largest sums fit the widths of the specification", "[models][posit]") {
  for (const PositFormat format : kFormats) {
    CAPTURE(posit_name(format));
    const PositOracle oracle(format);
    const PositCode top = oracle.maxpos();
    const auto width = static_cast<unsigned>(4 * format.max_exponent() + 2 + 8);
    PositQuire same(format);
    PositQuire alternating(format);
    for (int i = 0; i < 256; ++i) {
      same.add_product(top, top);
      alternating.add_product(i % 2 == 0 ? top : posit_negate(format, top), top);
      REQUIRE(alternating.read() == (i % 2 == 0 ? top : 0));
    }
    REQUIRE(same.read() == top);
    REQUIRE(same.fits(width));
    REQUIRE_FALSE(same.fits(width - 1));
    REQUIRE(same.read(-2 * format.max_exponent() - 8) == oracle.round(1.0));
    same.add_product(posit_negate(format, 1), 1);  // one unit less
    REQUIRE(
        same.read(-2 * format.max_exponent() - 8) ==
        oracle.round(WideFixed(1.0) + WideFixed(-std::ldexp(1.0, -4 * format.max_exponent() - 8))));
  }
}

TEST_CASE("posit quire: posits, units and 32-bit results", "[models][posit][random]") {
  for (const PositFormat format : kFormats) {
    CAPTURE(posit_name(format));
    const PositOracle oracle(format);
    const int unit = 2 * format.max_exponent();
    std::mt19937_64 random(83 + format.n);
    std::size_t wrong = 0;
    std::size_t clamped = 0;
    std::size_t inside = 0;
    for (int i = 0; i < 300; ++i) {
      const auto [a, b] = operands(oracle, 8, false, random);
      PositQuire quire = quire_of(format, a, b);
      WideFixed exact = oracle.dot(a, b);
      const int exponent = static_cast<int>(random() % 24) - std::min(format.max_exponent(), 12);
      const PositCode term = random_finite(oracle, random);
      quire.add_posit(term, exponent);
      exact += WideFixed(std::ldexp(oracle.value(term), exponent));
      const std::int64_t integer =
          static_cast<std::int64_t>(random() >> 16U) - (std::int64_t{1} << 47U);
      const auto shift = static_cast<unsigned>(random() % 40);
      quire.add_units(integer, shift);
      exact += WideFixed(std::ldexp(static_cast<double>(integer), static_cast<int>(shift) - unit));
      if (quire.read() != oracle.round(exact)) ++wrong;

      const auto right = static_cast<unsigned>(random() % (static_cast<unsigned>(2 * unit) + 20));
      WideFixed units = exact.scaled(unit);
      if (right > 0) units += WideFixed(std::ldexp(1.0, static_cast<int>(right) - 1));
      const WideFixed rounded = units.scaled(-static_cast<int>(right)).floored();
      const std::int32_t found = quire.read_s32(right);
      const WideFixed least(static_cast<double>(INT32_MIN));
      const WideFixed most(static_cast<double>(INT32_MAX));
      const WideFixed expected = rounded < least ? least : most < rounded ? most : rounded;
      if (!(WideFixed(static_cast<double>(found)) == expected)) ++wrong;
      ++(expected == rounded ? inside : clamped);
    }
    REQUIRE(wrong == 0);
    REQUIRE(clamped > 10);
    REQUIRE(inside > 10);
    PositQuire nar(format);
    nar.add_posit(oracle.nar());
    REQUIRE(nar.read() == oracle.nar());
    REQUIRE_THROWS_AS(PositQuire(format).add_posit(1, -format.max_exponent() - 1), InvariantError);
  }
}

TEST_CASE("posit window: one that spans the quire is the quire", "[models][posit][random]") {
  for (const PositFormat format : kFormats) {
    CAPTURE(posit_name(format));
    const PositOracle oracle(format);
    const int m = format.max_exponent();
    std::mt19937_64 random(89);
    std::size_t wrong = 0;
    for (std::size_t length = 2; length <= 256; length += 2) {
      const auto [a, b] = operands(oracle, length, length % 4 == 0, random);
      const PositCode found = window_of(format, {-2 * m, 2 * m + 1, 9}, a, b);
      if (found != quire_of(format, a, b).read()) ++wrong;
    }
    REQUIRE(wrong == 0);
  }
}

TEST_CASE("posit window: cuts and saturates products, in any order", "[models][posit][random]") {
  for (const PositFormat format : kFormats) {
    CAPTURE(posit_name(format));
    const PositOracle oracle(format);
    const int m = format.max_exponent();
    std::mt19937_64 random(97);
    std::size_t wrong = 0;
    std::size_t differ_from_quire = 0;
    for (std::size_t length = 1; length <= 256; ++length) {
      PositWindowConfig config;
      config.low = static_cast<int>(random() % static_cast<unsigned>(3 * m)) - 2 * m;
      config.high = config.low + 1 +
                    static_cast<int>(random() % static_cast<unsigned>(2 * m + 1 - config.low));
      config.guard = 8;
      auto [a, b] = operands(oracle, length, false, random);
      const PositCode found = window_of(format, config, a, b);
      if (found != oracle.round(oracle.windowed_dot(a, b, config))) ++wrong;
      if (found != oracle.round(oracle.dot(a, b))) ++differ_from_quire;
      const std::uint64_t seed = random();
      std::shuffle(a.begin(), a.end(), std::mt19937_64(seed));
      std::shuffle(b.begin(), b.end(), std::mt19937_64(seed));
      if (window_of(format, config, a, b) != found) ++wrong;
      a[random() % length] = oracle.nar();
      if (window_of(format, config, a, b) != oracle.nar()) ++wrong;
    }
    REQUIRE(wrong == 0);
    REQUIRE(differ_from_quire > 50);
    // A sum lost below the window is zero; the quire keeps it.
    REQUIRE(window_of(format, {-2 * m + 1, 2 * m, 1}, {1}, {1}) == 0);
    REQUIRE(quire_of(format, {1}, {1}).read() == 1);
    for (const PositWindowConfig& bad :
         {PositWindowConfig{-2 * m - 1, 0, 9}, {0, 2 * m + 2, 9}, {0, 0, 9}, {0, 1, 17}}) {
      REQUIRE_THROWS_AS(PositWindow(format, bad), ConfigError);
    }
    PositWindow full(format, {0, 1, 0});
    full.add_product(1, 1);
    REQUIRE_THROWS_AS(full.add_product(1, 1), InvariantError);
  }
}

TEST_CASE("posit chains: one or two roundings a step, in index order", "[models][posit][random]") {
  for (const PositFormat format : kFormats) {
    CAPTURE(posit_name(format));
    const PositOracle oracle(format);
    std::mt19937_64 random(101);
    std::size_t wrong = 0;
    std::size_t differ = 0;
    for (std::size_t length = 1; length <= 128; ++length) {
      auto [a, b] = operands(oracle, length, false, random);
      PositCode fused = 0;
      PositCode twice = 0;
      for (std::size_t i = 0; i < length; ++i) {
        fused = oracle.fma(a[i], b[i], fused);
        twice = oracle.add(twice, oracle.multiply(a[i], b[i]));
      }
      if (posit_chain(format, PositChain::kFma, a, b) != fused) ++wrong;
      if (posit_chain(format, PositChain::kMultiplyAdd, a, b) != twice) ++wrong;
      if (fused != twice) ++differ;
      b[random() % length] = oracle.nar();
      if (posit_chain(format, PositChain::kFma, a, b) != oracle.nar()) ++wrong;
      if (posit_chain(format, PositChain::kMultiplyAdd, a, b) != oracle.nar()) ++wrong;
    }
    REQUIRE(wrong == 0);
    REQUIRE(differ > 10);
  }
}
