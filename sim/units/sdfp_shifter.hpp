// SPDX-License-Identifier: Apache-2.0
// The S-DFP shifter: aligns, rounds and saturates accumulators, and counts what it loses. Built as
// the hardware is (one barrel shifter, guard, sticky, increment). RTL twins:
// rtl/absim_sdfp_shifter.sv, rtl/absim_sdfp_unit.sv. Cycles: 1, one value a cycle.
#pragma once

#include <systemc>

#include "models/formats/dfp.hpp"
#include "sim/units/sdfp_values.hpp"

namespace absim::sim {

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
