// SPDX-License-Identifier: Apache-2.0
// The integer processing element of dynamic fixed point: activations times 8-bit weights, one
// 32-bit accumulator. RTL twin: rtl/absim_dfp_pe.sv. Cycles: a word taken in cycle c shows from
// c + 2 on; one word a cycle.
#pragma once

#include <cstdint>
#include <systemc>

#include "models/core/span.hpp"

namespace absim::sim {

/// The lanes' sum of products. Activations are s8 or u8 values, weights s8.
std::int32_t dfp_sum(Span<const std::int16_t> acts, Span<const std::int8_t> weights);

class DfpPe : public sc_core::sc_module {
 public:
  explicit DfpPe(const sc_core::sc_module_name& name) : sc_module(name) {}

  [[nodiscard]] std::int32_t accumulator() const { return accumulator_; }

  /// Ends a cycle in which a word is taken. clear: the first word of a tile.
  void tick(Span<const std::int16_t> acts, Span<const std::int8_t> weights, bool clear);
  /// Ends a cycle without a word.
  void tick();
  void reset();

 private:
  void accumulate();

  std::int32_t sum_ = 0;
  bool sum_valid_ = false;
  bool sum_clears_ = false;
  std::int32_t accumulator_ = 0;
};

}  // namespace absim::sim
