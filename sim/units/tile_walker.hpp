// SPDX-License-Identifier: Apache-2.0
// Finds the input coordinates and bank indices of a tile's output pixels, one row of the array a
// cycle, one tile ahead of the sequencer. RTL twin: rtl/absim_tile_walker.sv. Cycles: `rows` a
// tile, from the cycle after start or load.
#pragma once

#include <cstdint>
#include <systemc>

#include "sim/core/arch_config.hpp"
#include "sim/units/packets.hpp"

namespace absim::sim {

/// Sum of two bank indices: quotients add, remainders carry.
inline BankIndex add_bank_index(const BankIndex& a, const BankIndex& b, std::uint32_t banks) {
  BankIndex sum{a.quotient + b.quotient, a.remainder + b.remainder};
  if (sum.remainder >= banks) {
    sum.remainder -= banks;
    ++sum.quotient;
  }
  return sum;
}

class TileWalker : public sc_core::sc_module {
 public:
  TileWalker(const sc_core::sc_module_name& name, const ArchConfig& arch);

  [[nodiscard]] bool valid() const { return valid_; }
  [[nodiscard]] const TileRows& rows() const { return rows_; }
  [[nodiscard]] const TileInfo& info() const { return info_; }

  /// Ends a cycle. `start`: a job was taken; `load`: the sequencer takes the tile.
  void tick(const JobDescriptor* start, bool load);
  void reset();

 private:
  void begin_strip();
  void begin_tile();
  void next_tile();
  void fill_row();

  std::uint32_t array_rows_;
  std::uint32_t array_cols_;
  std::uint32_t banks_;

  JobDescriptor job_;
  TileRows rows_;
  TileInfo info_;
  bool filling_ = false;
  bool valid_ = false;
  std::uint32_t row_ = 0;  // filled next
  std::uint32_t tile_ = 0;
  // The next output pixel.
  std::uint32_t out_x_ = 0;
  std::int32_t y_ = 0;
  std::int32_t x_ = 0;
  BankIndex index_;
};

}  // namespace absim::sim
