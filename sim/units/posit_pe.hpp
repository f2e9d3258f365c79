// SPDX-License-Identifier: Apache-2.0
// Posit PE: `lanes` products a cycle into an exact quire. RTL twin: rtl/absim_posit_pe.sv.
// Cycles: a word taken in cycle c is in accumulator() from c + 4 on; one word a cycle.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/core/span.hpp"
#include "models/formats/posit_accumulator.hpp"

namespace absim::sim {

class PositPe {
 public:
  static constexpr std::size_t kLatency = 4;  ///< cycles from a word to the accumulator

  PositPe(models::PositFormat format, std::size_t lanes);

  /// Ends a cycle. Codes [lanes] of the word taken in it, lane 0 first; both empty: none is taken.
  void tick(bool clear, Span<const models::PositCode> acts, Span<const models::PositCode> weights);
  /// The accumulator register. In hardware it has 4M + 16 bits and 0 in place of NaR products.
  [[nodiscard]] const models::PositQuire& accumulator() const { return accumulator_; }
  void reset();

 private:
  struct Word {
    bool valid = false;
    bool clear = false;
    std::vector<models::PositCode> acts, weights;
  };

  models::PositQuire accumulator_;
  std::array<Word, kLatency - 1> stages_;  // a ring: the oldest is the next to be overwritten
  std::size_t next_ = 0;
};

}  // namespace absim::sim
