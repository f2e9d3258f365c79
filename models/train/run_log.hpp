// SPDX-License-Identifier: Apache-2.0
// What a run tells while it works: progress on stderr, log.csv and gradients.csv in its directory.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "models/train/scheme.hpp"

namespace absim::models::train {

struct EpochResult {
  double loss = 0;      // mean over the epoch
  double top1 = 0;      // percent, of the augmented training images
  double held_out = 0;  // percent, mean of the stage's lengths
  double seconds = 0;
};

/// Where a run stands: steps of all stages, for the time left.
struct Position {
  const Stage* stage = nullptr;
  std::size_t epoch = 0;        // of the stage, from 0
  std::size_t steps = 0;        // in this epoch
  std::size_t steps_after = 0;  // in all epochs and stages after this one
};

class RunLog {
 public:
  /// `fresh`: log files that are there already are begun anew.
  RunLog(std::string directory, bool fresh, bool quiet);

  /// A line that overwrites itself on a terminal, otherwise one every 50 steps of the run's first
  /// epoch.
  void step(const Position& at, std::size_t step, double mean_loss, std::size_t batch);
  void begin_epoch() { start_ = Clock::now(); }
  [[nodiscard]] double seconds() const;
  void epoch(const Position& at, double rate, const EpochResult& result);
  void measurements(const Position& at, const std::vector<std::string>& lines);

 private:
  using Clock = std::chrono::steady_clock;
  void append(const char* file, const char* header, const std::string& line) const;

  std::string directory_;
  bool quiet_;
  bool terminal_;
  bool first_epoch_ = true;
  Clock::time_point start_ = Clock::now();
};

}  // namespace absim::models::train
