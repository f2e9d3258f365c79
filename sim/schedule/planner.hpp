// SPDX-License-Identifier: Apache-2.0
// The planner's parts that its tests look at: fit and candidates.
#pragma once

#include <string>
#include <vector>

#include "sim/schedule/plan_build.hpp"

namespace absim::sim {

/// Parts 1, 2, 3, 4, 6, 8, 12, ... of `whole`: sizes ceil(whole / parts), falling, each once.
std::vector<std::size_t> part_sizes(std::size_t whole);

/// Throws ConfigError if not even one output row of one column group fits, naming the buffer, its
/// size and the size that would fit. `where` begins the message.
void check_fit(const LayerGeometry& geometry, const std::string& where);

/// True if every job of the choice fits its slots.
bool fits(const LayerGeometry& geometry, const PlanChoice& choice);

/// All choices worth timing that fit, each with the loop order of less traffic; never empty once
/// check_fit has passed.
std::vector<PlanChoice> candidates(const LayerGeometry& geometry, const TensorFacts& facts);

/// Cost known without timing.
struct ChoiceCost {
  std::uint64_t traffic_bytes = 0;
  std::uint64_t lower_bound_cycles = 0;  ///< no schedule of this choice can be faster
};
ChoiceCost choice_cost(const LayerGeometry& geometry, const TensorFacts& facts,
                       const PlanChoice& choice);

}  // namespace absim::sim
