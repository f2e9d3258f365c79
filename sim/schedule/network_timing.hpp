// SPDX-License-Identifier: Apache-2.0
// Plans and timing of a whole network: layer after layer, which is how the core runs them.
#pragma once

#include <vector>

#include "sim/schedule/plan.hpp"

namespace absim::sim {

/// One plan a layer, in execution order.
struct NetworkPlan {
  unsigned truncation = 8;
  std::vector<LayerPlan> layers;
};

struct NetworkTiming {
  std::vector<LayerTiming> layers;
  LayerTiming total;  ///< sums: layers do not overlap
};

NetworkPlan plan_network(const models::QuantizedNetwork& network, unsigned truncation,
                         const ArchConfig& arch);

NetworkTiming time_network(const models::QuantizedNetwork& network, const NetworkPlan& plan,
                           const ArchConfig& arch);

}  // namespace absim::sim
