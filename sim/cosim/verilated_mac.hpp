// SPDX-License-Identifier: Apache-2.0
// The Verilated multiply-accumulate units (rtl/absim_{int8,bf16,fp32}_mac.sv), run on streams of
// operations.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/core/span.hpp"

namespace absim::sim {

enum class MacUnit { kInt8, kBf16, kFp32 };

/// Bit patterns in the low bits; int8 in two's complement.
struct MacOperation {
  std::uint32_t a = 0, b = 0, c = 0;
};

class MacRtl {
 public:
  explicit MacRtl(MacUnit unit);
  ~MacRtl();
  MacRtl(const MacRtl&) = delete;
  MacRtl& operator=(const MacRtl&) = delete;
  MacRtl(MacRtl&&) noexcept;
  MacRtl& operator=(MacRtl&&) noexcept;

  /// Sends an operation a cycle and collects the results, in order. Throws InvariantError if they
  /// do not come.
  std::vector<std::uint32_t> run(Span<const MacOperation> operations);

  /// Clock cycles of all runs so far, each from its first operand to its last result.
  [[nodiscard]] std::uint64_t cycles() const;

  class Model;

 private:
  std::unique_ptr<Model> model_;
};

}  // namespace absim::sim
