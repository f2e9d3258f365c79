// SPDX-License-Identifier: Apache-2.0
// The fp32 and bfloat16 multiply-accumulate units: round(a * b + c) in a 5-stage pipeline. RTL
// twins: rtl/absim_fp32_mac.sv and rtl/absim_bf16_mac.sv, both around rtl/absim_fp_fma.sv. Cycles:
// an operation sent in cycle n is out in cycle n + 5; one a cycle.
#pragma once

#include <cstdint>
#include <systemc>

#include "sim/units/mac_pipeline.hpp"

namespace absim::sim {

enum class FloatFormat { kFp32, kBf16 };  // of a and b; c and the result are fp32

/// The value of one operation, made in the RTL's steps: a fixed window for the sum, in which the
/// addend moves. a and b are patterns of the format.
std::uint32_t float_mac(FloatFormat format, std::uint32_t a, std::uint32_t b, std::uint32_t c);

class FloatMac : public sc_core::sc_module {
 public:
  static constexpr std::size_t kStages = 5;

  FloatMac(const sc_core::sc_module_name& name, FloatFormat format)
      : sc_module(name), format_(format) {}

  [[nodiscard]] bool out_valid() const { return pipeline_.out_valid(); }
  [[nodiscard]] std::uint32_t out() const { return pipeline_.out(); }

  /// Ends a cycle with an operation, or without.
  void tick(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
    pipeline_.send(float_mac(format_, a, b, c));
  }
  void tick() { pipeline_.bubble(); }
  void reset() { pipeline_.reset(); }

 private:
  FloatFormat format_;
  MacPipeline<std::uint32_t, kStages> pipeline_;
};

}  // namespace absim::sim
