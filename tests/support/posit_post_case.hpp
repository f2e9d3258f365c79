// SPDX-License-Identifier: Apache-2.0
// Random beats of posit post-processing, directed at what is hard to hit by chance: rounding
// points, the clamp's bounds, cancellation, and parts that wrap in a register whose sum fits.
#pragma once

#include <cstdint>

#include "models/formats/posit_accumulator.hpp"
#include "tests/support/posit_oracle.hpp"
#include "tests/support/systemc_random.hpp"

namespace absim::test {

struct PositPostCase {
  WideFixed accumulator;  ///< units; may need more bits than the register, which then wraps
  bool is_nar = false;    ///< the accumulator is
  PositPost post;
  WideFixed sum;        ///< fits the register
  bool is_tie = false;  ///< the sum lies on a rounding point
  std::int32_t expected = 0;

  [[nodiscard]] bool any_nar(const PositOracle& oracle) const {
    return is_nar || post.residual == oracle.nar();
  }
  /// The same accumulator in the form that the SystemC twins take.
  [[nodiscard]] models::PositQuire quire(models::PositFormat format) const;
};

PositPostCase random_post_case(Random& random, const PositOracle& oracle);

/// What a run of cases met.
class PositPostReached {
 public:
  void add(const PositPostCase& c, const PositOracle& oracle);
  /// Of 20,000 cases.
  void require_all() const;

 private:
  unsigned zero_ = 0, least_ = 0, largest_ = 0, inside_ = 0, nar_ = 0, ties_ = 0, cut_ = 0;
  unsigned s32_inside_ = 0, s32_low_ = 0, s32_high_ = 0, long_shift_ = 0, wrapped_ = 0;
  unsigned toward_zero_ = 0;  ///< that rounding made a difference
};

}  // namespace absim::test
