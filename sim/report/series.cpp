// SPDX-License-Identifier: Apache-2.0
// Groups points into series.
#include "sim/report/series.hpp"

#include <algorithm>

#include "sim/core/sweep_cases.hpp"

namespace absim::sim {
namespace {

std::string label_of(const std::vector<std::string>& axes, const std::vector<std::string>& values) {
  std::string label;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    label += i == 0 ? "" : ", ";
    label += axes[i] == kLabelKey ? values[i] : axes[i] + "=" + values[i];
  }
  return label;
}

}  // namespace

std::vector<Series> make_series(const SweepResult& result) {
  std::vector<Series> all;
  for (const PointResult& point : result.points) {
    if (all.empty() || all.back().points.front()->axis_values != point.axis_values) {
      all.push_back({label_of(result.axes, point.axis_values), {}, &point});
    }
    Series& series = all.back();
    series.points.push_back(&point);
    if (point.truncation > series.longest->truncation) series.longest = &point;
  }
  return all;
}

bool compares_formats(const SweepResult& result) {
  if (result.axes.empty() || result.axes.front() != kLabelKey) return false;
  const std::string& first = result.points.front().format;
  return std::any_of(result.points.begin(), result.points.end(),
                     [&](const PointResult& point) { return point.format != first; });
}

double speed_up(const Series& series, const PointResult& point) {
  return static_cast<double>(series.longest->total.cycles) /
         static_cast<double>(point.total.cycles);
}

}  // namespace absim::sim
