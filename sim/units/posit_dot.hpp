// SPDX-License-Identifier: Apache-2.0
// Dot product of a stream of posit pairs, rounded to a posit: quire, window or chain of fused
// multiply-adds, and the encoder. RTL twin: rtl/absim_posit_dot.sv.
// Cycles: 5, one pair a cycle: the pair with `last` taken in cycle c gives valid() in cycle c + 5.
#pragma once

#include <array>

#include "models/formats/posit_accumulator.hpp"

namespace absim::sim {

enum class PositAccumulate { kQuire, kWindow, kChain };

struct PositPair {
  bool valid = false;
  bool first = false;  ///< of the sum
  bool last = false;   ///< of the sum
  models::PositCode a = 0;
  models::PositCode b = 0;
};

class PositDot {
 public:
  static constexpr std::size_t kLatency = 5;

  /// The window counts for PositAccumulate::kWindow only; throws ConfigError where it lies outside
  /// the quire.
  PositDot(models::PositFormat format, PositAccumulate accumulate,
           models::PositWindowConfig window = {}, models::PositMode mode = {});

  /// Outputs of the current cycle: a sum has ended five cycles ago, and its value.
  [[nodiscard]] bool valid() const { return valid_; }
  [[nodiscard]] models::PositCode code() const { return code_; }
  /// Ends a cycle.
  void tick(const PositPair& pair);
  void reset();

 private:
  void accumulate(const PositPair& pair);
  [[nodiscard]] models::PositCode rounded() const;

  models::PositFormat format_;
  PositAccumulate accumulate_;
  models::PositMode mode_;
  models::PositQuire quire_;
  models::PositWindow window_;
  models::PositCode chain_ = 0;
  std::array<PositPair, 3> stages_{};  // decode, multiply, align
  bool ended_ = false;                 // the accumulator holds a finished sum
  bool valid_ = false;
  models::PositCode code_ = 0;
};

}  // namespace absim::sim
