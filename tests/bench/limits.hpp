// SPDX-License-Identifier: Apache-2.0
// Reports a rate beside the limit that it must keep.
#pragma once

#include <benchmark/benchmark.h>

#include <chrono>
#include <ctime>
#include <string>

namespace absim::bench {

/// Measures the timed loop of one benchmark. Make one before the loop, call report() after it.
class Meter {
 public:
  explicit Meter(benchmark::State& state)
      : state_(state), wall_begin_(Clock::now()), cpu_begin_(std::clock()) {}

  /// `done` units of work in the whole loop, `limit` units per second of wall time. Prints
  /// `<unit>/s`, `limit`, `ratio` (of the two; 1 or more keeps the limit) and `<unit>/CPU_s`, which
  /// a busy machine disturbs less.
  void report(const std::string& unit, double done, double limit) const {
    const double wall_seconds = std::chrono::duration<double>(Clock::now() - wall_begin_).count();
    const double cpu_seconds = static_cast<double>(std::clock() - cpu_begin_) / CLOCKS_PER_SEC;
    state_.counters[unit + "/s"] = done / wall_seconds;
    state_.counters["limit"] = limit;
    state_.counters["ratio"] = done / wall_seconds / limit;
    state_.counters[unit + "/CPU_s"] = done / cpu_seconds;
  }

 private:
  using Clock = std::chrono::steady_clock;

  benchmark::State& state_;
  Clock::time_point wall_begin_;
  std::clock_t cpu_begin_;
};

}  // namespace absim::bench
