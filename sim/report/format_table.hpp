// SPDX-License-Identifier: Apache-2.0
// Number formats side by side: one row a point, the float baseline last.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/report/series.hpp"
#include "sim/sweep/results.hpp"

namespace absim::sim {

/// A row of the table, as text and LaTeX show it. Without a point: the float network.
struct FormatRow {
  std::string label;  ///< of the series; `float`
  const PointResult* point = nullptr;
  double top1_percent = 0.0;
  std::optional<double>
      to_float_points;  ///< top-1 minus the float baseline's; nothing where unknown
};

/// A row a point, in their order, then the baseline: one row for each network that has another one.
std::vector<FormatRow> format_rows(const SweepResult& result);

/// The table as text, with what all rows share above it.
std::string format_table(const SweepResult& result);

}  // namespace absim::sim
