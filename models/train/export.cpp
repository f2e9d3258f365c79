// SPDX-License-Identifier: Apache-2.0
#include "models/train/export.hpp"

#include <fmt/format.h>

#include "models/inference/float_inference.hpp"
#include "models/quantize/quantize.hpp"

namespace absim::models::train {
namespace {

double percent(std::size_t right, std::size_t images) {
  return 100.0 * static_cast<double>(right) / static_cast<double>(images);
}

}  // namespace

double top1_percent(const Accuracy& accuracy) { return percent(accuracy.top1, accuracy.images); }

std::vector<LengthAccuracy> export_dump(const Graph& graph, const TensorFile& weights,
                                        const DataSet& data, const QuantizeOptions& options,
                                        double float_top1_percent, const std::string& directory) {
  const FloatNetwork network = make_float_network(graph, weights, "trained weights");
  QuantizedNetwork dump = quantize(network, data.train, options);
  dump.float_top1_percent = float_top1_percent;
  std::vector<LengthAccuracy> lengths;
  for (unsigned t = least_truncation(dump); t <= dump.bits; ++t) {
    const FastInference inference(dump, t);
    lengths.push_back({t, evaluate(inference, data.test, graph.classes, options.threads)});
  }
  write_dump(directory, dump, /*overwrite=*/true);
  return lengths;
}

std::string accuracy_csv(const std::vector<LengthAccuracy>& lengths) {
  std::string text = "truncation,images,top1,top5,top1_percent,top5_percent\n";
  for (const auto& [t, accuracy] : lengths) {
    text +=
        fmt::format("{},{},{},{},{:.2f},{:.2f}\n", t, accuracy.images, accuracy.top1, accuracy.top5,
                    top1_percent(accuracy), percent(accuracy.top5, accuracy.images));
  }
  return text;
}

}  // namespace absim::models::train
