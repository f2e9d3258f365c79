// SPDX-License-Identifier: Apache-2.0
// Figures: scripts/plot.py turns results.json into SVG and PDF.
#pragma once

#include <string>
#include <vector>

namespace absim::sim {

/// Draws the figures of results files into a directory. Returns an empty text, or why there are none.
std::string draw_figures(const std::vector<std::string>& results_files,
                         const std::string& directory);

}  // namespace absim::sim
