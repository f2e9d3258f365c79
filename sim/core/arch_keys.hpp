// SPDX-License-Identifier: Apache-2.0
// The keys of an accelerator's configuration, and its reader.
#pragma once

#include <string>
#include <vector>

#include "sim/core/arch_config.hpp"
#include "sim/core/config_key.hpp"
#include "sim/core/setting.hpp"

namespace absim::sim {

/// Every key of configs/arch/*.yaml; defaults are those of ArchConfig.
const std::vector<ConfigKey<ArchConfig>>& arch_keys();

const char* plane_order_name(PlaneOrder order);
const char* pe_name(PeKind pe);

/// Resolves settings whose keys begin with `prefix`, then applies the rules between keys. `file` stands
/// in messages about keys that nobody gave. Throws ConfigError.
ArchConfig resolve_arch(const Settings& settings, const std::string& prefix,
                        const std::string& file);

/// The settings of one file under `prefix`; refuses unknown keys.
std::vector<Setting> read_arch_settings(const std::string& path, const std::string& prefix);

/// Reads one file.
ArchConfig read_arch(const std::string& path);

}  // namespace absim::sim
