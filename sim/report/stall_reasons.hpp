// SPDX-License-Identifier: Apache-2.0
// The reasons for stalls (docs/timing.md, section 4) by name.
#pragma once

#include <array>
#include <cstdint>

#include "sim/schedule/plan.hpp"

namespace absim::sim {

struct StallReason {
  const char* key;    ///< column of results.csv
  const char* title;  ///< of a table's column, short
  std::uint64_t StallCycles::*cycles;
};

inline constexpr std::array<StallReason, 9> kStallReasons = {{
    {"stall_start", "start", &StallCycles::start},
    {"stall_bank_conflict", "banks", &StallCycles::bank_conflict},
    {"stall_walker", "walker", &StallCycles::walker},
    {"stall_act_wait", "acts", &StallCycles::act_wait},
    {"stall_weight_wait", "weights", &StallCycles::weight_wait},
    {"stall_drain", "drain", &StallCycles::drain},
    {"stall_residual_wait", "residual", &StallCycles::residual_wait},
    {"stall_store_wait", "store", &StallCycles::store_wait},
    {"stall_end", "end", &StallCycles::end},
}};

}  // namespace absim::sim
