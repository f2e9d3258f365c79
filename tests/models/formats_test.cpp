// SPDX-License-Identifier: Apache-2.0
// Weight formats: the identities of bitwise binary and two's complement codes, over every code.
#include <catch2/catch.hpp>

#include <cmath>
#include <random>

#include "models/core/error.hpp"
#include "models/formats/bwb.hpp"
#include "models/formats/twos_complement.hpp"
#include "models/network/dump.hpp"

using namespace absim;
using namespace absim::models;

namespace {

/// Calls check(bits, t, code) for every width, truncation length and code.
template <typename Check>
void for_every_code(Check&& check) {
  std::size_t cases = 0;
  for (unsigned bits = 1; bits <= 8; ++bits) {
    for (unsigned t = 1; t <= bits; ++t) {
      for (unsigned code = 0; code < 1U << bits; ++code, ++cases) {
        check(bits, t, static_cast<std::uint8_t>(code));
      }
    }
  }
  REQUIRE(cases == 3586);  // sum of bits * 2^bits
}

/// Weights to quantise: random, cell borders, zeros of both signs and values beyond the range.
std::vector<double> interesting_weights() {
  std::vector<double> weights{0.0, -0.0, 1.0, -1.0, 1.5, -1.5, 1e300, -1e300, 1e-300, -1e-300};
  for (int i = -256; i <= 256; ++i) {
    const double border = i / 256.0;
    for (const double w : {border, std::nextafter(border, 2), std::nextafter(border, -2)}) {
      weights.push_back(w);
    }
  }
  std::mt19937_64 random(11);
  for (int i = 0; i < 2000; ++i) {
    weights.push_back(std::ldexp(static_cast<double>(random() >> 11), -52) - 1);
  }
  return weights;
}

}  // namespace

TEST_CASE("bwb: a code's value is the sum of its signs", "[models][formats][exhaustive]") {
  for_every_code([](unsigned bits, unsigned t, std::uint8_t code) {
    double sum = 0;
    for (unsigned i = 1; i <= t; ++i) {
      const int sign = 2 * static_cast<int>(code >> (bits - i) & 1) - 1;
      sum += sign * std::ldexp(1, -static_cast<int>(i));
    }
    CAPTURE(bits, t, code);
    REQUIRE(bwb::decode(code, 3.0, bits, t) == 3.0 * sum);
    REQUIRE(bwb::weight(code, bits, t) == std::ldexp(sum, static_cast<int>(t)));
    REQUIRE(bwb::weight(code, bits, t) % 2 != 0);
    REQUIRE(truncated_weight(WeightFormat::kBwb, bits, t, code) == bwb::weight(code, bits, t));
  });
}

TEST_CASE("bwb: planes most significant first give every shorter weight",
          "[models][formats][exhaustive]") {
  for_every_code([](unsigned bits, unsigned t, std::uint8_t code) {
    const std::int32_t before = t == 1 ? 0 : bwb::weight(code, bits, t - 1);
    const int sign = 2 * (code >> (bits - t) & 1) - 1;
    CAPTURE(bits, t, code);
    REQUIRE(bwb::weight(code, bits, t) == 2 * before + sign);
  });
}

TEST_CASE("bwb: truncation errs by at most 2^-t - 2^-B, on average by nothing",
          "[models][formats][exhaustive]") {
  for (unsigned bits = 1; bits <= 8; ++bits) {
    for (unsigned t = 1; t <= bits; ++t) {
      const double bound =
          std::ldexp(1, -static_cast<int>(t)) - std::ldexp(1, -static_cast<int>(bits));
      double sum = 0;
      double worst = 0;
      for (unsigned code = 0; code < 1U << bits; ++code) {
        const auto q = static_cast<std::uint8_t>(code);
        const double error = bwb::decode(q, 1, bits, bits) - bwb::decode(q, 1, bits, t);
        sum += error;
        worst = std::max(worst, std::abs(error));
      }
      CAPTURE(bits, t);
      REQUIRE(worst == bound);
      REQUIRE(sum == 0);
    }
  }
}

TEST_CASE("bwb: the truncated code is the shorter code of the same weight", "[models][formats]") {
  for (const double w : interesting_weights()) {
    for (unsigned bits = 1; bits <= 8; ++bits) {
      for (unsigned t = 1; t <= bits; ++t) {
        CAPTURE(w, bits, t);
        REQUIRE(bwb::truncate(bwb::encode(w, 1, bits), bits, t) == bwb::encode(w, 1, t));
      }
    }
  }
}

TEST_CASE("bwb: greedy residual signs give the same bits", "[models][formats]") {
  std::size_t compared = 0;
  for (const double w : interesting_weights()) {
    if (std::abs(w) > 1 || (w != 0 && std::abs(w) < 1e-9))
      continue;  // beyond the range; w + 1 rounds
    double residual = w;
    unsigned code = 0;
    for (int i = 1; i <= 8; ++i) {
      const bool positive = residual >= 0;
      code = 2 * code + (positive ? 1 : 0);
      residual -= (positive ? 1 : -1) * std::ldexp(1, -i);
    }
    // Next to a border w + 1 may round onto it, where the residual form does not.
    const double cell = (w + 1) * 128;
    if (cell == std::floor(cell) && w * 128 != std::floor(w * 128)) continue;
    CAPTURE(w);
    REQUIRE(bwb::encode(w, 1, 8) == code);
    ++compared;
  }
  REQUIRE(compared > 2500);
}

