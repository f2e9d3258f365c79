// SPDX-License-Identifier: Apache-2.0
// Leading-bit statistics against counts of comparisons with powers of two.
#include <catch2/catch.hpp>

#include <Vdfp_stats_o0.h>
#include <Vdfp_stats_o3.h>

#include "models/formats/dfp.hpp"
#include "tests/rtl/dut.hpp"
#include "tests/rtl/layer_case.hpp"

namespace absim::tests {
namespace {

constexpr unsigned kBins = 33;
constexpr unsigned kCountBits = 12;  // of the models under test

template <typename Model>
class StatsCheck {
 public:
  std::uint64_t wrong = 0;
  models::DfpStatistics golden;
  std::uint64_t bins[kBins] = {};
  std::uint32_t largest = 0;

  void send(std::int32_t value, bool valid, bool clear) {
    dut_->clear_i = clear;
    dut_->valid_i = valid;
    dut_->value_i = static_cast<std::uint32_t>(value);
    dut_.tick();
    if (clear) {
      golden = {};
      std::fill(bins, bins + kBins, 0U);
      largest = 0;
    }
    if (!valid) return;
    golden.add(value);
    // The number of powers of two that are not larger than |value|
    const std::int64_t magnitude = value < 0 ? -std::int64_t{value} : value;
    unsigned bin = 0;
    while (bin < 32 && (std::int64_t{1} << bin) <= magnitude) ++bin;
    ++bins[bin];
    largest |= static_cast<std::uint32_t>(magnitude);
  }
  void compare() {
    wrong += dut_->largest_o != largest || golden.largest != largest;
    for (unsigned b = 0; b < 64; ++b) {
      dut_->bin_i = static_cast<unsigned char>(b);
      dut_.settle();
      const std::uint64_t expected = b < kBins ? bins[b] : 0;
      wrong += dut_->count_o != expected % (1U << kCountBits);
      wrong += b < kBins && golden.bins[b] != expected;
    }
  }

 private:
  Dut<Model> dut_;
};

std::int32_t any_magnitude(Rng& rng) {
  if (chance(rng, 5)) return 0;
  if (chance(rng, 5)) return INT32_MIN;
  const auto word = static_cast<std::int32_t>(static_cast<std::uint32_t>(rng()));
  return word >> (rng() % 32);
}

TEMPLATE_TEST_CASE("dfp_stats RTL counts leading bits of every magnitude", "[rtl][random]",
                   Vdfp_stats_o0, Vdfp_stats_o3) {
  StatsCheck<TestType> check;
  Rng rng(71);
  std::uint64_t gaps = 0, clears = 0;
  for (unsigned n = 0; n < 12000; ++n) {
    const bool valid = chance(rng, 80), clear = n % 3000 == 100 || chance(rng, n < 1000 ? 5 : 0);
    check.send(any_magnitude(rng), valid, clear);
    gaps += !valid;
    clears += clear && valid;
    if (n < 1000 || n % 500 == 0) check.compare();
  }
  REQUIRE(check.wrong == 0);
  REQUIRE(gaps > 1000);
  REQUIRE(clears > 20);
  for (unsigned b = 0; b < kBins; ++b) {
    CAPTURE(b);
    REQUIRE(check.bins[b] > 0);
  }
}

TEMPLATE_TEST_CASE("dfp_stats RTL sees both sides of every power of two, and its counters wrap",
                   "[rtl]", Vdfp_stats_o0, Vdfp_stats_o3) {
  StatsCheck<TestType> check;
  for (unsigned p = 0; p < 32; ++p) {
    const std::int64_t power = std::int64_t{1} << p;
    for (const std::int64_t value : {power - 1, power, -power, 1 - power}) {
      if (value <= INT32_MAX) check.send(static_cast<std::int32_t>(value), true, false);
    }
  }
  check.compare();
  for (unsigned n = 0; n < (1U << kCountBits) + 5; ++n) check.send(-3, true, n == 0);
  check.compare();
  REQUIRE(check.bins[2] == (1U << kCountBits) + 5);
  REQUIRE(check.wrong == 0);
}

}  // namespace
}  // namespace absim::tests
