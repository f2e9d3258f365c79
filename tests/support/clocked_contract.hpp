// SPDX-License-Identifier: Apache-2.0
// docs/timing.md as plain clocked state machines: every handshake of core, DMA and DRAM channel,
// cycle by cycle, without values. Shares no code with sim/schedule; a third vote beside SystemC and
// RTL.
#pragma once

#include <cstdint>

#include "sim/core/arch_config.hpp"
#include "sim/schedule/plan.hpp"

namespace absim::tests {

/// Cycles in which a reason of docs/timing.md section 4 showed.
struct StallReasons {
  std::uint64_t bank_conflict = 0;
  std::uint64_t drain = 0;
  std::uint64_t walker = 0;
  std::uint64_t late_act = 0;
  std::uint64_t late_weight = 0;
  std::uint64_t late_param = 0;
  std::uint64_t late_residual = 0;
  std::uint64_t store = 0;
  std::uint64_t start = 0;  ///< before the array's first cycle
  std::uint64_t end = 0;    ///< after its last
};

struct ClockedResult {
  std::uint64_t cycles = 0;
  std::uint64_t compute_cycles = 0;
  sim::Events events;
  StallReasons reasons;
  unsigned most_tags = 0;  ///< tile tags in flight at once
  unsigned most_results = 0;  ///< results not yet captured at once
};

/// Runs a layer to its end. Throws InvariantError where the contract is broken: a word for a full
/// slot, an address outside its bank or strip, a tag FIFO that fills, or no progress.
ClockedResult run_clocked(const sim::LayerPlan& plan, const sim::ArchConfig& arch);

}  // namespace absim::tests
