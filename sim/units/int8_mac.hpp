// SPDX-License-Identifier: Apache-2.0
// The int8 multiply-accumulate unit: a * b + c modulo 2^32 in a 2-stage pipeline. RTL twin:
// rtl/absim_int8_mac.sv.
// Cycles: an operation sent in cycle n is out in cycle n + 2; one a cycle.
#pragma once

#include <cstdint>
#include <systemc>

#include "sim/units/mac_pipeline.hpp"

namespace absim::sim {

class Int8Mac : public sc_core::sc_module {
 public:
  static constexpr std::size_t kStages = 2;

  explicit Int8Mac(const sc_core::sc_module_name& name) : sc_module(name) {}

  [[nodiscard]] bool out_valid() const { return pipeline_.out_valid(); }
  [[nodiscard]] std::int32_t out() const { return pipeline_.out(); }

  /// Ends a cycle with an operation, or without.
  void tick(std::int8_t a, std::int8_t b, std::int32_t c);
  void tick() { pipeline_.bubble(); }
  void reset() { pipeline_.reset(); }

 private:
  MacPipeline<std::int32_t, kStages> pipeline_;
};

}  // namespace absim::sim
