// SPDX-License-Identifier: Apache-2.0
// One Verilated PE (rtl/absim_abs_pe.sv), run on whole dot products.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "models/core/span.hpp"
#include "models/network/dump.hpp"
#include "sim/core/arch_config.hpp"

namespace absim::sim {

class AbsPeRtl {
 public:
  /// Throws ConfigError where no PE of so many lanes is built; it names those that are.
  explicit AbsPeRtl(unsigned lanes);
  ~AbsPeRtl();
  AbsPeRtl(const AbsPeRtl&) = delete;
  AbsPeRtl& operator=(const AbsPeRtl&) = delete;
  AbsPeRtl(AbsPeRtl&&) noexcept;
  AbsPeRtl& operator=(AbsPeRtl&&) noexcept;

  /// Sum of acts[k] * W_t(codes[k]) as the RTL computes it, plane by plane. acts are bit patterns,
  /// signed ones in two's complement; codes are below 2^bits; 1 <= truncation <= bits <= 8. Throws
  /// ConfigError where operands or numbers are out of range.
  std::int32_t run(models::WeightFormat format, PlaneOrder order, bool act_signed, unsigned bits,
                   unsigned truncation, Span<const std::uint8_t> acts,
                   Span<const std::uint8_t> codes);

  /// Clock cycles of all runs so far.
  [[nodiscard]] std::uint64_t cycles() const;

  class Model;

 private:
  std::unique_ptr<Model> model_;
};

}  // namespace absim::sim
