// SPDX-License-Identifier: Apache-2.0
// Reader of a configuration's `scheme`.
#pragma once

#include <string>

#include "models/core/yaml_reader.hpp"
#include "models/train/config.hpp"

namespace absim::models::train {

/// Only the keys of the chosen method are allowed.
void read_scheme(YamlMap map, SchemeConfig& scheme);

/// A path written in `file`, which is where it starts.
std::string beside(const std::string& file, const std::string& path);

}  // namespace absim::models::train
