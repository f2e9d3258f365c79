// SPDX-License-Identifier: Apache-2.0
// The Verilated posit units of one format (rtl/absim_posit_units.sv), run on whole sums.
#pragma once

#include <cstdint>
#include <memory>

#include "models/core/span.hpp"
#include "models/formats/posit_accumulator.hpp"
#include "sim/units/posit_decoder.hpp"
#include "sim/units/posit_dot.hpp"

namespace absim::sim {

class PositRtl {
 public:
  /// Throws ConfigError for a format that is not built; it names those that are.
  explicit PositRtl(models::PositFormat format);
  ~PositRtl();
  PositRtl(const PositRtl&) = delete;
  PositRtl& operator=(const PositRtl&) = delete;
  PositRtl(PositRtl&&) noexcept;
  PositRtl& operator=(PositRtl&&) noexcept;

  PositFields decode(models::PositCode code);
  /// Rounded sum of a[k] * b[k]; both have the same length, at least 1. `window` counts where
  /// accumulate is kWindow.
  models::PositCode dot(PositAccumulate accumulate, const models::PositWindowConfig& window,
                        bool toward_zero, Span<const models::PositCode> a,
                        Span<const models::PositCode> b);
  /// Clock cycles of all sums so far, from the first pair to the cycle of the result.
  [[nodiscard]] std::uint64_t cycles() const;

  class Model;

 private:
  models::PositFormat format_;
  std::unique_ptr<Model> model_;
};

}  // namespace absim::sim
