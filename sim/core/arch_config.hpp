// SPDX-License-Identifier: Apache-2.0
// One accelerator, resolved and checked. Read from configs/arch/*.yaml (every key: configs/README.md).
#pragma once

#include <cstdint>
#include <string>

namespace absim::sim {

enum class PeKind {
  kAbs,    ///< bit-serial: sums of masked activations
  kDfp,    ///< 8-bit integer multiply-add
  kPosit,  ///< posit products summed exactly in a quire
};
/// Bit-serial kinds take a weight plane by plane, the others all its bits at once.
[[nodiscard]] constexpr bool is_bit_serial(PeKind pe) { return pe == PeKind::kAbs; }

enum class PlaneOrder { kProgressive, kStationary };

struct DramConfig {
  unsigned bytes_per_cycle = 16;  // 1..4096, shared by reads and writes
  unsigned latency_cycles = 40;   // 1..100000, request to first word
};

struct ArchConfig {
  std::string name;
  PeKind pe = PeKind::kAbs;
  unsigned posit_bits = 8;  // 3..16, of kPosit
  unsigned posit_es = 1;    // 0..2
  PlaneOrder plane_order = PlaneOrder::kProgressive;  // of bit-serial kinds
  unsigned rows = 16;   // 1..255 output pixels of a tile
  unsigned cols = 16;   // 1..255 output channels of a tile
  unsigned lanes = 16;  // 1..255 input channels of a step
  unsigned act_banks = 16;       // 1..255
  unsigned postproc_lanes = 16;  // 1..cols, channels of a beat
  unsigned pool_lanes = 16;      // 1..255, channels that the pooling unit takes in a cycle
  // Bytes of both slots together; see the functions below for the words of one slot.
  std::uint64_t act_buffer_bytes = 65536;
  std::uint64_t weight_buffer_bytes = 65536;
  std::uint64_t param_buffer_bytes = 16384;
  std::uint64_t residual_buffer_bytes = 65536;
  std::uint64_t out_buffer_bytes = 65536;
  std::uint64_t pool_in_buffer_bytes = 65536;
  std::uint64_t pool_out_buffer_bytes = 16384;
  DramConfig dram;
  double clock_mhz = 500.0;

  /// Bits of one weight in a weight word.
  [[nodiscard]] unsigned weight_bits() const {
    return pe == PeKind::kAbs ? 1U : pe == PeKind::kDfp ? 8U : posit_bits;
  }
  /// Bytes of an activation in the activation buffer.
  [[nodiscard]] unsigned act_bytes() const {
    return pe == PeKind::kPosit && posit_bits > 8 ? 2U : 1U;
  }
  /// Bits of a PE's accumulator; of posits the quire, 4M + 16.
  [[nodiscard]] unsigned accumulator_bits() const {
    return pe == PeKind::kPosit ? 4U * ((posit_bits - 2U) << posit_es) + 16U : 32U;
  }
  /// Cycles from a step's last array cycle to its result, beyond the one that every PE takes.
  [[nodiscard]] unsigned pe_latency() const {
    return pe == PeKind::kAbs ? 0U : pe == PeKind::kDfp ? 1U : 3U;
  }

  // Words of one slot.
  [[nodiscard]] std::uint64_t act_word_bytes() const {
    return static_cast<std::uint64_t>(lanes) * act_bytes();
  }
  [[nodiscard]] std::uint64_t act_words_per_bank() const {
    return act_buffer_bytes / 2 / act_word_bytes() / act_banks;
  }
  [[nodiscard]] std::uint64_t weight_word_bits() const {
    return static_cast<std::uint64_t>(cols) * lanes * weight_bits();
  }
  [[nodiscard]] std::uint64_t weight_words() const {
    return weight_buffer_bytes / 2 * 8 / weight_word_bits();
  }
  [[nodiscard]] std::uint64_t param_words() const {  // 16 bytes a channel
    return param_buffer_bytes / 2 / (16ULL * postproc_lanes);
  }
  [[nodiscard]] std::uint64_t residual_words() const {  // 2 bytes a channel
    return residual_buffer_bytes / 2 / (2ULL * postproc_lanes);
  }
  [[nodiscard]] std::uint64_t out_words() const {  // 4 bytes a channel
    return out_buffer_bytes / 2 / (4ULL * postproc_lanes);
  }
  [[nodiscard]] std::uint64_t pool_word_bytes() const { return 2ULL * pool_lanes; }
  [[nodiscard]] std::uint64_t pool_in_words() const {  // 2 bytes a channel
    return pool_in_buffer_bytes / 2 / pool_word_bytes();
  }
  [[nodiscard]] std::uint64_t pool_out_words() const {  // 2 bytes a channel
    return pool_out_buffer_bytes / 2 / pool_word_bytes();
  }
};

}  // namespace absim::sim
