// SPDX-License-Identifier: Apache-2.0
// Flattening of YAML documents and parsing of command-line overrides.
#include "sim/core/setting.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "models/core/error.hpp"
#include "models/core/nearest.hpp"
#include "sim/core/config_key.hpp"

namespace absim::sim {
namespace {

using models::YamlNode;

void add_settings(const YamlNode& map, const std::string& prefix, const Setting& origin,
                  std::vector<Setting>& settings) {
  for (std::size_t i = 0; i < map.items.size(); ++i) {
    const YamlNode& node = map.items[i];
    const std::string key = prefix + map.keys[i];
    if (node.kind == YamlNode::Kind::kMap) {
      add_settings(node, key + ".", origin, settings);
    } else {
      settings.push_back({key, origin.file, origin.directory, node});
    }
  }
}

/// A value of the command line has no line and column.
void forget_places(YamlNode& node) {
  node.place = node.key_place = {};
  for (YamlNode& item : node.items) forget_places(item);
}

struct TextOf {
  std::string operator()(std::uint64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const { return fmt::format("{}", number); }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(const std::vector<std::uint64_t>& list) const {
    return fmt::format("[{}]", fmt::join(list, ", "));
  }
};

}  // namespace

std::string to_text(const ConfigValue& value) { return std::visit(TextOf{}, value); }

std::vector<Setting> flatten(const models::YamlDocument& document, const std::string& prefix) {
  const models::YamlMap map(document);
  const std::string directory = std::filesystem::path(document.file).parent_path().string();
  std::vector<Setting> settings;
  add_settings(document.root, prefix, {"", document.file, directory, {}}, settings);
  return settings;
}

Setting parse_override(const std::string& text) {
  const std::string where = "--set " + models::printable(text);
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw ConfigError(where + ": found no key; allowed: key=value");
  }
  models::YamlDocument document = models::parse_yaml(text.substr(equals + 1), where);
  forget_places(document.root);
  if (document.root.kind == YamlNode::Kind::kNull || document.root.kind == YamlNode::Kind::kMap) {
    throw ConfigError(where + ": found no value; allowed: key=value, the value a scalar or a list");
  }
  return {text.substr(0, equals), where, "", std::move(document.root)};
}

std::string resolve_path(const Setting& setting) {
  const std::filesystem::path path = setting.value().as_text();
  if (path.is_absolute() || setting.directory.empty()) return path.lexically_normal().string();
  return (std::filesystem::path(setting.directory) / path).lexically_normal().string();
}

void check_known(const Setting& setting, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), setting.key) != known.end()) return;
  const models::YamlPlace place =
      setting.node.key_place.line != 0 ? setting.node.key_place : setting.node.place;
  std::string where = setting.file;
  if (place.line != 0) where += fmt::format(":{}:{}", place.line, place.column);
  const std::string similar = models::nearest(setting.key, known);
  throw ConfigError(fmt::format("{}: {}: found an unknown key{}; allowed: {}", where,
                                models::printable(setting.key),
                                similar.empty() ? "" : fmt::format(" (is '{}' meant?)", similar),
                                fmt::join(known, ", ")));
}

}  // namespace absim::sim
