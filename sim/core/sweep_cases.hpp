// SPDX-License-Identifier: Apache-2.0
// The `cases:` of a sweep: each a set of keys that differ from the rest of the file, with a label.
#pragma once

#include <string>
#include <vector>

#include "sim/core/setting.hpp"

namespace absim::sim {

/// Key of a case's label, and of the column that holds it in results.
inline const std::string kLabelKey = "label";

struct SweepCase {
  std::string label;  ///< given, or its keys and values
  std::string where;  ///< `file:line:column: cases[2]`, begins messages about what the case lacks
  Settings settings;  ///< keys of sweep_keys() but `name`, and of arch_keys() under `arch.`
};

/// The cases of the setting `cases`, in its order. `known` are the keys that they may change.
/// Throws ConfigError.
std::vector<SweepCase> read_cases(const Setting& setting, const std::vector<std::string>& known);

}  // namespace absim::sim
