// SPDX-License-Identifier: Apache-2.0
// Posit post-processing of one channel: offset, residual, ReLU and the one rounding. RTL twin:
// rtl/absim_posit_postproc_lane.sv. Cycles: 4, one beat a cycle.
#pragma once

#include <array>
#include <cstdint>

#include "models/formats/posit_accumulator.hpp"

namespace absim::sim {

/// Widths in bits are those of the RTL.
struct PositPostprocParams {
  std::int64_t offset = 0;         // 48, signed, units of 2^(-2M)
  unsigned offset_shift = 0;       // 8
  models::PositCode residual = 0;  // 0 where there is none
  int residual_exponent = 0;       // 10, signed, >= -M
  bool relu = false;
  bool toward_zero = false;  // rounding; otherwise nearest even
  int out_exponent = 0;      // 10, signed
  bool is_s32 = false;       // logits
  unsigned shift = 0;        // 8: of logits
};

/// A posit code, sign-extended, or a 32-bit integer.
std::int32_t posit_postprocess(models::PositFormat format, const models::PositQuire& accumulator,
                               const PositPostprocParams& params);

class PositPostprocLane {
 public:
  static constexpr std::size_t kStages = 4;

  explicit PositPostprocLane(models::PositFormat format) : format_(format) {}
  /// The value of the beat of four cycles ago.
  [[nodiscard]] std::int32_t value() const { return values_[kStages - 1]; }
  /// Ends a cycle.
  void tick(const models::PositQuire& accumulator, const PositPostprocParams& params);
  void reset() { values_ = {}; }

 private:
  models::PositFormat format_;
  std::array<std::int32_t, kStages> values_{};
};

}  // namespace absim::sim
