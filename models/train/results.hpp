// SPDX-License-Identifier: Apache-2.0
// Accuracy on the test set, as test.csv holds it.
#pragma once

#include <string>
#include <vector>

#include "models/inference/inference.hpp"

namespace absim::models::train {

struct TestResult {
  std::string arithmetic;   ///< float | integer
  std::string norms;        ///< whose batch norms and factors: trained | statistics | untouched
  unsigned truncation = 0;  ///< 0: float weights
  Accuracy accuracy;
};

double top1_percent(const Accuracy& accuracy);

/// The CSV text: arithmetic, norms, truncation, images, top1, top5, top1_percent, top5_percent.
std::string results_csv(const std::vector<TestResult>& results);

}  // namespace absim::models::train
