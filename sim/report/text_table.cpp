// SPDX-License-Identifier: Apache-2.0
// Plain-text tables.
#include "sim/report/text_table.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sim/report/format_table.hpp"
#include "sim/report/series.hpp"
#include "sim/report/stall_reasons.hpp"

namespace absim::sim {
namespace {

constexpr double kPjPerUj = 1e6;

double percent(double part, double whole) { return whole > 0.0 ? 100.0 * part / whole : 0.0; }

double percent(std::uint64_t part, std::uint64_t whole) {
  return percent(static_cast<double>(part), static_cast<double>(whole));
}

/// What all points of a series share.
std::string heading(const PointResult& point) {
  std::string text = fmt::format("{} ({}, {} bits) on {} at {} MHz, {} images of {}", point.network,
                                 point.format, point.bits, point.arch, point.clock_mhz,
                                 point.images, point.dataset);
  if (point.float_top1_percent > 0.0) {
    text += fmt::format("; float baseline {:.2f} % top-1", point.float_top1_percent);
  }
  if (point.cosim_images > 0) {
    text += fmt::format("\nfidelity {}: {} image{} a point through the clocked core, equal to the "
                        "fast model in every output and every layer's cycles",
                        point.fidelity, point.cosim_images, point.cosim_images == 1 ? "" : "s");
  }
  return text + "\n";
}

/// Right-aligned; `-` where the technology table has no number.
std::string number(const std::optional<double>& value, int width, int decimals) {
  return value ? fmt::format("{:{}.{}f}", *value, width, decimals) : fmt::format("{:>{}}", "-", width);
}

std::optional<double> share(const std::optional<double>& part, const EnergyBreakdown& e) {
  if (!part || !e.total_pj) return {};
  return percent(*part, *e.total_pj);
}

std::string energy_uj(const EnergyBreakdown& e) {
  return number(e.total_pj ? std::optional<double>(*e.total_pj / kPjPerUj) : std::nullopt, 11, 3);
}

std::string energy_shares(const EnergyBreakdown& e) {
  return fmt::format("{} {} {} {} {}", number(share(e.pe_pj, e), 5, 1),
                     number(share(e.buffer_pj, e), 7, 1), number(share(e.dram_pj, e), 6, 1),
                     number(share(e.postproc_pj, e), 8, 1), number(share(e.leakage_pj, e), 7, 1));
}

/// Why the array rests, % of each row's cycles.
class StallTable {
 public:
  StallTable(const std::string& label, std::size_t width) : width_(width) {
    text_ = "stall cycles by reason, % of all cycles (docs/timing.md, section 4)\n";
    text_ += fmt::format("{:{}}", label, width_);
    for (const StallReason& reason : kStallReasons) text_ += fmt::format(" {:>8}", reason.title);
    text_ += "\n";
  }
  void add(const std::string& label, const LayerRow& row) {
    text_ += fmt::format("{:{}}", label, width_);
    for (const StallReason& reason : kStallReasons) {
      text_ += fmt::format(" {:8.1f}", percent(row.stalls.*reason.cycles, row.cycles));
    }
    text_ += "\n";
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::size_t width_;
  std::string text_;
};

}  // namespace

std::string sweep_table(const SweepResult& result) {
  return compares_formats(result) ? format_table(result) : truncation_table(result);
}

std::string truncation_table(const SweepResult& result) {
  std::string text;
  for (const Series& series : make_series(result)) {
    if (!text.empty()) text += "\n";
    text += heading(*series.longest);
    if (!series.label.empty()) text += series.label + "\n";
    text +=
        "                                                     energy shares, %                    "
        "   cycles, %\n"
        "  t   top-1 %       cycles  latency us   energy uJ     PE  buffer   DRAM postproc leakage "
        " compute  stall  speed-up\n";
    StallTable stalls("  t", 3);
    for (const PointResult* point : series.points) {
      const LayerRow& total = point->total;
      stalls.add(fmt::format("{:3}", point->truncation), total);
      text += fmt::format("{:3} {:9.2f} {:12} {:11.2f} {}  {} {:8.1f} {:6.1f} {:9.2f}\n",
                          point->truncation, point->top1_percent, total.cycles, total.latency_us,
                          energy_uj(total.energy), energy_shares(total.energy),
                          percent(total.compute_cycles, total.cycles),
                          percent(total.stall_cycles(), total.cycles), speed_up(series, *point));
    }
    text += stalls.text();
  }
  for (const std::string& note : result.notes) text += "note: " + note + "\n";
  return text;
}

std::string layer_table(const PointResult& point) {
  std::size_t width = 5;
  for (const LayerRow& row : point.layers) width = std::max(width, row.layer.size());
  std::string text = heading(point);
  text += fmt::format("truncation {}: top-1 {:.2f} %, top-5 {:.2f} %\n", point.truncation,
                      point.top1_percent, point.top5_percent);
  text += fmt::format(
      "{:{}}         MACs       cycles  compute %  stall %  util. %  latency us   energy uJ     PE "
      " buffer   DRAM postproc leakage\n",
      "layer", width);
  const auto line = [&](const LayerRow& row) {
    return fmt::format("{:{}} {:12} {:12} {:10.1f} {:8.1f} {:8.1f} {:11.2f} {}  {}\n",
                       row.layer, width, row.macs, row.cycles,
                       percent(row.compute_cycles, row.cycles),
                       percent(row.stall_cycles(), row.cycles), 100.0 * row.utilization,
                       row.latency_us, energy_uj(row.energy), energy_shares(row.energy));
  };
  StallTable stalls("layer", width);
  for (const LayerRow& row : point.layers) {
    text += line(row);
    stalls.add(row.layer, row);
  }
  stalls.add(point.total.layer, point.total);
  return text + line(point.total) + stalls.text();
}

}  // namespace absim::sim
