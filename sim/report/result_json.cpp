// SPDX-License-Identifier: Apache-2.0
// Writer and reader of results.json.
#include "sim/report/result_json.hpp"

#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "models/core/error.hpp"
#include "sim/report/stall_reasons.hpp"

namespace absim::sim {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "absim results";
constexpr int kVersion = 1;

/// null where there is no number
Json energy_json(const std::optional<double>& pj) { return pj ? Json(*pj) : Json(nullptr); }

std::optional<double> energy_of(const Json& json) {
  if (json.is_null()) return {};
  return json.get<double>();
}

Json layer_json(const LayerRow& row) {
  const EnergyBreakdown& e = row.energy;
  Json json = {{"layer", row.layer},
          {"macs", row.macs},
          {"cycles", row.cycles},
          {"compute_cycles", row.compute_cycles},
          {"stall_cycles", row.stall_cycles()},
          {"utilization", row.utilization},
          {"latency_us", row.latency_us},
          {"energy_pe_pj", energy_json(e.pe_pj)},
          {"energy_buffer_pj", e.buffer_pj},
          {"energy_dram_pj", e.dram_pj},
          {"energy_postproc_pj", energy_json(e.postproc_pj)},
          {"energy_leakage_pj", e.leakage_pj},
          {"energy_total_pj", energy_json(e.total_pj)}};
  for (const StallReason& reason : kStallReasons) json[reason.key] = row.stalls.*reason.cycles;
  return json;
}

LayerRow layer_row(const Json& json) {
  LayerRow row;
  row.layer = json.at("layer");
  row.macs = json.at("macs");
  row.cycles = json.at("cycles");
  row.compute_cycles = json.at("compute_cycles");
  row.utilization = json.at("utilization");
  row.latency_us = json.at("latency_us");
  EnergyBreakdown& e = row.energy;
  e.pe_pj = energy_of(json.at("energy_pe_pj"));
  e.buffer_pj = json.at("energy_buffer_pj");
  e.dram_pj = json.at("energy_dram_pj");
  e.postproc_pj = energy_of(json.at("energy_postproc_pj"));
  e.leakage_pj = json.at("energy_leakage_pj");
  e.total_pj = energy_of(json.at("energy_total_pj"));
  for (const StallReason& reason : kStallReasons) {
    row.stalls.*reason.cycles = json.at(reason.key);
  }
  return row;
}

Json point_json(const PointResult& point, const std::vector<std::string>& axes) {
  Json json = {{"point", point.point},
               {"network", point.network},
               {"dataset", point.dataset},
               {"images", point.images},
               {"arch", point.arch},
               {"pe", point.pe},
               {"format", point.format},
               {"bits", point.bits},
               {"truncation", point.truncation},
               {"fidelity", point.fidelity},
               {"clock_mhz", point.clock_mhz},
               {"float_top1", point.float_top1_percent},
               {"top1", point.top1_percent},
               {"top5", point.top5_percent},
               {"cosim_images", point.cosim_images},
               {"cosim_values", point.cosim_values},
               {"cosim_cycles", point.cosim_cycles}};
  Json values = Json::object();
  for (std::size_t i = 0; i < axes.size(); ++i) values[axes[i]] = point.axis_values[i];
  json["axes"] = std::move(values);
  json["total"] = layer_json(point.total);
  json["layers"] = Json::array();
  for (const LayerRow& row : point.layers) json["layers"].push_back(layer_json(row));
  return json;
}

PointResult point_result(const Json& json, const std::vector<std::string>& axes) {
  PointResult point;
  point.point = json.at("point");
  point.network = json.at("network");
  point.dataset = json.at("dataset");
  point.images = json.at("images");
  point.arch = json.at("arch");
  point.pe = json.at("pe");
  point.format = json.at("format");
  point.bits = json.at("bits");
  point.truncation = json.at("truncation");
  point.fidelity = json.at("fidelity");
  point.clock_mhz = json.at("clock_mhz");
  point.float_top1_percent = json.at("float_top1");
  point.top1_percent = json.at("top1");
  point.top5_percent = json.at("top5");
  point.cosim_images = json.at("cosim_images");
  point.cosim_values = json.at("cosim_values");
  point.cosim_cycles = json.at("cosim_cycles");
  for (const std::string& axis : axes) point.axis_values.push_back(json.at("axes").at(axis));
  point.total = layer_row(json.at("total"));
  for (const Json& row : json.at("layers")) point.layers.push_back(layer_row(row));
  return point;
}

}  // namespace

std::string to_json(const SweepResult& result) {
  Json json = {{"format", kFormat}, {"version", kVersion}, {"name", result.name}};
  json["axes"] = result.axes;
  json["notes"] = result.notes;
  json["points"] = Json::array();
  for (const PointResult& point : result.points) {
    json["points"].push_back(point_json(point, result.axes));
  }
  return json.dump(1) + "\n";
}

SweepResult read_results(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw FormatError(path + ": found no readable file; allowed: results of absim sweep");
  try {
    const Json json = Json::parse(in);
    if (json.at("format") != kFormat || json.at("version") != kVersion) {
      throw FormatError(path + ": found another format; allowed: '" + kFormat + "', version " +
                        std::to_string(kVersion));
    }
    SweepResult result;
    result.name = json.at("name");
    result.axes = json.at("axes").get<std::vector<std::string>>();
    result.notes = json.at("notes").get<std::vector<std::string>>();
    for (const Json& point : json.at("points")) {
      result.points.push_back(point_result(point, result.axes));
    }
    if (result.points.empty()) throw FormatError(path + ": found no points; allowed: at least one");
    return result;
  } catch (const nlohmann::json::exception& error) {
    throw FormatError(path + ": found broken results (" + error.what() +
                      "); allowed: results of absim sweep");
  }
}

}  // namespace absim::sim
