// SPDX-License-Identifier: Apache-2.0
// Posit add, multiply and fused multiply-add against an oracle that rounds by searching for
// neighbours; and against the host's doubles where these are exact.
#include <catch2/catch.hpp>

#include <random>
#include <vector>

#include "models/formats/posit.hpp"
#include "tests/support/posit_oracle.hpp"

using namespace absim::models;
using absim::test::PositOracle;

namespace {

constexpr PositMode kTowardZero{PositRounding::kTowardZero, PositUnderflow::kToMinpos};
constexpr PositMode kFlush{PositRounding::kNearestEven, PositUnderflow::kToZero};

PositCode code_of(unsigned code) { return static_cast<PositCode>(code); }

/// Pairs for which add or multiply differs from the oracle.
std::size_t mismatches(const PositOracle& oracle, PositMode mode) {
  const PositFormat format = oracle.format();
  std::size_t wrong = 0;
  for (unsigned a = 0; a < oracle.codes(); ++a) {
    for (unsigned b = 0; b < oracle.codes(); ++b) {
      const PositCode x = code_of(a);
      const PositCode y = code_of(b);
      if (posit_add(format, x, y, mode) != oracle.add(x, y, mode)) ++wrong;
      if (posit_multiply(format, x, y, mode) != oracle.multiply(x, y, mode)) ++wrong;
    }
  }
  return wrong;
}

}  // namespace

TEST_CASE("posit arithmetic: add and multiply over all pairs", "[models][posit][exhaustive]") {
  for (const PositFormat format :
       {PositFormat{8, 0}, {8, 1}, {8, 2}, {7, 1}, {9, 2}, {3, 2}, {4, 2}, {5, 0}, {6, 1}}) {
    CAPTURE(posit_name(format));
    REQUIRE(mismatches(PositOracle(format), {}) == 0);
  }
}

TEST_CASE("posit arithmetic: other roundings over all pairs", "[models][posit][exhaustive]") {
  for (const PositFormat format : {PositFormat{8, 1}, {7, 0}, {5, 2}}) {
    const PositOracle oracle(format);
    CAPTURE(posit_name(format));
    REQUIRE(mismatches(oracle, kTowardZero) == 0);
    REQUIRE(mismatches(oracle, kFlush) == 0);
    // The modes differ where they should.
    REQUIRE(posit_multiply(format, 1, 1) == 1);
    REQUIRE(posit_multiply(format, 1, 1, kTowardZero) == 1);
    REQUIRE(posit_multiply(format, 1, 1, kFlush) == 0);
  }
}

TEST_CASE("posit arithmetic: 8 bits agree with exact doubles", "[models][posit][exhaustive]") {
  for (unsigned es = 0; es <= 2; ++es) {
    const PositFormat format{8, es};
    CAPTURE(posit_name(format));
    std::size_t wrong = 0;
    for (unsigned a = 0; a < 256; ++a) {
      for (unsigned b = 0; b < 256; ++b) {
        const double x = posit_to_double(format, code_of(a));
        const double y = posit_to_double(format, code_of(b));
        const PositCode sum = posit_add(format, code_of(a), code_of(b));
        const PositCode product = posit_multiply(format, code_of(a), code_of(b));
        if (sum != posit_from_double(format, x + y)) ++wrong;
        if (product != posit_from_double(format, x * y)) ++wrong;
      }
    }
    REQUIRE(wrong == 0);
  }
}

