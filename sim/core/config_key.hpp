// SPDX-License-Identifier: Apache-2.0
// One key of a configuration as data: how it is called, read, shown and documented (configs/README.md).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "models/core/yaml_reader.hpp"

namespace absim::sim {

/// A resolved value, for manifests and tables.
using ConfigValue = std::variant<std::uint64_t, double, std::string, std::vector<std::uint64_t>>;

/// Text of a value as a configuration file would hold it.
std::string to_text(const ConfigValue& value);

template <typename Config>
struct ConfigKey {
  std::string name;   ///< dotted: `dram.latency_cycles`
  std::string type;   ///< integer | number | choice | text | path | list of integers
  std::string unit;   ///< "-" where there is none
  std::string range;  ///< as it stands in configs/README.md
  bool required = false;
  std::function<void(Config&, const models::YamlValue&)> read;  ///< throws ConfigError
  std::function<ConfigValue(const Config&)> show;
};

}  // namespace absim::sim
