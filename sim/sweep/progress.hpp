// SPDX-License-Identifier: Apache-2.0
// How far a long run is: a bar on a terminal, now and then a plain line elsewhere, always on stderr.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>

namespace absim::sim {

class Progress {
 public:
  /// `what` names the units counted, in the plural. Nothing is shown during the first two seconds.
  Progress(std::string what, std::size_t total, bool quiet);
  ~Progress();  ///< clears the bar
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Units done so far; part of a unit may be given. Any thread.
  void set(double done);

 private:
  using Clock = std::chrono::steady_clock;
  void show(double done, double elapsed_s);

  std::string what_;
  std::size_t total_;
  bool quiet_;
  bool terminal_;
  bool shown_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
  std::mutex mutex_;
};

}  // namespace absim::sim
