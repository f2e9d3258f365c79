// SPDX-License-Identifier: Apache-2.0
// Writer of results.csv.
#include "sim/report/csv.hpp"

#include <fmt/format.h>

#include "sim/report/stall_reasons.hpp"

namespace absim::sim {
namespace {

constexpr const char* kColumns =
    "point,network,dataset,images,arch,pe,format,truncation,fidelity,layer,macs,cycles,"
    "compute_cycles,stall_cycles,utilization,latency_us,energy_pe_pj,energy_buffer_pj,"
    "energy_dram_pj,energy_postproc_pj,energy_leakage_pj,energy_total_pj,top1,top5";

/// Quotes a field that would break the row (RFC 4180).
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

/// Empty where there is no number.
std::string energy_field(const std::optional<double>& pj) {
  return pj ? fmt::format("{:.3f}", *pj) : "";
}

/// Accuracy belongs to the network: it stands in `total` rows only.
std::string row(const PointResult& point, const LayerRow& layer, const std::string& accuracy) {
  const EnergyBreakdown& e = layer.energy;
  std::string text = fmt::format(
      "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{:.6f},{:.6f},{},{:.3f},{:.3f},{},{:.3f},{},{}",
      point.point, field(point.network), field(point.dataset), point.images, field(point.arch),
      point.pe, point.format, point.truncation, point.fidelity, field(layer.layer), layer.macs,
      layer.cycles, layer.compute_cycles, layer.stall_cycles(), layer.utilization,
      layer.latency_us, energy_field(e.pe_pj), e.buffer_pj, e.dram_pj, energy_field(e.postproc_pj),
      e.leakage_pj, energy_field(e.total_pj), accuracy);
  for (const std::string& value : point.axis_values) text += ',' + field(value);
  text += fmt::format(",{}", point.cosim_images);
  for (const StallReason& reason : kStallReasons) {
    text += fmt::format(",{}", layer.stalls.*reason.cycles);
  }
  return text + "\n";
}

}  // namespace

std::string to_csv(const SweepResult& result) {
  std::string text = kColumns;
  for (const std::string& axis : result.axes) text += ',' + field(axis);
  text += ",cosim_images";
  for (const StallReason& reason : kStallReasons) text += fmt::format(",{}", reason.key);
  text += "\n";
  for (const PointResult& point : result.points) {
    for (const LayerRow& layer : point.layers) text += row(point, layer, ",");
    text += row(point, point.total,
                fmt::format("{:.4f},{:.4f}", point.top1_percent, point.top5_percent));
  }
  return text;
}

}  // namespace absim::sim
