// SPDX-License-Identifier: Apache-2.0
// Small random float networks that reach every kind of layer, and the ResNet-20 the real tests
// need.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "models/inference/float_inference.hpp"
#include "models/network/safetensors.hpp"

namespace absim::models::test {

/// Normally distributed enough: the sum of 12 uniform numbers. Same on every standard library.
inline float normal(std::mt19937_64& random) {
  double sum = -6.0;
  for (int i = 0; i < 12; ++i) sum += static_cast<double>(random() >> 11) * 0x1p-53;
  return static_cast<float>(sum);
}

inline Layer conv(const std::string& name, const std::string& input, MapShape in,
                  std::size_t channels, std::size_t kernel, std::size_t stride, Padding pad) {
  Layer layer;
  layer.name = name;
  layer.input = input;
  layer.in = in;
  layer.kernel_h = layer.kernel_w = kernel;
  layer.stride = stride;
  layer.pad = pad;
  layer.out = {(in.height + pad.top + pad.bottom - kernel) / stride + 1,
               (in.width + pad.left + pad.right - kernel) / stride + 1, channels};
  layer.weight = name + ".weight";
  layer.batch_norm = name + ".bn";
  return layer;
}

inline Layer linear(const std::string& name, const std::string& input, MapShape in,
                    std::size_t classes) {
  Layer layer;
  layer.name = name;
  layer.op = LayerOp::kLinear;
  layer.input = input;
  layer.in = in;
  layer.kernel_h = in.height;
  layer.kernel_w = in.width;
  layer.out = {1, 1, classes};
  layer.weight = name + ".weight";
  layer.bias = name + ".bias";
  return layer;
}

/// Post-activation blocks: identity, option A and 1x1-convolution shortcuts, asymmetric padding,
/// max pool, a convolution with bias and no batch norm, odd channel counts.
inline Graph post_activation_graph() {
  Graph graph;
  graph.name = "post";
  graph.input = {{9, 8, 3}, 1.0 / 255.0, {0.4, 0.5, 0.6}, {0.2, 0.25, 0.3}, ""};
  graph.classes = 6;
  std::vector<Layer>& layers = graph.layers;
  layers.push_back(conv("stem", "input", {9, 8, 3}, 5, 3, 1, {1, 1, 1, 1}));
  layers.back().relu = true;
  layers.push_back(conv("a1", "stem", layers[0].out, 7, 3, 2, {1, 0, 1, 1}));
  layers.back().relu = true;
  layers.back().bias = "a1.bias";
  layers.push_back(conv("a2", "a1", layers[1].out, 7, 3, 1, {1, 1, 1, 1}));
  layers.back().relu = true;
  layers.back().residual = Residual{"stem", 2, 1};
  layers.push_back(conv("b_short", "a2", layers[2].out, 10, 1, 1, {}));
  layers.push_back(conv("b1", "a2", layers[2].out, 10, 3, 1, {1, 1, 1, 1}));
  layers.back().relu = true;
  layers.back().residual = Residual{"b_short", 1, 0};
  Layer pool;
  pool.name = "pool";
  pool.op = LayerOp::kMaxPool;
  pool.input = "b1";
  pool.in = layers.back().out;
  pool.kernel_h = pool.kernel_w = 3;
  pool.stride = 2;
  pool.pad = {1, 1, 0, 0};
  pool.out = {(pool.in.height + 1 - 3) / 2 + 1, (pool.in.width + 1 - 3) / 2 + 1, pool.in.channels};
  layers.push_back(pool);
  layers.push_back(conv("c1", "pool", pool.out, 20, 2, 1, {0, 1, 1, 0}));
  layers.back().relu = true;
  layers.back().batch_norm.clear();
  layers.back().bias = "c1.bias";
  layers.push_back(linear("head", "c1", layers.back().out, 6));
  return graph;
}

/// Pre-activation blocks: input batch norm, residual streams with a second output, average-pooled
/// shortcut with appended zero channels, batch norm on the logits.
inline Graph pre_activation_graph() {
  Graph graph;
  graph.name = "pre";
  graph.input = {{8, 8, 3}, 1.0, {0.0, 0.0, 0.0}, {1.0, 1.0, 1.0}, "input.bn"};
  graph.classes = 5;
  std::vector<Layer>& layers = graph.layers;
  const auto stream = [](Layer layer) {
    layer.act_batch_norm = layer.name + ".act_bn";
    layer.batch_norm.clear();
    layer.emits_activation = true;
    return layer;
  };
  layers.push_back(stream(conv("stem", "input", {8, 8, 3}, 6, 3, 1, {1, 1, 1, 1})));
  layers.push_back(conv("a1", "stem.act", layers[0].out, 8, 3, 2, {0, 0, 1, 1}));
  layers.back().relu = true;
  Layer pool;
  pool.name = "a_short";
  pool.op = LayerOp::kAvgPool;
  pool.input = "stem";
  pool.in = layers[0].out;
  pool.kernel_h = pool.kernel_w = 3;
  pool.stride = 2;
  pool.pad = {0, 0, 1, 1};
  pool.out = {4, 4, 6};
  layers.push_back(pool);
  layers.push_back(stream(conv("a2", "a1", layers[1].out, 8, 3, 1, {1, 1, 1, 1})));
  layers.back().residual = Residual{"a_short", 1, 0};
  layers.push_back(conv("b1", "a2.act", layers[3].out, 8, 3, 1, {1, 1, 1, 1}));
  layers.back().relu = true;
  layers.push_back(stream(conv("b2", "b1", layers[4].out, 8, 3, 1, {1, 1, 1, 1})));
  layers.back().residual = Residual{"a2", 1, 0};
  layers.push_back(linear("head", "b2.act", layers.back().out, 5));
  layers.back().bias.clear();
  layers.back().batch_norm = "head.bn";
  return graph;
}

inline void add_tensor(TensorFile& file, const std::string& name, std::vector<std::size_t> shape,
                       float scale, float offset, std::mt19937_64& random) {
  std::size_t count = 1;
  for (const std::size_t n : shape) count *= n;
  std::vector<float> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(offset + scale * normal(random));
  file.tensors[name] = make_tensor<float>(std::move(shape), values);
}

inline void add_batch_norm(TensorFile& file, const std::string& prefix, std::size_t channels,
                           std::mt19937_64& random) {
  add_tensor(file, prefix + ".weight", {channels}, 0.2F, 1.0F, random);
  add_tensor(file, prefix + ".bias", {channels}, 0.2F, 0.1F, random);
  add_tensor(file, prefix + ".running_mean", {channels}, 0.1F, 0.0F, random);
  add_tensor(file, prefix + ".running_var", {channels}, 0.05F, 0.6F, random);
}

/// Random weights for every tensor a graph names.
inline TensorFile random_weights(const Graph& graph, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  TensorFile file;
  if (!graph.input.batch_norm.empty()) {
    const std::size_t channels = graph.input.shape.channels;
    add_batch_norm(file, graph.input.batch_norm, channels, random);
    add_tensor(file, graph.input.batch_norm + ".running_mean", {channels}, 10.0F, 120.0F, random);
    add_tensor(file, graph.input.batch_norm + ".running_var", {channels}, 100.0F, 5000.0F, random);
  }
  for (const Layer& layer : graph.layers) {
    const std::size_t outputs = layer.out.channels;
    const std::size_t inputs = layer.in.channels;
    if (layer.has_weights()) {
      const std::size_t taps = layer.shared_kernel() ? 1 : layer.kernel_h * layer.kernel_w;
      const float scale = 1.0F / std::sqrt(static_cast<float>(taps * inputs));
      std::vector<std::size_t> shape{outputs, inputs};
      if (!layer.shared_kernel()) shape.insert(shape.end(), {layer.kernel_h, layer.kernel_w});
      add_tensor(file, layer.weight, shape, scale, 0.0F, random);
    }
    if (!layer.bias.empty()) add_tensor(file, layer.bias, {outputs}, 0.1F, 0.0F, random);
    if (!layer.batch_norm.empty()) add_batch_norm(file, layer.batch_norm, outputs, random);
    if (!layer.act_batch_norm.empty()) add_batch_norm(file, layer.act_batch_norm, outputs, random);
  }
  return file;
}

/// Smooth random images: a random plane in each channel and noise.
inline ImageSet random_images(MapShape shape, std::size_t count, std::size_t classes,
                              std::uint64_t seed) {
  std::mt19937_64 random(seed);
  ImageSet set{count, shape.height, shape.width, shape.channels, {}, {}};
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<float> base;
    for (std::size_t k = 0; k < 3 * shape.channels; ++k) base.push_back(normal(random));
    for (std::size_t p = 0; p < shape.pixels(); ++p) {
      for (std::size_t c = 0; c < shape.channels; ++c) {
        const float y = static_cast<float>(p / shape.width);
        const float x = static_cast<float>(p % shape.width);
        const float v = 128.0F + 40.0F * base[3 * c] + 8.0F * base[3 * c + 1] * (y - 4.0F) +
                        8.0F * base[3 * c + 2] * (x - 4.0F) + 10.0F * normal(random);
        set.pixels.push_back(static_cast<std::uint8_t>(std::fmin(255.0F, std::fmax(0.0F, v))));
      }
    }
    set.labels.push_back(static_cast<std::int32_t>(random() % classes));
  }
  return set;
}

