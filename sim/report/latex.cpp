// SPDX-License-Identifier: Apache-2.0
// Writer of table.tex.
#include "sim/report/latex.hpp"

#include <fmt/format.h>

#include "sim/report/format_table.hpp"
#include "sim/report/series.hpp"

namespace absim::sim {
namespace {

constexpr double kPjPerUj = 1e6;

std::string escape(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '\\': safe += "\\textbackslash{}"; break;
      case '~': safe += "\\textasciitilde{}"; break;
      case '^': safe += "\\textasciicircum{}"; break;
      case '_': case '&': case '%': case '$': case '#': case '{': case '}':
        safe += '\\';
        safe += c;
        break;
      default: safe += c;
    }
  }
  return safe;
}

/// A dash where the technology table has no number.
std::string number(const std::optional<double>& value, int decimals) {
  return value ? fmt::format("{:.{}f}", *value, decimals) : "--";
}

std::optional<double> energy_uj(const EnergyBreakdown& e) {
  if (!e.total_pj) return {};
  return *e.total_pj / kPjPerUj;
}

std::optional<double> share(const std::optional<double>& part, const EnergyBreakdown& e) {
  if (!part || !e.total_pj) return {};
  return *e.total_pj > 0.0 ? 100.0 * *part / *e.total_pj : 0.0;
}

std::string format_row(const FormatRow& row) {
  const std::string delta =
      row.to_float_points ? fmt::format("${:+.2f}$", *row.to_float_points) : "--";
  if (row.point == nullptr) {
    return fmt::format("{} & -- & {:.2f} & {} & -- & -- & -- & -- \\\\\n", escape(row.label),
                       row.top1_percent, delta);
  }
  const LayerRow& total = row.point->total;
  return fmt::format("{} & {} & {:.2f} & {} & {} & {:.1f} & {} & {} \\\\\n", escape(row.label),
                     row.point->truncation, row.top1_percent, delta, total.cycles, total.latency_us,
                     number(energy_uj(total.energy), 2),
                     number(share(total.energy.pe_pj, total.energy), 1));
}

/// One row a point, a rule around series of several points, the float baseline last.
std::string formats_to_latex(const SweepResult& result) {
  std::string text =
      "\\begin{tabular}{lrrrrrrr}\n\\toprule\n"
      "format & $t$ & top-1 & to float & cycles & latency & energy & PE \\\\\n"
      " & bits & \\% & points &  & \\textmu s & \\textmu J & \\% \\\\\n";
  std::string label;
  std::size_t rows_of_label = 2;  // the head counts as several
  for (const FormatRow& row : format_rows(result)) {
    if (row.label != label) {
      if (rows_of_label > 1 || row.point == nullptr) text += "\\midrule\n";
      label = row.label;
      rows_of_label = 0;
    }
    ++rows_of_label;
    text += format_row(row);
  }
  return text + "\\bottomrule\n\\end{tabular}\n";
}

}  // namespace

std::string to_latex(const SweepResult& result) {
  std::string text = fmt::format("% {}: needs \\usepackage{{booktabs}}\n", result.name);
  if (compares_formats(result)) return text + formats_to_latex(result);
  text += "\\begin{tabular}{rrrrrrrrr}\n\\toprule\n"
          "$t$ & top-1 & cycles & latency & energy & PE & buffers & DRAM & speed-up \\\\\n"
          "bits & \\% &  & \\textmu s & \\textmu J & \\% & \\% & \\% &  \\\\\n";
  for (const Series& series : make_series(result)) {
    text += "\\midrule\n";
    if (!series.label.empty()) {
      text += fmt::format("\\multicolumn{{9}}{{l}}{{{}}} \\\\\n", escape(series.label));
    }
    for (const PointResult* point : series.points) {
      const EnergyBreakdown& e = point->total.energy;
      text += fmt::format(
          "{} & {:.2f} & {} & {:.1f} & {} & {} & {} & {} & {:.2f} \\\\\n",
          point->truncation, point->top1_percent, point->total.cycles, point->total.latency_us,
          number(energy_uj(e), 2), number(share(e.pe_pj, e), 1), number(share(e.buffer_pj, e), 1),
          number(share(e.dram_pj, e), 1), speed_up(series, *point));
    }
  }
  return text + "\\bottomrule\n\\end{tabular}\n";
}

}  // namespace absim::sim
