// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

namespace absim::sim {
namespace {

constexpr double kSilent_s = 2.0;         // shorter runs show nothing
constexpr double kBarInterval_s = 0.1;    // between two drawings of the bar
constexpr double kLineInterval_s = 10.0;  // between two plain lines
constexpr std::size_t kBarWidth = 30;

double seconds(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

std::string time_left(double done, double total, double elapsed_s) {
  if (done <= 0.0) return "";
  const double left_s = elapsed_s * (total - done) / done;
  if (left_s < 100.0) return fmt::format(", about {:.0f} s left", left_s);
  return fmt::format(", about {:.0f} min left", left_s / 60.0);
}

}  // namespace

Progress::Progress(std::string what, std::size_t total, bool quiet)
    : what_(std::move(what)), total_(total), quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (shown_ && terminal_) std::fputs("\r\033[K", stderr);
}

void Progress::set(double done) {
  if (quiet_) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  const Clock::time_point now = Clock::now();
  const double interval_s =
      !shown_ ? kSilent_s : (terminal_ ? kBarInterval_s : kLineInterval_s);
  if (seconds(now - last_) < interval_s) return;
  last_ = now;
  if (!terminal_ && done >= static_cast<double>(total_)) return;  // the result follows at once
  shown_ = true;
  show(std::min(done, static_cast<double>(total_)), seconds(now - start_));
}

void Progress::show(double done, double elapsed_s) {
  const double total = static_cast<double>(total_);
  const std::string text = fmt::format("{:.0f} of {} {}{}", std::floor(done), total_,
                                       what_, time_left(done, total, elapsed_s));
  if (!terminal_) {
    fmt::print(stderr, "absim: {}\n", text);
    return;
  }
  const auto filled = static_cast<std::size_t>(done / total * static_cast<double>(kBarWidth));
  fmt::print(stderr, "\r\033[K[{}{}] {}", std::string(filled, '#'),
             std::string(kBarWidth - filled, ' '), text);
  std::fflush(stderr);
}

}  // namespace absim::sim
