// SPDX-License-Identifier: Apache-2.0
// Groups points into series.
#include "sim/report/series.hpp"

#include <algorithm>

namespace absim::sim {
namespace {

std::string label_of(const std::vector<std::string>& axes, const std::vector<std::string>& values) {
  std::string label;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    label += (i == 0 ? "" : ", ") + axes[i] + "=" + values[i];
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

double speed_up(const Series& series, const PointResult& point) {
  return static_cast<double>(series.longest->total.cycles) /
         static_cast<double>(point.total.cycles);
}

}  // namespace absim::sim
