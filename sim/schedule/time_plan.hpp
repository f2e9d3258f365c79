// SPDX-License-Identifier: Apache-2.0
// time_layer on the plan alone, with a table of tile patterns that may be shared by plans of one
// layer.
#pragma once

#include "sim/schedule/gather.hpp"
#include "sim/schedule/plan.hpp"

namespace absim::sim {

/// The layer's gather shape, read back from its first job.
GatherShape gather_shape(const Job& job, const ArchConfig& arch);

LayerTiming time_plan(const LayerPlan& plan, const ArchConfig& arch, GatherTable& gather);

}  // namespace absim::sim
