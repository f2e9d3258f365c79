// SPDX-License-Identifier: Apache-2.0
// results.json: everything of a sweep's result, for plots and for `absim report`.
#pragma once

#include <string>

#include "sim/sweep/results.hpp"

namespace absim::sim {

/// Same result, same bytes.
std::string to_json(const SweepResult& result);

/// Reads a results.json back. Throws FormatError naming the file.
SweepResult read_results(const std::string& path);

}  // namespace absim::sim
