// SPDX-License-Identifier: Apache-2.0
// docs/timing.md sections 2 and 3 written out for every step and every word, without closed forms,
// and iterated to the least fixed point: no order of evaluation is assumed.
#pragma once

#include <cstdint>

#include "sim/core/arch_config.hpp"
#include "sim/schedule/plan.hpp"

namespace absim::tests {

struct LiteralResult {
  std::uint64_t cycles = 0;
  std::uint64_t compute_cycles = 0;
  std::uint64_t passes = 0;  ///< until nothing changed
};

LiteralResult literal_recurrence(const sim::LayerPlan& plan, const sim::ArchConfig& arch);

/// Steps of the layer: what a pass costs.
std::uint64_t step_count(const sim::LayerPlan& plan);

}  // namespace absim::tests
