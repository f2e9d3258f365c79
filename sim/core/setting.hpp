// SPDX-License-Identifier: Apache-2.0
// A configuration value together with the place where it was given: file, command line or sweep axis.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "models/core/yaml_reader.hpp"

namespace absim::sim {

struct Setting {
  std::string key;         ///< dotted
  std::string file;        ///< begins messages; for the command line the option itself
  std::string directory;   ///< relative paths start here
  models::YamlNode node;

  [[nodiscard]] models::YamlValue value() const { return {file, node, key}; }
};

/// Settings by key; a later one replaces an earlier one.
using Settings = std::map<std::string, Setting>;

/// The scalars and lists of a document as settings, maps flattened to dotted keys under `prefix`.
std::vector<Setting> flatten(const models::YamlDocument& document, const std::string& prefix);

/// `key=value` of the command line; the value is YAML. Throws ConfigError.
Setting parse_override(const std::string& text);

/// A path as it was given, resolved against the setting's directory.
std::string resolve_path(const Setting& setting);

/// Throws for a key that is not one of `known`; suggests the nearest.
void check_known(const Setting& setting, const std::vector<std::string>& known);

}  // namespace absim::sim
