// SPDX-License-Identifier: Apache-2.0
// The S-DFP shifter and its counters against exact division and against models::sdfp_shift.
#include <catch2/catch.hpp>

#include <Vsdfp_unit_o0.h>
#include <Vsdfp_unit_o3.h>

#include <limits>

#include "tests/rtl/dut.hpp"
#include "tests/rtl/layer_case.hpp"
#include "tests/support/sdfp_oracle.hpp"

namespace absim::tests {
namespace {

using models::IntegerRange;
using models::Rounding;

constexpr std::int32_t kMin = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t kMax = std::numeric_limits<std::int32_t>::max();

struct RangeCode {
  unsigned kind;
  bool symmetric;
  IntegerRange range;
};
constexpr RangeCode kRanges[] = {{0, false, {0, 255}},       {1, false, {-128, 127}},
                                 {1, true, {-127, 127}},     {2, false, {-32768, 32767}},
                                 {2, true, {-32768, 32767}}, {3, false, {kMin, kMax}},
                                 {0, true, {0, 255}}};

struct Input {
  std::int32_t acc = 0;
  int shift = 0;
  Rounding rounding = Rounding::kNearestEven;
  std::uint32_t random = 0;
  RangeCode range = kRanges[1];
};

// Sends a value each call; what it gives is there after the clock edge.
template <typename Model>
class ShifterCheck {
 public:
  std::uint64_t wrong = 0, values = 0, saturated = 0, underflowed = 0, ties = 0, carried = 0;

  void send(const Input& in, bool valid = true, bool clear = false) {
    dut_->clear_i = clear;
    dut_->valid_i = valid;
    dut_->acc_i = static_cast<std::uint32_t>(in.acc);
    dut_->shift_i = static_cast<std::uint32_t>(in.shift) & 0x3ffU;
    dut_->rounding_i = static_cast<unsigned char>(in.rounding);
    dut_->random_i = static_cast<std::uint16_t>(in.random);
    dut_->range_i = static_cast<unsigned char>(in.range.kind);
    dut_->symmetric_i = in.range.symmetric;
    dut_.tick();
    if (clear) values = saturated = underflowed = 0;
    wrong += (dut_->valid_o != 0) != valid;
    if (valid) compare(in);
  }
  void check_counters() {
    wrong += dut_->values_o != values;
    wrong += dut_->saturated_count_o != saturated;
    wrong += dut_->underflowed_count_o != underflowed;
  }

 private:
  void compare(const Input& in) {
    const test::SdfpResult e =
        test::sdfp_oracle(in.acc, in.shift, in.rounding, in.range.range, in.random);
    wrong += static_cast<std::int32_t>(dut_->value_o) != e.value;
    wrong += (dut_->saturated_o != 0) != e.saturated;
    wrong += (dut_->underflowed_o != 0) != e.underflowed;
    models::DfpCounters counters;
    wrong += models::sdfp_shift(in.acc, in.shift, in.rounding, in.range.range, in.random,
                                &counters) != e.value;
    wrong += (counters.saturated != 0) != e.saturated;
    wrong += (counters.underflowed != 0) != e.underflowed;
    ++values;
    saturated += e.saturated;
    underflowed += e.underflowed;
    ties += e.tie;
    carried += e.carried;
  }

  Dut<Model> dut_;
};

TEMPLATE_TEST_CASE("sdfp_shifter RTL equals exact division at every shift and rounding",
                   "[rtl][random]", Vsdfp_unit_o0, Vsdfp_unit_o3) {
  ShifterCheck<TestType> check;
  Rng rng(41);
  Input in;
  for (const Rounding rounding : test::kAllRoundings) {
    for (int shift = -512; shift <= 511; ++shift) {
      const int repetitions = shift >= -40 && shift <= 60 ? 300 : 6;
      for (int n = 0; n < repetitions; ++n) {
        in.acc = test::interesting_accumulator(rng, shift);
        in.shift = shift;
        in.rounding = rounding;
        const std::uint64_t dither = rng() % 4;
        in.random = dither == 0 ? 0 : dither == 1 ? 65535 : rng() % 65536;
        in.range = kRanges[rng() % 7];
        check.send(in);
      }
    }
  }
  check.check_counters();
  CAPTURE(check.saturated, check.underflowed, check.ties, check.carried);
  REQUIRE(check.wrong == 0);
  REQUIRE(check.saturated > 10000);
  REQUIRE(check.underflowed > 10000);
  REQUIRE(check.ties > 4000);
  REQUIRE(check.carried > 500);
}

// Every accumulator of 13 bits at small shifts: all results of 8 bits and both sides of the range.
TEMPLATE_TEST_CASE("sdfp_shifter RTL is exact for every small accumulator", "[rtl][exhaustive]",
                   Vsdfp_unit_o0, Vsdfp_unit_o3) {
  ShifterCheck<TestType> check;
  Input in;
  in.random = 0x9e37;
  for (const Rounding rounding : test::kAllRoundings) {
    for (int shift = -3; shift <= 5; ++shift) {
      for (int acc = -4096; acc < 4096; ++acc) {
        in.acc = acc;
        in.shift = shift;
        in.rounding = rounding;
        in.range = kRanges[(acc & 1) != 0 ? 1 : 2];
        check.send(in);
      }
    }
  }
  check.check_counters();
  REQUIRE(check.wrong == 0);
  REQUIRE(check.ties > 20000);
}

TEMPLATE_TEST_CASE("sdfp_shifter RTL counts only valid values and clears before it counts",
                   "[rtl][random]", Vsdfp_unit_o0, Vsdfp_unit_o3) {
  ShifterCheck<TestType> check;
  Rng rng(43);
  std::uint64_t clears_with_value = 0, gaps = 0;
  for (int n = 0; n < 20000; ++n) {
    Input in;
    in.shift = static_cast<int>(uniform(rng, 0, 20));
    in.acc = test::interesting_accumulator(rng, in.shift);
    const bool valid = chance(rng, 60), clear = chance(rng, 5);
    check.send(in, valid, clear);
    check.check_counters();
    clears_with_value += valid && clear;
    gaps += !valid;
  }
  REQUIRE(check.wrong == 0);
  REQUIRE(clears_with_value > 100);
  REQUIRE(gaps > 1000);
}

}  // namespace
}  // namespace absim::tests
