// SPDX-License-Identifier: Apache-2.0
// The training loop: stages, epochs, held-out accuracy, checkpoint, and one evaluation of the test
// set at the end.
#pragma once

#include <string>
#include <vector>

#include "models/train/config.hpp"
#include "models/train/export.hpp"

namespace absim::models::train {

struct RunOptions {
  std::string data;  // directory, see read_data
  std::string out;   // directory for checkpoint, logs, weights and dump; made if absent
  bool resume = false;
  bool force = false;  // begin anew where a checkpoint is
  bool quiet = false;
};

struct RunResult {
  std::string weights;           // path of the safetensors file
  std::vector<TestResult> test;  // first in float with the common values, then the scheme's dumps
};

/// Trains to the end. Throws ConfigError, FormatError or Error.
RunResult run(const Config& config, const RunOptions& options);

}  // namespace absim::models::train
