// SPDX-License-Identifier: Apache-2.0
// The keys of a sweep and their resolution at one point.
#include "sim/core/sweep_config.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "models/core/error.hpp"
#include "sim/core/arch_keys.hpp"
#include "sim/core/sweep_cases.hpp"
#include "sim/core/sweep_points.hpp"

namespace absim::sim {
namespace {

using Key = ConfigKey<PointConfig>;

constexpr std::uint64_t kMaxImages = 100000000;
constexpr std::uint64_t kMaxCosimImages = 1000;

const std::vector<std::string>& fidelity_words() {
  static const std::vector<std::string> words = {
      fidelity_name(Fidelity::kFast), fidelity_name(Fidelity::kSystemC),
      fidelity_name(Fidelity::kRtl), fidelity_name(Fidelity::kLockstep)};
  return words;
}

/// A name that can be a directory.
std::string read_name(const models::YamlValue& value) {
  const std::string name = value.as_text();
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
  };
  if (!std::all_of(name.begin(), name.end(), allowed) || name.front() == '.' || name.size() > 100) {
    value.fail("letters, digits, '_', '-' and '.', at most 100, not beginning with '.'");
  }
  return name;
}

/// Paths are resolved by resolve_point, which knows where they start; here they are only documented.
Key path_key(const char* name, std::string PointConfig::*member) {
  Key key{name, "path", "-", "-", true, {}, {}};
  key.read = [member](PointConfig& point, const models::YamlValue& value) {
    point.*member = value.as_text();
  };
  key.show = [member](const PointConfig& point) { return ConfigValue(point.*member); };
  return key;
}

/// Which sets there are is known when the table is read.
Key posit_mac_key() {
  Key key{"tech.posit_mac", "text", "-", "a set of the table", false, {}, {}};
  key.read = [](PointConfig& point, const models::YamlValue& value) {
    point.posit_mac = value.as_text();
    point.posit_mac_where = value.where();
  };
  key.show = [](const PointConfig& point) { return ConfigValue(point.posit_mac); };
  return key;
}

Key fidelity_key() {
  Key key{"fidelity", "choice", "-", "fast, systemc, rtl, lockstep", false, {}, {}};
  key.read = [](PointConfig& point, const models::YamlValue& value) {
    point.fidelity = static_cast<Fidelity>(value.as_choice(fidelity_words()));
  };
  key.show = [](const PointConfig& point) {
    return ConfigValue(std::string(fidelity_name(point.fidelity)));
  };
  return key;
}

Key truncation_key() {
  Key key{"truncation", "list of integers", "bit", fmt::format("1..{}", kMaxTruncation),
          false, {}, {}};
  key.read = [](PointConfig& point, const models::YamlValue& value) {
    point.truncation = static_cast<unsigned>(value.as_uint(1, kMaxTruncation));
    point.truncation_where = value.where();
  };
  key.show = [](const PointConfig& point) {
    return ConfigValue(static_cast<std::uint64_t>(point.truncation));
  };
  return key;
}

Key count_key(const char* name, std::uint64_t max, std::size_t PointConfig::*member,
              std::string PointConfig::*where) {
  Key key{name, "integer", "image", fmt::format("1..{}", max), false, {}, {}};
  key.read = [=](PointConfig& point, const models::YamlValue& value) {
    point.*member = static_cast<std::size_t>(value.as_uint(1, max));
    point.*where = value.where();
  };
  key.show = [=](const PointConfig& point) {
    return ConfigValue(static_cast<std::uint64_t>(point.*member));
  };
  return key;
}

Key name_key() {
  Key key{"name", "text", "-", "letters, digits, _ - .", true, {}, {}};
  key.read = [](PointConfig& point, const models::YamlValue& value) {
    point.name = read_name(value);
  };
  key.show = [](const PointConfig& point) { return ConfigValue(point.name); };
  return key;
}

}  // namespace

const char* fidelity_name(Fidelity fidelity) {
  switch (fidelity) {
    case Fidelity::kFast: return "fast";
    case Fidelity::kSystemC: return "systemc";
    case Fidelity::kRtl: return "rtl";
    case Fidelity::kLockstep: return "lockstep";
  }
  throw InvariantError("fidelity out of range");
}

const std::vector<Key>& sweep_keys() {
  static const std::vector<Key> keys = {
      name_key(),
      path_key("network", &PointConfig::network),
      path_key("dataset.path", &PointConfig::dataset),
      count_key("dataset.images", kMaxImages, &PointConfig::images, &PointConfig::images_where),
      path_key("arch", &PointConfig::arch_file),
      path_key("tech", &PointConfig::tech),
      posit_mac_key(),
      fidelity_key(),
      truncation_key(),
      count_key("cosim_images", kMaxCosimImages, &PointConfig::cosim_images,
                &PointConfig::cosim_images_where),
  };
  return keys;
}

namespace {

const std::vector<Setting>& arch_settings(const std::string& path, ArchFiles& arch_files) {
  const auto read = arch_files.find(path);
  if (read != arch_files.end()) return read->second;
  return arch_files[path] = read_arch_settings(path, kArchPrefix);
}

}  // namespace

PointConfig resolve_point(const Settings& given, const std::string& where, ArchFiles& arch_files) {
  PointConfig point;
  for (const Key& key : sweep_keys()) {
    const auto setting = given.find(key.name);
    if (setting == given.end()) {
      if (!key.required) continue;
      throw ConfigError(
          fmt::format("{}: {}: found no such key; allowed: it is required", where, key.name));
    }
    Setting resolved = setting->second;
    if (key.type == "path") resolved.node.text = resolve_path(resolved);
    key.read(point, resolved.value());
  }
  Settings arch = given;  // what the sweep says about `arch.` wins over the accelerator's file
  for (const Setting& setting : arch_settings(point.arch_file, arch_files)) {
    arch.insert({setting.key, setting});
  }
  point.arch = resolve_arch(arch, kArchPrefix, point.arch_file);
  return point;
}

const std::vector<std::string>& known_keys() {
  static const std::vector<std::string> known = [] {
    std::vector<std::string> names;
    for (const Key& key : sweep_keys()) names.push_back(key.name);
    for (const auto& key : arch_keys()) names.push_back(kArchPrefix + key.name);
    return names;
  }();
  return known;
}

std::vector<std::pair<std::string, ConfigValue>> resolved_values(const PointConfig& point) {
  std::vector<std::pair<std::string, ConfigValue>> values;
  for (const Key& key : sweep_keys()) values.emplace_back(key.name, key.show(point));
  for (const auto& key : arch_keys()) values.emplace_back(kArchPrefix + key.name, key.show(point.arch));
  if (!point.label.empty()) values.emplace_back(kLabelKey, point.label);
  return values;
}

}  // namespace absim::sim
