// SPDX-License-Identifier: Apache-2.0
// Runs the points of a sweep: checks on a clocked core, cycles and energy, accuracy.
#pragma once

#include "sim/sweep/inputs.hpp"
#include "sim/sweep/results.hpp"

namespace absim::sim {

struct RunOptions {
  unsigned jobs = 0;   ///< threads, and processes for clocked cores; 0: one for each core of the machine
  bool quiet = false;  ///< no progress
  bool accuracy = true;  ///< run the data set through exact inference
};

/// The result depends on the configuration and the inputs only, not on `jobs`. Throws ConfigError for a
/// network that does not fit an accelerator and MismatchError for a clocked core that disagrees. To be
/// called before the process has threads.
SweepResult run_sweep(const SweepConfig& sweep, const Inputs& inputs, const RunOptions& options);

}  // namespace absim::sim