TEST_CASE("posit arithmetic: a million pairs of 16 bits", "[models][posit][random]") {
  for (const PositFormat format : {PositFormat{16, 1}, {16, 2}}) {
    CAPTURE(posit_name(format));
    const PositOracle oracle(format);
    std::mt19937_64 random(61 + format.es);
    std::size_t wrong = 0;
    std::size_t near_cancelling = 0;
    for (int i = 0; i < 1'000'000; ++i) {
      const std::uint64_t bits = random();
      const auto a = static_cast<PositCode>(bits);
      auto b = static_cast<PositCode>(bits >> 16U);
      if (i % 4 == 0) {  // close to -a
        b = posit_from_signed(format, posit_signed(format, posit_negate(format, a)) +
                                          static_cast<int>(bits >> 32U & 15U) - 8);
        ++near_cancelling;
      }
      if (posit_add(format, a, b) != oracle.add(a, b)) ++wrong;
      if (posit_multiply(format, a, b) != oracle.multiply(a, b)) ++wrong;
    }
    REQUIRE(wrong == 0);
    REQUIRE(near_cancelling == 250'000);
  }
}

TEST_CASE("posit arithmetic: corner codes against everything", "[models][posit][exhaustive]") {
  for (const PositFormat format : {PositFormat{16, 0}, {16, 1}, {16, 2}, {10, 2}}) {
    CAPTURE(posit_name(format));
    const PositOracle oracle(format);
    const PositCode top = oracle.maxpos();
    const PositCode one = code_of(oracle.codes() / 4);
    std::size_t wrong = 0;
    for (const PositCode corner : {PositCode{0}, PositCode{1}, PositCode{2}, PositCode{3}, one,
                                   code_of(one + 1U), code_of(one - 1U), code_of(top - 1U), top}) {
      for (const PositCode a : {corner, posit_negate(format, corner), oracle.nar()}) {
        for (unsigned i = 0; i < oracle.codes(); i += 5) {
          const PositCode b = code_of(i);
          if (posit_add(format, a, b) != oracle.add(a, b)) ++wrong;
          if (posit_multiply(format, a, b) != oracle.multiply(a, b)) ++wrong;
        }
      }
    }
    REQUIRE(wrong == 0);
    REQUIRE(posit_multiply(format, oracle.nar(), 0) == oracle.nar());
    REQUIRE(posit_multiply(format, 0, oracle.nar()) == oracle.nar());
    REQUIRE(posit_add(format, oracle.nar(), oracle.nar()) == oracle.nar());
    REQUIRE(posit_multiply(format, 1, 1) == 1);
    REQUIRE(posit_multiply(format, top, top) == top);
    REQUIRE(posit_add(format, top, top) == top);
    for (unsigned i = 0; i < oracle.codes(); ++i) {
      if (i == oracle.nar()) continue;
      if (posit_add(format, code_of(i), posit_negate(format, code_of(i))) != 0) ++wrong;
      if (posit_multiply(format, code_of(i), one) != i) ++wrong;
    }
    REQUIRE(wrong == 0);
  }
  // minpos + minpos is a tie between 0x01 and 0x02.
  REQUIRE(posit_add({8, 1}, 1, 1) == 2);
}

TEST_CASE("posit arithmetic: fused multiply-add rounds once", "[models][posit][exhaustive]") {
  std::size_t wrong = 0;
  std::size_t differ_from_two_roundings = 0;
  for (const PositFormat format : {PositFormat{5, 0}, {5, 1}, {5, 2}}) {
    const PositOracle oracle(format);
    for (unsigned i = 0; i < 1U << 15U; ++i) {
      const PositCode a = code_of(i & 31U);
      const PositCode b = code_of(i >> 5U & 31U);
      const PositCode c = code_of(i >> 10U);
      const PositCode fused = posit_fma(format, a, b, c);
      if (fused != oracle.fma(a, b, c)) ++wrong;
      if (fused != posit_add(format, posit_multiply(format, a, b), c)) ++differ_from_two_roundings;
    }
  }
  std::mt19937_64 random(67);
  for (const PositFormat format : {PositFormat{8, 1}, {16, 1}, {16, 2}}) {
    const PositOracle oracle(format);
    for (int i = 0; i < 100'000; ++i) {
      const std::uint64_t bits = random();
      const PositCode a = code_of(static_cast<unsigned>(bits & format.mask()));
      const PositCode b = code_of(static_cast<unsigned>(bits >> 16U & format.mask()));
      const PositCode c = code_of(static_cast<unsigned>(bits >> 32U & format.mask()));
      if (posit_fma(format, a, b, c) != oracle.fma(a, b, c)) ++wrong;
    }
  }
  REQUIRE(wrong == 0);
  REQUIRE(differ_from_two_roundings > 1000);
}

TEST_CASE("posit arithmetic: the comparison notices a wrong es", "[models][posit]") {
  const PositOracle other({8, 2});
  std::size_t sums = 0;
  std::size_t products = 0;
  for (unsigned a = 0; a < 256; ++a) {
    for (unsigned b = 0; b < 256; ++b) {
      if (posit_add({8, 1}, code_of(a), code_of(b)) != other.add(code_of(a), code_of(b))) ++sums;
      if (posit_multiply({8, 1}, code_of(a), code_of(b)) !=
          other.multiply(code_of(a), code_of(b))) {
        ++products;
      }
    }
  }
  REQUIRE(sums > 10'000);
  REQUIRE(products > 10'000);
}
