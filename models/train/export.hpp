// SPDX-License-Identifier: Apache-2.0
// From trained tensors to a dump, and its accuracy in integer inference.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/inference/inference.hpp"
#include "models/network/safetensors.hpp"
#include "models/train/data.hpp"
#include "models/train/scheme.hpp"

namespace absim::models::train {

/// Accuracy of a dump on the whole test set.
struct LengthAccuracy {
  unsigned truncation = 0;
  Accuracy accuracy;
};

/// Calibrates on augmented training images, evaluates every truncation length, and writes the dump.
/// `float_top1_percent`: baseline to record, 0 where unknown.
std::vector<LengthAccuracy> export_dump(const Graph& graph, const TensorFile& weights,
                                        const DataSet& data, const QuantizeOptions& options,
                                        double float_top1_percent, const std::string& directory);

/// The CSV text of accuracies: truncation, images, top1, top5, top1_percent, top5_percent.
std::string accuracy_csv(const std::vector<LengthAccuracy>& lengths);

double top1_percent(const Accuracy& accuracy);

}  // namespace absim::models::train
