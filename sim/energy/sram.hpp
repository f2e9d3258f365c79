// SPDX-License-Identifier: Apache-2.0
// Energy of a memory macro between the rows of a technology table.
#pragma once

#include <cstdint>

#include "sim/energy/tech_table.hpp"

namespace absim::sim {

struct SramCost {
  double read_pj = 0.0;  ///< an access of the whole word
  double write_pj = 0.0;
  double leakage_mw = 0.0;  ///< of the macro
  bool small =
      false;  ///< below the smallest row: its energy per access is used, leakage by capacity
  bool large =
      false;  ///< above the largest: macros of the largest size, so the same energy per access
};

/// Interpolates logarithms over the logarithms of capacity and word width. Widths outside the rows
/// cost the nearest row's energy per bit.
SramCost sram_cost(const TechTable& tech, std::uint64_t capacity_bytes, std::uint64_t word_bits);

}  // namespace absim::sim
