// SPDX-License-Identifier: Apache-2.0
#include "models/train/results.hpp"

#include <fmt/format.h>

namespace absim::models::train {
namespace {

double percent(std::size_t right, std::size_t images) {
  return 100.0 * static_cast<double>(right) / static_cast<double>(images);
}

}  // namespace

double top1_percent(const Accuracy& accuracy) { return percent(accuracy.top1, accuracy.images); }

std::string results_csv(const std::vector<TestResult>& results) {
  std::string text = "arithmetic,norms,truncation,images,top1,top5,top1_percent,top5_percent\n";
  for (const auto& [arithmetic, norms, t, accuracy] : results) {
    text += fmt::format("{},{},{},{},{},{},{:.2f},{:.2f}\n", arithmetic, norms, t, accuracy.images,
                        accuracy.top1, accuracy.top5, top1_percent(accuracy),
                        percent(accuracy.top5, accuracy.images));
  }
  return text;
}

}  // namespace absim::models::train
