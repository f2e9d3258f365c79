// SPDX-License-Identifier: Apache-2.0
#include "models/train/run_log.hpp"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "models/core/error.hpp"

namespace absim::models::train {
namespace {

constexpr const char* kLog = "log.csv";
constexpr const char* kMeasurements = "gradients.csv";

}  // namespace

RunLog::RunLog(std::string directory, bool fresh, bool quiet)
    : directory_(std::move(directory)), quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1) {
  if (!fresh) return;
  for (const char* file : {kLog, kMeasurements})
    std::filesystem::remove(std::filesystem::path(directory_) / file);
}

double RunLog::seconds() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

void RunLog::step(const Position& at, std::size_t step, double mean_loss, std::size_t batch) {
  if (quiet_ || step % (terminal_ ? 10 : 50) != 0 || (!terminal_ && !first_epoch_)) return;
  const double per_step = seconds() / static_cast<double>(step);
  const double left = per_step * static_cast<double>(at.steps - step + at.steps_after);
  fmt::print(stderr, "{}{}: epoch {}/{} step {}/{} loss {:.3f}, {:.0f} images/s, {:.0f} min left{}",
             terminal_ ? "\r" : "", at.stage->name, at.epoch + 1, at.stage->epochs, step, at.steps,
             mean_loss, static_cast<double>(batch) / per_step, left / 60, terminal_ ? "  " : "\n");
  std::fflush(stderr);
}

void RunLog::append(const char* file, const char* header, const std::string& line) const {
  const std::string path = (std::filesystem::path(directory_) / file).string();
  const bool fresh = !std::filesystem::exists(path);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::fopen(path.c_str(), "a"),
                                                            &std::fclose);
  if (!out) throw Error(path + ": cannot be written; a writable place is needed");
  if (fresh) fmt::print(out.get(), "{}\n", header);
  fmt::print(out.get(), "{}\n", line);
}

void RunLog::epoch(const Position& at, double rate, const EpochResult& result) {
  append(kLog, "stage,epoch,rate_end,train_loss,train_top1,held_out_top1,seconds",
         fmt::format("{},{},{:.6f},{:.4f},{:.2f},{:.2f},{:.1f}", at.stage->name, at.epoch + 1, rate,
                     result.loss, result.top1, result.held_out, result.seconds));
  first_epoch_ = false;
  if (quiet_) return;
  const double left =
      result.seconds * static_cast<double>(at.steps_after) / static_cast<double>(at.steps);
  fmt::print(stderr,
             "{}{}: epoch {}/{}: loss {:.4f}, train {:.2f} %, held out {:.2f} %, {:.0f} s, {:.0f} "
             "min left\n",
             terminal_ ? "\r" : "", at.stage->name, at.epoch + 1, at.stage->epochs, result.loss,
             result.top1, result.held_out, result.seconds, left / 60);
  std::fflush(stderr);
}

void RunLog::measurements(const Position& at, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    append(kMeasurements, "stage,epoch,tensor,samples,sqnr_db",
           fmt::format("{},{},{}", at.stage->name, at.epoch + 1, line));
  }
}

}  // namespace absim::models::train