TEST_CASE("bwb: encoding is nearest and scales", "[models][formats]") {
  for (const double w : interesting_weights()) {
    if (std::abs(w) > 1) continue;
    for (unsigned bits = 1; bits <= 8; ++bits) {
      CAPTURE(w, bits);
      const double error = w - bwb::decode(bwb::encode(w, 1, bits), 1, bits, bits);
      REQUIRE(std::abs(error) <= std::ldexp(1 + 1e-12, -static_cast<int>(bits)));
      REQUIRE(bwb::encode(w * 4, 4, bits) == bwb::encode(w, 1, bits));
    }
  }
  CHECK(bwb::encode(-5, 1, 8) == 0);
  CHECK(bwb::encode(5, 1, 8) == 255);
  CHECK(bwb::encode(0, 1, 8) == 128);
}

TEST_CASE("two's complement: a code's value is its signed integer, truncation floors",
          "[models][formats][exhaustive]") {
  for_every_code([](unsigned bits, unsigned t, std::uint8_t code) {
    const int full = code >= 1U << (bits - 1) ? code - (1 << bits) : code;
    const double floored =
        std::floor(std::ldexp(full, static_cast<int>(t) - static_cast<int>(bits)));
    CAPTURE(bits, t, code);
    REQUIRE(twos_complement::weight(code, bits, bits) == full);
    REQUIRE(twos_complement::weight(code, bits, t) == floored);
    REQUIRE(twos_complement::decode(code, 2, bits, t, 0.5) ==
            std::ldexp(floored, 1 - static_cast<int>(t)));
    REQUIRE(truncated_weight(WeightFormat::kTwosComplement, bits, t, code) == floored);
  });
}

TEST_CASE("two's complement: the first plane counts negative", "[models][formats][exhaustive]") {
  for_every_code([](unsigned bits, unsigned t, std::uint8_t code) {
    const int bit = code >> (bits - t) & 1;
    const std::int32_t expected =
        t == 1 ? -bit : 2 * twos_complement::weight(code, bits, t - 1) + bit;
    CAPTURE(bits, t, code);
    REQUIRE(twos_complement::weight(code, bits, t) == expected);
  });
}

TEST_CASE("two's complement: the truncated code is the shorter code of the same weight",
          "[models][formats]") {
  for (const double w : interesting_weights()) {
    for (unsigned bits = 1; bits <= 8; ++bits) {
      for (unsigned t = 1; t <= bits; ++t) {
        CAPTURE(w, bits, t);
        REQUIRE(twos_complement::truncate(twos_complement::encode(w, 1, bits), bits, t) ==
                twos_complement::encode(w, 1, t));
      }
    }
  }
  CHECK(twos_complement::encode(-5, 1, 8) == 0x80);
  CHECK(twos_complement::encode(5, 1, 8) == 0x7f);
  CHECK(twos_complement::encode(-0.001, 1, 8) == 0xff);
}

TEST_CASE("bwb is two's complement with the top bit flipped and half a step added",
          "[models][formats][exhaustive]") {
  for_every_code([](unsigned bits, unsigned t, std::uint8_t code) {
    const auto flipped = static_cast<std::uint8_t>(code ^ 1U << (bits - 1));
    CAPTURE(bits, t, code);
    REQUIRE(bwb::weight(code, bits, t) == 2 * twos_complement::weight(flipped, bits, t) + 1);
    REQUIRE(bwb::decode(code, 1, bits, t) ==
            twos_complement::decode(flipped, 1, bits, t) + std::ldexp(1, -static_cast<int>(t)));
  });
}

TEST_CASE("weight formats refuse what is out of contract", "[models][formats][negative]") {
  for (const double w : {NAN, INFINITY}) {
    CHECK_THROWS_AS(bwb::encode(w, 1, 8), InvariantError);
    CHECK_THROWS_AS(twos_complement::encode(w, 1, 8), InvariantError);
  }
  CHECK_THROWS_AS(bwb::encode(0, 0, 8), InvariantError);
  CHECK_THROWS_AS(bwb::encode(0, 1, 0), InvariantError);
  CHECK_THROWS_AS(bwb::encode(0, 1, 9), InvariantError);
  CHECK_THROWS_AS(twos_complement::encode(0, -1, 8), InvariantError);
  CHECK_THROWS_AS(twos_complement::encode(0, 1, 9), InvariantError);
  CHECK_THROWS_AS(bwb::weight(4, 2, 1), InvariantError);
  CHECK_THROWS_AS(bwb::weight(1, 2, 0), InvariantError);
  CHECK_THROWS_AS(bwb::weight(1, 2, 3), InvariantError);
  CHECK_THROWS_AS(twos_complement::weight(4, 2, 1), InvariantError);
}
