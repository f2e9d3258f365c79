// SPDX-License-Identifier: Apache-2.0
// Deterministic random networks and images for every suite.
#include "tests/support/test_networks.hpp"

#include <random>

#include "tests/support/network_builder.hpp"

namespace absim::test {

using namespace models;

namespace {

using Spec = NetworkBuilder::Spec;

/// A square convolution, padded to keep the size at stride 1.
Spec conv(const char* name, std::size_t channels, std::size_t kernel, std::size_t stride = 1) {
  Spec spec;
  const std::size_t pad = kernel / 2;
  spec.name = name;
  spec.channels = channels;
  spec.kernel_h = spec.kernel_w = kernel;
  spec.stride = stride;
  spec.pad = {pad, pad, pad, pad};
  return spec;
}

Spec pool(const char* name, LayerOp op, const char* input, std::size_t kernel, std::size_t stride,
          Padding pad) {
  Spec spec;
  spec.name = name;
  spec.op = op;
  spec.input = input;
  spec.kernel_h = spec.kernel_w = kernel;
  spec.stride = stride;
  spec.pad = pad;
  return spec;
}

Spec with_residual(Spec spec, const char* tensor, std::size_t stride = 1, std::size_t offset = 0) {
  spec.residual = Residual{tensor, stride, offset};
  return spec;
}

Spec with_output(Spec spec, ElementType type, bool emits_activation = false) {
  spec.output = type;
  spec.emits_activation = emits_activation;
  return spec;
}

Spec from(Spec spec, const char* input) {
  spec.input = input;
  return spec;
}

}  // namespace

QuantizedNetwork make_awkward_network(std::uint64_t seed, WeightFormat format, unsigned bits) {
  NetworkBuilder builder("awkward", {11, 9, 3}, seed, format, bits);
  builder.add(conv("stem", 5, 3));
  builder.add(with_residual(conv("identity", 5, 3), "stem"));
  builder.add(conv("a.conv1", 13, 3, 2));                                    // 6x5
  builder.add(with_residual(conv("a.conv2", 13, 3), "identity", 2, 4));      // option A
  builder.add(with_output(conv("b.shortcut", 7, 1, 2), ElementType::kS16));  // 3x3, option B
  Spec wide = with_output(from(conv("b.conv1", 7, 3, 2), "a.conv2"), ElementType::kS8);
  wide.kernel_w = 5;
  wide.pad = {0, 2, 1, 3};
  builder.add(wide);
  builder.add(with_residual(conv("b.conv2", 7, 1), "b.shortcut"));
  builder.add(with_output(conv("c.stream", 11, 3), ElementType::kS16, true));
  builder.add(conv("c.conv1", 11, 3));
  builder.add(
      with_output(with_residual(conv("c.conv2", 11, 3), "c.stream"), ElementType::kS16, true));
  builder.add_linear("linear", 10);
  return builder.finish();
}

QuantizedNetwork make_pool_network(std::uint64_t seed, WeightFormat format, unsigned bits) {
  NetworkBuilder builder("pools", {12, 10, 3}, seed, format, bits);
  builder.add(conv("stem", 7, 3));
  builder.add(pool("max", LayerOp::kMaxPool, "stem", 3, 2, {1, 1, 1, 1}));  // 6x5, u8
  builder.add(with_output(conv("stream", 7, 3), ElementType::kS16, true));
  builder.add(pool("shortcut", LayerOp::kAvgPool, "stream", 3, 2, {0, 1, 1, 1}));  // 3x3, s16
  builder.add(from(conv("conv1", 12, 3, 2), "stream.act"));
  builder.add(with_output(with_residual(conv("conv2", 12, 3), "shortcut"), ElementType::kS8));
  builder.add(pool("max_signed", LayerOp::kMaxPool, "conv2", 2, 1, {0, 0, 1, 1}));
  builder.add(pool("mean_signed", LayerOp::kAvgPool, "conv2", 2, 1, {0, 0, 1, 1}));
  builder.add(with_residual(from(conv("conv3", 12, 3), "max_signed"), "mean_signed"));
  builder.add(pool("mean", LayerOp::kAvgPool, "conv3", 2, 1, {0, 0, 0, 0}));  // 2x2, u8
  builder.add_linear("linear", 5);
  return builder.finish();
}

std::vector<std::uint8_t> random_image(const QuantizedNetwork& network, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::uint8_t> pixels(network.graph.input.shape.elements());
  for (std::uint8_t& pixel : pixels) pixel = static_cast<std::uint8_t>(random() >> 56);
  return pixels;
}

}  // namespace absim::test
