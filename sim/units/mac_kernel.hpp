// SPDX-License-Identifier: Apache-2.0
// One step of an array of bit-parallel PEs: every accumulator of the valid rows takes its sum of
// products. Plain loops that the compiler vectorises. RTL twins: rtl/absim_dfp_pe.sv,
// rtl/absim_posit_pe.sv.
//
// Weights, unpacked: [lanes][cols]. Accumulators: [row][cols].
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/formats/posit.hpp"

namespace absim::sim {

/// Sums of posit products: 4M + 16 bits are at most so many.
__extension__ using WideInt = __int128;

struct MacShape {
  std::size_t cols = 1;
  std::size_t lanes = 1;
  std::size_t row_bytes = 16;  ///< from one row's activations to the next row's
};

/// acc = (clears ? 0 : acc) + sum of a_j w_j; 8-bit activations, u8 or s8. Wraps modulo 2^32.
void dfp_step(const MacShape& shape, std::size_t rows, std::size_t cols, const std::uint8_t* acts,
              bool act_signed, const std::int32_t* weights, bool clears,
              std::int32_t* accumulators);

/// Codes of a posit format as integers in units of minpos, 2^-M; NaR, which no network holds, is 0.
class PositDecodeTable {
 public:
  explicit PositDecodeTable(models::PositFormat format);
  [[nodiscard]] std::int64_t fixed(std::uint32_t code) const { return fixed_[code & mask_]; }
  /// Whether sums of 256 products fit 63 bits.
  [[nodiscard]] bool narrow() const { return narrow_; }
  [[nodiscard]] models::PositFormat format() const { return format_; }
  /// Bytes of an activation code.
  [[nodiscard]] std::size_t bytes() const { return format_.n > 8 ? 2 : 1; }

 private:
  models::PositFormat format_;
  std::uint32_t mask_;
  bool narrow_;
  std::vector<std::int64_t> fixed_;  // [2^n]
};

/// The same for posits: exact, in units of 2^(-2M). Weights are in units of minpos.
class PositStep {
 public:
  PositStep(models::PositFormat format, const MacShape& shape);
  void run(std::size_t rows, std::size_t cols, const std::uint8_t* acts,
           const std::int64_t* weights, bool clears, WideInt* accumulators);

 private:
  template <typename Sum>
  void run_row(std::size_t cols, const std::uint8_t* acts, const std::int64_t* weights,
               Sum* sums) const;

  PositDecodeTable table_;
  MacShape shape_;
  std::vector<std::int64_t> narrow_sums_;
  std::vector<WideInt> wide_sums_;
};

}  // namespace absim::sim
