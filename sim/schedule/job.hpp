// SPDX-License-Identifier: Apache-2.0
// The job descriptor: what the core is told, field by field as in absim_pkg::job_t (rtl/absim_pkg.sv).
#pragma once

#include <cstdint>

namespace absim::sim {

/// Quotient and remainder of a linear pixel index by the number of banks (floor division).
struct BankIndex {
  std::int32_t quotient = 0;    // 20 bits, signed
  std::uint32_t remainder = 0;  // 8 bits, 0..ActBanks-1
  friend bool operator==(const BankIndex& a, const BankIndex& b) {
    return a.quotient == b.quotient && a.remainder == b.remainder;
  }
};

/// How post-processing clamps and what it stores. Posits: kS8 and kS16 are sign-extended codes.
enum class OutKind : std::uint8_t { kU8 = 0, kS8 = 1, kS16 = 2, kS32 = 3 };

/// Widths in bits are those of the RTL registers.
struct JobDescriptor {
  // Arithmetic
  std::uint8_t planes = 8;       // 4: t, 1..8
  bool stationary = false;       // 1: plane order
  bool twos_complement = false;  // 1: weight format; false = BWB
  bool act_signed = false;       // 1: activations are s8, not u8
  // Loops
  std::uint32_t column_groups = 1;  // 16
  std::uint32_t tiles = 1;          // 16: tiles of the strip
  std::uint32_t last_rows = 1;      // 8: valid rows of the strip's last tile
  std::uint32_t last_cols = 1;      // 8: valid columns of the job's last column group
  std::uint32_t out_width = 1;      // 16: output pixels of a row of the map
  std::uint32_t kernel_h = 1;       // 8
  std::uint32_t kernel_w = 1;       // 8
  std::uint32_t chunks = 1;         // 16: ceil(Cin / lanes)
  std::uint32_t stride = 1;         // 4
  // Convolution addresses
  std::uint32_t in_height = 1;    // 16: rows of the whole map, for the padding test
  std::uint32_t in_width = 1;     // 16
  std::int32_t first_y = 0;       // 17, signed: oy0 * stride - pad_top
  std::int32_t first_x = 0;       // 17, signed: -pad_left
  BankIndex base;                 // (first_y - strip's first input row) * W + first_x
  BankIndex step_x;               // stride: next output pixel of a row
  BankIndex step_row;             // stride * W - (out_width - 1) * stride: first pixel of the next output row
  BankIndex kernel_x;             // 1
  BankIndex kernel_row;           // W - (kernel_w - 1): first kernel position of the next kernel row
  std::uint32_t plane_words = 1;  // 20: words of one chunk in a bank
  // Slots
  bool act_release = true;       // 1
  bool weight_release = true;    // 1: resident weights only
  bool param_release = true;     // 1
  bool weight_streamed = false;  // 1: weights come in segments, anew for every tile
  std::uint32_t segment_words = 0;  // 20: words of a full segment (streamed); stationary: multiple of planes
  bool shared_kernel = false;       // 1: weights do not depend on the kernel position (resident only)
  // Post-processing
  bool has_residual = false;         // 1
  bool emits_activation = false;     // 1: second output
  OutKind out_kind = OutKind::kU8;   // 2
  std::uint8_t shift = 0;            // 8: abs 0..47, dfp 0..31, posit logits 0..255
  std::uint8_t act_shift = 0;        // 6
  std::int32_t residual_gain = 0;    // 32, abs
  // ... of bit-parallel kinds
  bool relu = false;                   // 1: posit
  std::uint8_t rounding = 0;           // 3: dfp, models::Rounding
  std::int16_t out_exponent = 0;       // 10, signed: posit
  std::int16_t residual_exponent = 0;  // 10, signed: residual * 2^this; dfp 0..31
  std::uint8_t offset_shift = 0;       // 8: posit
};

}  // namespace absim::sim
