// SPDX-License-Identifier: Apache-2.0
// Between a sweep's axes and its points; used by the reader of sweeps only.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/core/setting.hpp"
#include "sim/core/sweep_config.hpp"

namespace absim::sim {

inline const std::string kArchPrefix = "arch.";

/// Every key that a sweep, an override or an axis may name.
const std::vector<std::string>& known_keys();

/// Settings of the accelerators' files read so far, by path.
using ArchFiles = std::map<std::string, std::vector<Setting>>;

/// One point out of settings that hold one value for each key; `where` begins a complaint about a missing
/// one.
PointConfig resolve_point(const Settings& given, const std::string& where, ArchFiles& arch_files);

}  // namespace absim::sim
