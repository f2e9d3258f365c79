// SPDX-License-Identifier: Apache-2.0
// The integer PE against dot products in 64 bits, word by word and cycle by cycle.
#include <catch2/catch.hpp>

#include <Vdfp_pe_l16_o0.h>
#include <Vdfp_pe_l16_o3.h>
#include <Vdfp_pe_l1_o0.h>
#include <Vdfp_pe_l1_o3.h>
#include <Vdfp_pe_l7_o0.h>
#include <Vdfp_pe_l7_o3.h>

#include "tests/rtl/bits.hpp"
#include "tests/rtl/dut.hpp"
#include "tests/rtl/layer_case.hpp"

namespace absim::tests {
namespace {

// Predicts acc_o of every cycle: a word of cycle c counts from c + 2 on.
template <typename Model>
class PeCheck {
 public:
  explicit PeCheck(unsigned lanes) : lanes_(lanes) {}
  std::uint64_t wrong = 0, negative = 0;

  void word(const std::vector<int>& acts, const std::vector<int>& weights, bool clear) {
    Bits act(9 * lanes_), weight(8 * lanes_);
    std::int64_t sum = 0;
    for (unsigned j = 0; j < lanes_; ++j) {
      act.put(9 * j, 9, static_cast<std::uint64_t>(acts[j]));
      weight.put(8 * j, 8, static_cast<std::uint64_t>(weights[j]));
      sum += std::int64_t{acts[j]} * weights[j];
    }
    act.to(dut_->act_i);
    weight.to(dut_->weight_i);
    dut_->en_i = 1;
    dut_->clear_i = clear;
    cycle(clear ? sum : newest_ + sum);
  }
  /// No word; the operands and clear_i stay what they were or change, and must not count.
  void gap(Rng& rng) {
    Bits act(9 * lanes_), weight(8 * lanes_);
    for (unsigned j = 0; j < lanes_; ++j) {
      act.put(9 * j, 9, rng());
      weight.put(8 * j, 8, rng());
    }
    act.to(dut_->act_i);
    weight.to(dut_->weight_i);
    dut_->en_i = 0;
    dut_->clear_i = chance(rng, 50);
    cycle(newest_);
  }

 private:
  void cycle(std::int64_t after) {
    dut_.settle();
    const auto acc = static_cast<std::int32_t>(dut_->acc_o);
    wrong += acc != visible_;  // a cycle's own word is not in it yet
    negative += acc < 0;
    dut_.tick();
    visible_ = newest_;  // words up to the cycle before this one
    newest_ = after;
  }

  unsigned lanes_;
  Dut<Model> dut_;
  std::int64_t visible_ = 0, newest_ = 0;
};

template <typename Model>
void check_words(unsigned lanes) {
  PeCheck<Model> check(lanes);
  Rng rng(60 + lanes);
  std::uint64_t gaps = 0, extremes = 0, single_words = 0;
  for (unsigned tile = 0; tile < 1500; ++tile) {
    const bool extreme = chance(rng, 20), act_signed = chance(rng, 50);
    const auto words = static_cast<unsigned>(uniform(rng, 1, chance(rng, 30) ? 1 : 20));
    const int extreme_act = act_signed ? -128 : 255;
    extremes += extreme;
    single_words += words == 1;
    for (unsigned n = 0; n < words; ++n) {
      std::vector<int> acts(lanes), weights(lanes);
      for (unsigned j = 0; j < lanes; ++j) {
        acts[j] =
            extreme ? extreme_act
                    : static_cast<int>(act_signed ? uniform(rng, -128, 127) : uniform(rng, 0, 255));
        weights[j] = extreme ? -128 : static_cast<int>(uniform(rng, -128, 127));
      }
      check.word(acts, weights, n == 0);
      while (chance(rng, 30)) {
        check.gap(rng);
        ++gaps;
      }
    }
  }
  for (int n = 0; n < 3; ++n) check.gap(rng);
  CAPTURE(lanes, gaps, extremes, single_words, check.negative);
  REQUIRE(check.wrong == 0);
  REQUIRE(gaps > 1000);
  REQUIRE(extremes > 100);
  REQUIRE(single_words > 100);
  REQUIRE(check.negative > 1000);
}

TEST_CASE("dfp_pe RTL accumulates every word two cycles later", "[rtl][random]") {
  check_words<Vdfp_pe_l1_o0>(1);
  check_words<Vdfp_pe_l1_o3>(1);
  check_words<Vdfp_pe_l7_o0>(7);
  check_words<Vdfp_pe_l7_o3>(7);
  check_words<Vdfp_pe_l16_o0>(16);
  check_words<Vdfp_pe_l16_o3>(16);
}

TEMPLATE_TEST_CASE("dfp_pe RTL multiplies every pair of operands", "[rtl][exhaustive]",
                   Vdfp_pe_l1_o0, Vdfp_pe_l1_o3) {
  PeCheck<TestType> check(1);
  Rng rng(1);
  for (int a = -128; a < 256; ++a) {
    for (int w = -128; w < 128; ++w) check.word({a}, {w}, true);
  }
  check.gap(rng);
  check.gap(rng);
  REQUIRE(check.wrong == 0);
}

}  // namespace
}  // namespace absim::tests
