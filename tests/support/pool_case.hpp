// SPDX-License-Identifier: Apache-2.0
// Random pooling layers with accelerators to run them on, and what a set of them reached.
#pragma once

#include <array>
#include <cstdint>
#include <random>

#include "models/network/dump.hpp"
#include "sim/core/arch_config.hpp"
#include "sim/schedule/plan.hpp"

namespace absim::test {

/// Layer 0, `source`, makes the tensor that layer 1, `pool`, takes.
inline constexpr std::size_t kPoolLayer = 1;

struct PoolCase {
  models::QuantizedNetwork network;  ///< without values: enough for plans, streams and the oracle
  sim::ArchConfig arch;

  [[nodiscard]] const models::Layer& layer() const { return network.graph.layers[kPoolLayer]; }
  [[nodiscard]] models::ElementType type() const { return network.values[kPoolLayer].output; }
};

/// Every operation on every type that may be pooled, small shapes that are multiples of nothing,
/// buffers from barely fitting to ample, DRAM from wide to starved.
PoolCase random_pool_case(std::mt19937_64& random);

/// One of the planner's choices, not necessarily the best. `random_pool_case` gives layers that
/// have at least one.
sim::LayerPlan random_pool_plan(std::mt19937_64& random, const PoolCase& c);

/// What the cases of a test met; require_all() fails where something never happened.
struct PoolReached {
  std::array<std::array<std::uint64_t, 5>, 2> kinds{};  // [mean][u8, s8, s16, posit8, posit16]
  std::uint64_t no_paddings = 0, same_paddings = 0, uneven_paddings = 0, clipped_windows = 0;
  std::uint64_t strides = 0, several_strips = 0, several_ranges = 0, partial_blocks = 0;
  std::uint64_t input_waits = 0, store_waits = 0;

  void add(const PoolCase& c, const sim::LayerPlan& plan, const sim::StallCycles& stalls);
  void require_all(std::uint64_t least) const;
};

}  // namespace absim::test
