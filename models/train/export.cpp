// SPDX-License-Identifier: Apache-2.0
#include "models/train/export.hpp"

#include <regex>

#include "models/inference/float_inference.hpp"

namespace absim::models::train {
namespace {

TensorFile without_own_values(const TensorFile& weights) {
  static const std::regex own(R"(.*\.t[1-8](\..*)?)");
  TensorFile common;
  common.metadata = weights.metadata;
  for (const auto& [name, tensor] : weights.tensors) {
    if (!std::regex_match(name, own)) common.tensors.emplace(name, tensor);
  }
  return common;
}

}  // namespace

QuantizedNetwork make_dump(const Graph& graph, const TensorFile& weights, const DataSet& data,
                           const Export& how) {
  const FloatNetwork network = make_float_network(
      graph, how.own_values ? weights : without_own_values(weights), "trained weights");
  return quantize(network, data.train, how.options);
}

std::vector<TestResult> test_dump(const QuantizedNetwork& dump, const DataSet& data,
                                  const Export& how) {
  std::vector<TestResult> results;
  for (unsigned t = least_truncation(dump); t <= dump.bits; ++t) {
    const FastInference inference(dump, t);
    results.push_back({"integer", how.norms, t,
                       evaluate(inference, data.test, dump.graph.classes, how.options.threads)});
  }
  return results;
}

}  // namespace absim::models::train
