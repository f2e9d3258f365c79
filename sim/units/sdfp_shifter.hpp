// SPDX-License-Identifier: Apache-2.0
// The S-DFP shifter: aligns, rounds and saturates accumulators, and counts what it loses. Built as
// the hardware is (one barrel shifter, guard, sticky, increment). RTL twins:
// rtl/absim_sdfp_shifter.sv, rtl/absim_sdfp_unit.sv. Cycles: 1, one value a cycle.
#pragma once

#include <cstdint>
#include <systemc>

#include "models/formats/dfp.hpp"

namespace absim::sim {

struct SdfpInput {
  std::int32_t accumulator = 0;
  int shift = 0;  ///< to the right; the hardware has 10 bits, -512..511
  models::Rounding rounding = models::Rounding::kNearestEven;
  std::uint16_t random = 0;  ///< stochastic only
  models::IntegerRange range;
};

struct SdfpOutput {
  std::int32_t value = 0;
  bool saturated = false;
  bool underflowed = false;
};

/// value = clamp(round(accumulator * 2^-shift)), combinational.
SdfpOutput sdfp_align(const SdfpInput& input);

class SdfpShifter : public sc_core::sc_module {
 public:
  explicit SdfpShifter(const sc_core::sc_module_name& name) : sc_module(name) {}

  [[nodiscard]] bool valid() const { return valid_; }
  [[nodiscard]] const SdfpOutput& output() const { return output_; }
  /// Of the values sent before this cycle.
  [[nodiscard]] const models::DfpCounters& counters() const { return counters_; }

  /// Ends a cycle; input is null where none is sent. clear empties the counters first.
  void tick(const SdfpInput* input, bool clear);
  void reset();

 private:
  bool valid_ = false;
  SdfpOutput output_;
  models::DfpCounters counters_;
};

}  // namespace absim::sim
