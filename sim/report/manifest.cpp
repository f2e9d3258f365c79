// SPDX-License-Identifier: Apache-2.0
#include "sim/report/manifest.hpp"

#include <chrono>
#include <ctime>

#include <nlohmann/json.hpp>

#include "models/core/sha256.hpp"
#include "sim/report/version.hpp"

namespace absim::sim {
namespace {

using Json = nlohmann::ordered_json;

Json value_json(const ConfigValue& value) {
  return std::visit([](const auto& held) { return Json(held); }, value);
}

Json point_json(const PointConfig& point) {
  Json json = {{"point", point.index}};
  for (const auto& [key, value] : resolved_values(point)) json[key] = value_json(value);
  return json;
}

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace

std::string to_manifest(const SweepConfig& sweep, const ManifestFacts& facts) {
  Json json = {{"format", "absim manifest"},
               {"version", 1},
               {"name", sweep.name},
               {"absim", version_number()},
               {"git_revision", git_revision()}};
  for (const auto& [name, version] : tool_versions()) json["tools"][name] = version;
  json["command_line"] = facts.command_line;
  json["seeds"] = Json::object();  // a sweep draws no random numbers
  json["finished_utc"] = utc_now();
  json["wall_time_s"] = facts.wall_time_s;
  json["inputs"] = Json::array();
  for (const std::string& file : facts.input_files) {
    json["inputs"].push_back({{"file", file}, {"sha256", models::sha256_of_file(file)}});
  }
  json["axes"] = sweep.axes;
  json["points"] = Json::array();
  for (const PointConfig& point : sweep.points) json["points"].push_back(point_json(point));
  return json.dump(1) + "\n";
}

}  // namespace absim::sim
