// SPDX-License-Identifier: Apache-2.0
// Points that differ in the truncation length only: one table, one curve.
#pragma once

#include <string>
#include <vector>

#include "sim/sweep/results.hpp"

namespace absim::sim {

struct Series {
  std::string label;  ///< `arch.rows=8, arch.lanes=16`, cases by their label; empty without axes
  std::vector<const PointResult*> points;
  const PointResult* longest = nullptr;  ///< the point with the largest truncation length
};

/// The series of a result, in its order; they refer to it.
std::vector<Series> make_series(const SweepResult& result);

/// Whether a sweep has cases in more than one number format: one table and one figure of all of them.
bool compares_formats(const SweepResult& result);

/// Cycles of the longest truncation length divided by those of `point`.
double speed_up(const Series& series, const PointResult& point);

}  // namespace absim::sim
