// SPDX-License-Identifier: Apache-2.0
// Writer of table.tex.
#include "sim/report/latex.hpp"

#include <fmt/format.h>

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

double percent(double part, double whole) { return whole > 0.0 ? 100.0 * part / whole : 0.0; }

}  // namespace

std::string to_latex(const SweepResult& result) {
  std::string text = fmt::format("% {}: needs \\usepackage{{booktabs}}\n", result.name);
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
          "{} & {:.2f} & {} & {:.1f} & {:.2f} & {:.1f} & {:.1f} & {:.1f} & {:.2f} \\\\\n",
          point->truncation, point->top1_percent, point->total.cycles, point->total.latency_us,
          e.total_pj / kPjPerUj, percent(e.pe_pj, e.total_pj),
          percent(e.buffer_pj, e.total_pj), percent(e.dram_pj, e.total_pj),
          speed_up(series, *point));
    }
  }
  return text + "\\bottomrule\n\\end{tabular}\n";
}

}  // namespace absim::sim
