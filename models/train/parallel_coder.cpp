// SPDX-License-Identifier: Apache-2.0
#include "models/train/parallel_coder.hpp"

#include <fmt/format.h>

namespace absim::models::train {
namespace {

constexpr std::size_t kMeasureEvery = 50;  // steps between measurements of SQNR

/// True where the layer multiplies with outputs of a ReLU.
bool reads_relu(const Graph& graph, const Layer& layer) {
  const std::size_t from = producer(graph, layer.input);
  if (from == graph.layers.size()) return false;
  const Layer& source = graph.layers[from];
  if (!source.has_weights()) return reads_relu(graph, source);
  return layer.input != source.name || source.relu;
}

}  // namespace

ParallelCoder::ParallelCoder(const Graph& graph, const ParallelFormats& formats,
                             std::uint64_t seed) {
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    const Layer& layer = graph.layers[i];
    RounderConfig activations = formats.activations;
    if (layer.has_weights() && reads_relu(graph, layer)) activations.role = TensorRole::kRelu;
    const std::uint64_t stream = (seed << 16U) + 4 * i;
    layers_.push_back({layer.name, std::make_unique<TensorRounder>(formats.weights, stream),
                       std::make_unique<TensorRounder>(activations, stream + 1),
                       std::make_unique<TensorRounder>(formats.errors, stream + 2),
                       std::make_unique<TensorRounder>(formats.weight_gradients, stream + 3)});
  }
}

torch::Tensor ParallelCoder::weights(std::size_t layer, const torch::Tensor& w) {
  const LayerRounders& of = layers_.at(layer);
  return round_through(w, of.weights->rounder(), of.weight_gradients->rounder());
}

torch::Tensor ParallelCoder::input(std::size_t layer, const torch::Tensor& x) {
  return round_through(x, layers_.at(layer).activations->rounder(), nullptr);
}

torch::Tensor ParallelCoder::products(std::size_t layer, const torch::Tensor& y) {
  return round_through(y, nullptr, layers_.at(layer).errors->rounder());
}

void ParallelCoder::begin_step(std::size_t step) {
  const bool measure = step % kMeasureEvery == 0;
  for (LayerRounders& of : layers_) {
    for (TensorRounder* rounder :
         {of.weights.get(), of.activations.get(), of.errors.get(), of.weight_gradients.get()})
      rounder->begin_step(step, measure);
  }
}

std::vector<std::string> ParallelCoder::take_measurements() {
  std::vector<std::string> lines;
  for (LayerRounders& of : layers_) {
    const auto add = [&](const char* tensor, TensorRounder& rounder) {
      const TensorRounder::Measurement found = rounder.take_measurement();
      if (found.samples == 0) return;
      lines.push_back(
          fmt::format("{}:{},{},{:.2f}", tensor, of.name, found.samples, found.mean_sqnr_db));
    };
    add("weights", *of.weights);
    add("activations", *of.activations);
    add("errors", *of.errors);
    add("weight_gradients", *of.weight_gradients);
  }
  return lines;
}

}  // namespace absim::models::train
