// SPDX-License-Identifier: Apache-2.0
// results.csv: long form, one row per point and layer and a `total` row per point.
#pragma once

#include <string>

#include "sim/sweep/results.hpp"

namespace absim::sim {

/// Fixed columns first, then one per axis of the sweep (`label` where it has cases), `cosim_images`, and the
/// stall cycles by reason. Numbers have a fixed number of decimals: same results, same bytes. An energy that
/// the technology table cannot tell is an empty field.
std::string to_csv(const SweepResult& result);

}  // namespace absim::sim
