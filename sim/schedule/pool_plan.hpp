// SPDX-License-Identifier: Apache-2.0
// Plans and times pooling layers: strips of output rows times ranges of channels, double-buffered.
#pragma once

#include <cstddef>
#include <vector>

#include "models/network/dump.hpp"
#include "sim/core/arch_config.hpp"
#include "sim/schedule/plan.hpp"

namespace absim::sim {

/// What the planner decides for a pooling layer.
struct PoolChoice {
  std::size_t strip_rows = 1;  ///< output rows of a strip; the last one may be lower
  std::size_t job_blocks = 1;  ///< blocks of pool_lanes channels of a job; the last may be smaller
};

/// Cycles from a window's last pixel to its word in the out buffer: sum register, result register.
inline constexpr std::uint64_t kPoolLatencyCycles = 2;

/// All choices worth timing whose jobs fit the pooling unit's slots; none where not even one output
/// row of one block does.
std::vector<PoolChoice> pool_candidates(const models::Layer& layer, const ArchConfig& arch);

LayerPlan build_pool_plan(const models::QuantizedNetwork& network, std::size_t layer,
                          unsigned truncation, const ArchConfig& arch, const PoolChoice& choice);

/// The plan with the fewest cycles, among equals the one with the least DRAM traffic. Throws
/// ConfigError naming the layer, the buffer, its size and what would fit.
LayerPlan plan_pool(const models::QuantizedNetwork& network, std::size_t layer, unsigned truncation,
                    const ArchConfig& arch);

/// Cycles and events by the recurrence of docs/timing.md, section 3.
LayerTiming time_pool(const LayerPlan& plan, const ArchConfig& arch);

}  // namespace absim::sim
