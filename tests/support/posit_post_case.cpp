// SPDX-License-Identifier: Apache-2.0
#include "tests/support/posit_post_case.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

namespace absim::test {
namespace {

using models::PositCode;
using models::PositRounding;

WideFixed whole(std::int64_t value, int shift = 0) {  // up to 53 bits: exact
  return WideFixed(static_cast<double>(value)).scaled(shift);
}

std::int64_t signed_bits(Random& random, unsigned bits) {
  const std::int64_t limit = std::int64_t{1} << (bits - 1);
  return random.in(-limit, limit - 1);
}

// Chooses the sum and what turns it into a result; the accumulator follows from the sum.
class Chooser {
 public:
  Chooser(Random& random, const PositOracle& oracle)
      : random_(random),
        oracle_(oracle),
        max_(oracle.max_exponent()),
        width_(static_cast<int>(oracle.sum_bits())) {}

  PositPostCase run() {
    choose_terms();
    do {
      choose_sum();
    } while (c_.sum.leading() > width_ - 2);
    if (!p_.is_s32 && random_.one_in(40)) c_.is_nar = true;
    if (!p_.is_s32 && random_.one_in(40)) p_.residual = oracle_.nar();
    if (c_.any_nar(oracle_)) {
      c_.accumulator = c_.sum;
      c_.expected = oracle_.extended(oracle_.nar());
    } else {
      c_.accumulator = c_.sum + oracle_.addend(p_).negated();
      c_.expected = oracle_.postprocess(c_.accumulator, p_);
    }
    return c_;
  }

 private:
  void choose_terms() {
    const auto bits = random_.in(1U, 48U);
    if (!random_.one_in(5)) p_.offset = signed_bits(random_, bits);
    // Beyond that PositQuire::add_units does not take the accumulator.
    const unsigned most = std::min(255U, 286U - bits);
    p_.offset_shift = random_.in(0U, random_.one_in(10) ? most : static_cast<unsigned>(width_));
    p_.offset_shift = std::min(p_.offset_shift, most);
    if (!random_.one_in(3)) p_.residual = random_code();
    const int high = random_.one_in(10) ? std::min(4 * max_, 250 - 3 * max_) : max_ + 10;
    p_.residual_exponent = random_.in(-max_, high);
    p_.relu = random_.one_in(3);
    if (random_.one_in(4)) p_.mode.rounding = PositRounding::kTowardZero;
    // What the result's kind does not use is random as well.
    p_.is_s32 = random_.one_in(4);
    p_.out_exponent = random_.in(-512, 511);
    p_.shift = random_.in(random_.one_in(2) ? static_cast<unsigned>(width_) : 0U, 255U);
  }

  PositCode random_code() {
    const auto code = static_cast<PositCode>(random_.bits() % oracle_.codes());
    return code == oracle_.nar() ? PositCode{1} : code;
  }

  void choose_sum() {
    c_.is_tie = false;
    switch (random_.in(0, 7)) {
      case 0:
      case 1:
        return choose_rounding_point();
      case 2:
        return choose_logit(0);
      case 3:
        return choose_logit(random_.one_in(2) ? 2147483647 : -2147483648LL);
      case 4:
        c_.sum = whole(random_.in<std::int64_t>(-4, 4));
        return aim();
      default:  // two pieces at random places: leading one and sticky bits anywhere
        c_.sum = piece() + piece();
        return aim();
    }
  }

  WideFixed piece() {
    const auto bits = random_.in(2, std::min(40, width_ - 3));
    return whole(signed_bits(random_, static_cast<unsigned>(bits)),
                 random_.in(0, width_ - 3 - bits));
  }

  // Mostly results that are no extremes.
  void aim() {
    if (c_.sum.is_zero() || random_.one_in(10)) return;
    const int leading = c_.sum.leading();
    if (p_.is_s32) {
      p_.shift = static_cast<unsigned>(std::max(0, leading - random_.in(-2, 34)));
    } else {
      p_.out_exponent = 2 * max_ - leading + random_.in(-max_ - 2, max_ + 1);
    }
  }

