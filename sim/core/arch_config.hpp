// SPDX-License-Identifier: Apache-2.0
// One accelerator, resolved and checked. Read from configs/arch/*.yaml (every key: configs/README.md).
#pragma once

#include <cstdint>
#include <string>

namespace absim::sim {

enum class PeKind { kAbs };
enum class PlaneOrder { kProgressive, kStationary };

struct DramConfig {
  unsigned bytes_per_cycle = 16;  // 1..4096, shared by reads and writes
  unsigned latency_cycles = 40;   // 1..100000, request to first word
};

struct ArchConfig {
  std::string name;
  PeKind pe = PeKind::kAbs;
  PlaneOrder plane_order = PlaneOrder::kProgressive;
  unsigned rows = 16;   // 1..255 output pixels of a tile
  unsigned cols = 16;   // 1..255 output channels of a tile
  unsigned lanes = 16;  // 1..255 input channels of a step
  unsigned act_banks = 16;       // 1..255
  unsigned postproc_lanes = 16;  // 1..cols, channels of a beat
  // Bytes of both slots together; see the functions below for the words of one slot.
  std::uint64_t act_buffer_bytes = 65536;
  std::uint64_t weight_buffer_bytes = 65536;
  std::uint64_t param_buffer_bytes = 16384;
  std::uint64_t residual_buffer_bytes = 65536;
  std::uint64_t out_buffer_bytes = 65536;
  DramConfig dram;
  double clock_mhz = 500.0;

  // Words of one slot.
  [[nodiscard]] std::uint64_t act_words_per_bank() const {
    return act_buffer_bytes / 2 / lanes / act_banks;
  }
  [[nodiscard]] std::uint64_t weight_word_bits() const {
    return static_cast<std::uint64_t>(cols) * lanes;
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
};

}  // namespace absim::sim
