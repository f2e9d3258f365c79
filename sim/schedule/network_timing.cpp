// SPDX-License-Identifier: Apache-2.0
#include "sim/schedule/network_timing.hpp"

namespace absim::sim {

NetworkPlan plan_network(const models::QuantizedNetwork& network, unsigned truncation,
                         const ArchConfig& arch) {
  NetworkPlan plan;
  plan.truncation = truncation;
  plan.layers.reserve(network.graph.layers.size());
  for (std::size_t i = 0; i < network.graph.layers.size(); ++i) {
    plan.layers.push_back(plan_layer(network, i, truncation, arch));
  }
  return plan;
}

NetworkTiming time_network(const models::QuantizedNetwork& network, const NetworkPlan& plan,
                           const ArchConfig& arch) {
  NetworkTiming timing;
  timing.layers.reserve(plan.layers.size());
  for (const LayerPlan& layer : plan.layers) {
    timing.layers.push_back(time_layer(network, layer, arch));
    timing.total.cycles += timing.layers.back().cycles;
    timing.total.compute_cycles += timing.layers.back().compute_cycles;
    timing.total.events += timing.layers.back().events;
    timing.total.stalls += timing.layers.back().stalls;
  }
  return timing;
}

}  // namespace absim::sim
