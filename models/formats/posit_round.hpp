// SPDX-License-Identifier: Apache-2.0
// Rounds many floats to the nearest posits and back to floats, for training; every value equals
// what the scalar functions of posit.hpp give.
#pragma once

#include "models/core/span.hpp"
#include "models/formats/kernels/round_kernels.hpp"
#include "models/formats/posit.hpp"

namespace absim::models {

class PositRounder {
 public:
  /// Throws ConfigError as check_posit_format().
  explicit PositRounder(PositFormat format, PositMode mode = {},
                        const rounding::RoundKernels& kernels = rounding::best_round_kernels());

  /// out = posit(in * 2^-scale_exponent) * 2^scale_exponent, exact but for the posit's rounding.
  /// Infinity and NaN give NaN, -0 gives 0. |scale_exponent| <= largest_scale_exponent().
  /// `out` has the size of `in`, and may be `in`, but must not overlap it otherwise.
  void round(Span<const float> in, Span<float> out, int scale_exponent = 0) const;

  /// 125 - M: every scaled posit is a normal float, and no subnormal float reaches minpos / 2.
  [[nodiscard]] int largest_scale_exponent() const;

 private:
  PositFormat format_;
  PositMode mode_;
  const rounding::RoundKernels* kernels_;
};

}  // namespace absim::models
