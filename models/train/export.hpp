// SPDX-License-Identifier: Apache-2.0
// From trained weights to a dump, and what its integer inference is worth.
#pragma once

#include <string>
#include <vector>

#include "models/network/dump.hpp"
#include "models/network/safetensors.hpp"
#include "models/quantize/quantize.hpp"
#include "models/train/data.hpp"
#include "models/train/results.hpp"

namespace absim::models::train {

/// One way to make a dump of a weight file. A scheme's first one is what it is for; those that
/// follow show what its last stages bring, by leaving them out.
struct Export {
  std::string norms;  ///< as in TestResult
  QuantizeOptions options;
  bool own_values = true;  ///< false: without the values that single truncation lengths have
};

/// Calibrates on augmented training images.
QuantizedNetwork make_dump(const Graph& graph, const TensorFile& weights, const DataSet& data,
                           const Export& how);

/// Integer inference on the whole test set, at every truncation length.
std::vector<TestResult> test_dump(const QuantizedNetwork& dump, const DataSet& data,
                                  const Export& how);

}  // namespace absim::models::train
