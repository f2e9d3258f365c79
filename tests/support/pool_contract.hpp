// SPDX-License-Identifier: Apache-2.0
// docs/timing.md on pooling layers as a clocked model without values: the oracle for time_pool.
// Written from the document, cycle by cycle; windows and sizes are counted pixel by pixel.
#pragma once

#include "models/network/graph.hpp"
#include "sim/core/arch_config.hpp"
#include "sim/schedule/plan.hpp"

namespace absim::test {

sim::LayerTiming run_pool_contract(const models::Layer& layer, const sim::LayerPlan& plan,
                                   const sim::ArchConfig& arch);

}  // namespace absim::test