/// Directory of third-party test inputs: ABSIM_SHARED, or `shared` beside the repository.
inline std::string shared_directory() {
  if (const char* path = std::getenv("ABSIM_SHARED")) return path;
  return std::string(ABSIM_SOURCE_DIR) + "/../shared";
}

/// Directory of the CIFAR-10 binary batches: ABSIM_CIFAR10, or data/cifar10 in the repository.
inline std::string cifar10_directory() {
  if (const char* path = std::getenv("ABSIM_CIFAR10")) return path;
  return std::string(ABSIM_SOURCE_DIR) + "/data/cifar10";
}

/// The public ResNet-20 of akamaster/pytorch_resnet_cifar10: 91.73 % on the CIFAR-10 test set.
inline FloatNetwork public_resnet20() {
  return read_float_network(read_graph(std::string(ABSIM_SOURCE_DIR) +
                                       "/configs/network/resnet20_cifar10_akamaster.yaml"),
                            shared_directory() + "/weights/resnet20_cifar10_float.safetensors");
}

/// The public ResNet-20 weights and the CIFAR-10 batches; empty text where both are there,
/// otherwise the reason to skip.
inline std::string missing_cifar10_inputs() {
  const std::string weights = shared_directory() + "/weights/resnet20_cifar10_float.safetensors";
  if (!std::filesystem::exists(weights)) return weights + " is absent (set ABSIM_SHARED)";
  const std::string batch = cifar10_directory() + "/test_batch.bin";
  if (!std::filesystem::exists(batch)) return batch + " is absent (set ABSIM_CIFAR10)";
  return {};
}

}  // namespace absim::models::test
