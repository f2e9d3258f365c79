// SPDX-License-Identifier: Apache-2.0
// The tables that the program prints.
#pragma once

#include <string>

#include "sim/sweep/results.hpp"

namespace absim::sim {

/// What `absim sweep` shows: the table of formats for a sweep that compares some, else the truncation table.
std::string sweep_table(const SweepResult& result);

/// Accuracy, cycles and energy against the truncation length, one block a series.
std::string truncation_table(const SweepResult& result);

/// Cycles, stalls and energy of one point, layer by layer.
std::string layer_table(const PointResult& point);

}  // namespace absim::sim