  // A point between two posits, or one unit beside it.
  void choose_rounding_point() {
    const double point = oracle_.rounding_points()[1 + random_.bits() % (oracle_.maxpos() - 1U)];
    const int leading = std::ilogb(point);
    int fraction = 0;  // bits of the point below its leading one
    while (std::floor(std::ldexp(point, fraction - leading)) !=
           std::ldexp(point, fraction - leading)) {
      ++fraction;
    }
    const int place = random_.in(fraction, width_ - 3);
    p_.is_s32 = false;
    p_.out_exponent = leading + 2 * max_ - place;
    c_.sum = WideFixed(point).scaled(place - leading);
    const auto beside = random_.in<std::int64_t>(-1, 1);
    c_.is_tie = beside == 0;
    c_.sum += whole(beside);
    if (random_.one_in(2)) c_.sum = c_.sum.negated();
  }

  // A logit near `bound`, or anywhere (0), at a tie or one unit beside it.
  void choose_logit(std::int64_t bound) {
    p_.is_s32 = true;
    const int shift = random_.in(0, width_ - 35);
    p_.shift = static_cast<unsigned>(shift);
    const std::int64_t logit =
        bound == 0 ? signed_bits(random_, random_.in(1U, 32U)) : bound + random_.in(-2, 2);
    const auto beside = shift == 0 ? 0 : random_.in<std::int64_t>(-1, 1);
    c_.is_tie = shift > 0 && beside == 0;
    c_.sum = whole(logit, shift) + whole(beside);
    if (shift > 0) c_.sum += whole(-1, shift - 1);
  }

  Random& random_;
  const PositOracle& oracle_;
  int max_;
  int width_;
  PositPostCase c_;
  PositPost& p_ = c_.post;
};

}  // namespace

models::PositQuire PositPostCase::quire(models::PositFormat format) const {
  models::PositQuire quire(format);
  const bool negative = accumulator.negative();
  const WideFixed magnitude = accumulator.magnitude();
  for (int first = 0; first < WideFixed::kPoint - 32; first += 32) {
    std::int64_t word = 0;
    for (int i = 0; i < 32; ++i) word |= std::int64_t{magnitude.bit(first + i)} << i;
    if (word != 0) quire.add_units(negative ? -word : word, static_cast<unsigned>(first));
  }
  if (is_nar) quire.add_posit(format.nar());
  return quire;
}

PositPostCase random_post_case(Random& random, const PositOracle& oracle) {
  return Chooser(random, oracle).run();
}

void PositPostReached::add(const PositPostCase& c, const PositOracle& oracle) {
  const PositPost& p = c.post;
  if (c.any_nar(oracle)) {
    ++nar_;
    return;
  }
  const int width = static_cast<int>(oracle.sum_bits());
  const bool cut = p.relu && c.sum.negative();
  zero_ += c.expected == 0;
  cut_ += cut;
  ties_ += c.is_tie && !cut;
  wrapped_ += c.accumulator.leading() > width - 2;
  if (p.is_s32) {
    const bool low = c.expected == std::numeric_limits<std::int32_t>::min();
    const bool high = c.expected == std::numeric_limits<std::int32_t>::max();
    s32_low_ += low;
    s32_high_ += high;
    s32_inside_ += !low && !high && c.expected != 0;
    long_shift_ += p.shift > static_cast<unsigned>(width);
    return;
  }
  const std::int32_t magnitude = std::abs(c.expected);
  const auto largest = std::int32_t{oracle.maxpos()};
  least_ += magnitude == 1;
  largest_ += magnitude == largest;
  inside_ += magnitude > 1 && magnitude < largest;
  if (p.mode.rounding == PositRounding::kTowardZero) {
    PositPost nearest = p;
    nearest.mode = {};
    toward_zero_ += oracle.postprocess(c.accumulator, nearest) != c.expected;
  }
}

void PositPostReached::require_all() const {
  CAPTURE(zero_, least_, largest_, inside_, nar_, ties_, cut_, s32_inside_, s32_low_, s32_high_,
          long_shift_, wrapped_, toward_zero_);
  CHECK(inside_ > 5000);
  CHECK(s32_inside_ > 1000);
  for (const unsigned count : {zero_, least_, largest_, nar_, ties_, cut_}) CHECK(count > 200);
  for (const unsigned count : {s32_low_, s32_high_, wrapped_, toward_zero_}) CHECK(count > 100);
  CHECK(long_shift_ > 50);
}

}  // namespace absim::test
