// SPDX-License-Identifier: Apache-2.0
// The training loop: epochs, held-out accuracy, checkpoint, and one evaluation of the test set at
// the end.
#pragma once

#include <string>

#include "models/train/config.hpp"

namespace absim::models::train {

struct RunOptions {
  std::string data;  // directory of CIFAR-10 binary batches
  std::string out;   // directory for checkpoint, log and weights; made if absent
  bool resume = false;
  bool quiet = false;
};

struct RunResult {
  std::string weights;   // path of the safetensors file
  double held_out_top1;  // percent
  double test_top1;      // percent
};

/// Trains to the end. Throws ConfigError, FormatError or Error.
RunResult run(const Config& config, const RunOptions& options);

}  // namespace absim::models::train
