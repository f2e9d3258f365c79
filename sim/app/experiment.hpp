// SPDX-License-Identifier: Apache-2.0
// From a configuration on the command line to results: what `sweep`, `run` and `cosim` share.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "sim/app/command.hpp"
#include "sim/core/sweep_config.hpp"
#include "sim/report/results_directory.hpp"
#include "sim/sweep/runner.hpp"

namespace absim::app {

class Experiment {
 public:
  /// Reads the configuration; `more` are overrides that the command itself makes, before the user's.
  Experiment(const po::variables_map& values, const Arguments& arguments, const char* command,
             std::vector<std::string> more);

  sim::SweepConfig& sweep() { return sweep_; }
  /// Where the results go.
  [[nodiscard]] sim::ResultsTarget target(const po::variables_map& values) const;
  /// Reads the inputs and runs the points.
  sim::SweepResult run(const po::variables_map& values, bool accuracy = true);
  void write(const po::variables_map& values, const sim::ResultsTarget& target,
             const sim::SweepResult& result) const;

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  sim::SweepConfig sweep_;
  std::vector<std::string> command_line_;
  std::vector<std::string> input_files_;
};

}  // namespace absim::app
