// SPDX-License-Identifier: Apache-2.0
// manifest.json: everything needed to repeat a sweep: resolved configuration, hashes of the inputs,
// revision, tool versions, wall time.
#pragma once

#include <string>
#include <vector>

#include "sim/core/sweep_config.hpp"

namespace absim::sim {

struct ManifestFacts {
  std::vector<std::string> command_line;
  std::vector<std::string> input_files;
  double wall_time_s = 0.0;
};

std::string to_manifest(const SweepConfig& sweep, const ManifestFacts& facts);

}  // namespace absim::sim
