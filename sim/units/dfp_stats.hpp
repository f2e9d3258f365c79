// SPDX-License-Identifier: Apache-2.0
// Statistics of a tensor's accumulators: a histogram of the leading bit's position and the running
// OR of magnitudes. RTL twin: rtl/absim_dfp_stats.sv. Cycles: one word a cycle; a word of cycle c
// shows from c + 1 on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <systemc>

#include "models/formats/dfp.hpp"

namespace absim::sim {

class DfpStats : public sc_core::sc_module {
 public:
  static constexpr std::size_t kBins = 33;

  explicit DfpStats(const sc_core::sc_module_name& name) : sc_module(name) {}

  /// bin 0: zeros; bin 1 + p: leading bit at p. Modulo 2^32, as the RTL's counters.
  [[nodiscard]] std::uint32_t count(std::size_t bin) const { return counts_[bin]; }
  [[nodiscard]] std::uint32_t largest() const { return largest_; }
  /// What software reads to choose the next exponent.
  [[nodiscard]] models::DfpStatistics read() const;

  /// Ends a cycle; value is null where none is sent. clear empties everything first.
  void tick(const std::int32_t* value, bool clear);
  void reset();

 private:
  std::array<std::uint32_t, kBins> counts_{};
  std::uint32_t largest_ = 0;
};

}  // namespace absim::sim
