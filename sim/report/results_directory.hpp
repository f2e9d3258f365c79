// SPDX-License-Identifier: Apache-2.0
// A results directory: results.csv, results.json, manifest.json, table.tex and the figures.
#pragma once

#include <string>

#include "sim/sweep/results.hpp"

namespace absim::sim {

struct ResultsTarget {
  std::string directory;
  bool replace = false;  ///< an earlier results directory of this name goes away
  bool figures = true;
};

/// Throws Error where the directory exists and may not be replaced.
void check_results_target(const ResultsTarget& target);

/// Writes everything, whole or not at all. Returns a remark for the user, or nothing.
std::string write_results(const ResultsTarget& target, const SweepResult& result,
                          const std::string& manifest);

}  // namespace absim::sim
