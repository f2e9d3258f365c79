// SPDX-License-Identifier: Apache-2.0
// The Verilated S-DFP shifter with its counters (rtl/absim_sdfp_unit.sv), one value at a time.
#pragma once

#include <memory>

#include "sim/units/sdfp_values.hpp"

namespace absim::sim {

class SdfpRtl {
 public:
  SdfpRtl();
  ~SdfpRtl();
  SdfpRtl(const SdfpRtl&) = delete;
  SdfpRtl& operator=(const SdfpRtl&) = delete;
  SdfpRtl(SdfpRtl&&) noexcept;
  SdfpRtl& operator=(SdfpRtl&&) noexcept;

  /// The range must be [-127, 127] or [-128, 127], the shift -512..511. Throws ConfigError.
  SdfpOutput run(const SdfpInput& input);
  [[nodiscard]] models::DfpCounters counters() const;

 private:
  class Model;
  std::unique_ptr<Model> model_;
};

}  // namespace absim::sim
