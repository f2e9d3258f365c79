// SPDX-License-Identifier: Apache-2.0
#include "sim/report/format_table.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace absim::sim {
namespace {

constexpr double kPjPerUj = 1e6;

/// Baselines in the order of the points, each once.
std::vector<FormatRow> baselines(const SweepResult& result) {
  std::vector<FormatRow> rows;
  for (const PointResult& point : result.points) {
    const double top1 = point.float_top1_percent;
    const auto same = [&](const FormatRow& row) { return row.top1_percent == top1; };
    if (top1 <= 0.0 || std::any_of(rows.begin(), rows.end(), same)) continue;
    rows.push_back({"float " + point.network, nullptr, top1, {}});
  }
  if (rows.size() == 1) rows.front().label = "float";
  return rows;
}

/// The value that all points share, or `several`.
template <typename Value>
std::string shared(const SweepResult& result, Value PointResult::*member, const char* several) {
  const Value& first = result.points.front().*member;
  const bool all = std::all_of(result.points.begin(), result.points.end(),
                               [&](const PointResult& point) { return point.*member == first; });
  return all ? fmt::format("{}", first) : several;
}

std::string heading(const SweepResult& result) {
  std::string text = fmt::format(
      "{}: {} images of {} at {} MHz; vs float: points of top-1 from the float network's\n",
      result.name, shared(result, &PointResult::images, "several numbers of"),
      shared(result, &PointResult::dataset, "several data sets"),
      shared(result, &PointResult::clock_mhz, "several"));
  std::size_t clocked = 0;
  for (const PointResult& point : result.points) clocked += point.cosim_images > 0 ? 1 : 0;
  if (clocked > 0) {
    text += fmt::format(
        "{} of {} points: images through a clocked core, equal to the fast model in "
        "every output and every layer's cycles\n",
        clocked, result.points.size());
  }
  return text;
}

/// Widths of the three columns of text.
struct Widths {
  std::size_t label = 5;
  std::size_t format = 6;
  std::size_t arch = 11;
};

std::string row_text(const FormatRow& row, const Widths& widths) {
  const PointResult* point = row.point;
  std::string text = fmt::format(
      "{:{}}  {:{}}  {:{}} {:>3} {:9.2f} {:>9}", row.label, widths.label,
      point != nullptr ? point->format : "-", widths.format, point != nullptr ? point->arch : "-",
      widths.arch, point != nullptr ? std::to_string(point->truncation) : "-", row.top1_percent,
      row.to_float_points ? fmt::format("{:+.2f}", *row.to_float_points) : "-");
  if (point == nullptr)
    return text + fmt::format(" {:>12} {:>11} {:>11} {:>6}\n", "-", "-", "-", "-");
  const EnergyBreakdown& e = point->total.energy;
  return text +
         fmt::format(" {:12} {:11.2f} {:>11} {:>6}\n", point->total.cycles, point->total.latency_us,
                     e.total_pj ? fmt::format("{:.3f}", *e.total_pj / kPjPerUj) : "-",
                     e.total_pj ? fmt::format("{:.1f}", 100.0 * *e.pe_pj / *e.total_pj) : "-");
}

}  // namespace

std::vector<FormatRow> format_rows(const SweepResult& result) {
  std::vector<FormatRow> rows;
  for (const Series& series : make_series(result)) {
    for (const PointResult* point : series.points) {
      FormatRow row{series.label, point, point->top1_percent, {}};
      if (point->float_top1_percent > 0.0) {
        row.to_float_points = point->top1_percent - point->float_top1_percent;
      }
      rows.push_back(std::move(row));
    }
  }
  for (FormatRow& row : baselines(result)) rows.push_back(std::move(row));
  return rows;
}

std::string format_table(const SweepResult& result) {
  const std::vector<FormatRow> rows = format_rows(result);
  Widths widths;
  for (const FormatRow& row : rows) {
    widths.label = std::max(widths.label, row.label.size());
    if (row.point == nullptr) continue;
    widths.format = std::max(widths.format, row.point->format.size());
    widths.arch = std::max(widths.arch, row.point->arch.size());
  }
  std::string text = heading(result);
  text += fmt::format(
      "{:{}}  {:{}}  {:{}}   t   top-1 %  vs float       cycles  latency us   energy uJ"
      "   PE %\n",
      "label", widths.label, "format", widths.format, "accelerator", widths.arch);
  for (const FormatRow& row : rows) text += row_text(row, widths);
  for (const std::string& note : result.notes) text += "note: " + note + "\n";
  return text;
}

}  // namespace absim::sim
