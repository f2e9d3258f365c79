// SPDX-License-Identifier: Apache-2.0
#include "tests/support/parallel_networks.hpp"

#include <cmath>
#include <random>
#include <string>

#include "models/network/dump_check.hpp"

namespace absim::test {

using namespace models;

namespace {

struct Shape {
  const char* name;
  LayerOp op;
  const char* input;
  std::size_t channels;
  std::size_t kernel_h;
  std::size_t kernel_w;
  std::size_t stride;
  Padding pad;
  bool relu;
  const char* residual;
  std::size_t residual_stride;
  std::size_t residual_offset;
};

constexpr auto kConv = LayerOp::kConv;
constexpr Shape kShapes[] = {
    {"stem", kConv, "input", 5, 3, 3, 1, {1, 1, 1, 1}, true, nullptr, 1, 0},
    {"identity", kConv, "stem", 5, 3, 3, 1, {1, 1, 1, 1}, true, "stem", 1, 0},
    {"a1", kConv, "identity", 13, 3, 3, 2, {1, 1, 1, 1}, true, nullptr, 1, 0},
    {"a2", kConv, "a1", 13, 3, 3, 1, {1, 1, 1, 1}, true, "identity", 2, 4},  // option A
    {"shortcut", kConv, "a2", 19, 1, 1, 2, {0, 0, 0, 0}, false, nullptr, 1, 0},  // signed
    {"b1", kConv, "a2", 19, 3, 5, 2, {0, 2, 1, 3}, false, nullptr, 1, 0},
    {"b2", kConv, "b1", 19, 1, 1, 1, {0, 0, 0, 0}, true, "shortcut", 1, 0},
    {"max", LayerOp::kMaxPool, "b2", 19, 2, 2, 1, {0, 0, 1, 1}, false, nullptr, 1, 0},
    {"wide", kConv, "max", 40, 3, 3, 1, {1, 1, 1, 1}, true, nullptr, 1, 0},
    {"linear", LayerOp::kLinear, "wide", 10, 0, 0, 1, {0, 0, 0, 0}, false, nullptr, 1, 0},
};

/// Graph and, but for codes and parameters, values.
QuantizedNetwork skeleton(WeightFormat format) {
  QuantizedNetwork network;
  network.graph.name = std::string("awkward_") + format_name(format);
  network.graph.input.shape = {11, 9, 3};
  network.graph.input.mean.assign(3, 0.5);
  network.graph.input.std_dev.assign(3, 0.25);
  network.format = format;
  network.provenance = "random, for tests";
  return network;
}

double uniform(std::mt19937_64& random, double low, double high) {
  return low + (high - low) * std::ldexp(static_cast<double>(random() >> 11), -53);
}

Layer layer_of(const QuantizedNetwork& network, const Shape& shape) {
  Layer layer;
  layer.name = shape.name;
  layer.op = shape.op;
  layer.input = shape.input;
  layer.in = tensor_shape(network.graph, layer.input);
  const bool linear = shape.op == LayerOp::kLinear;
  layer.kernel_h = linear ? layer.in.height : shape.kernel_h;
  layer.kernel_w = linear ? layer.in.width : shape.kernel_w;
  layer.stride = shape.stride;
  layer.pad = shape.pad;
  layer.relu = shape.relu;
  layer.out = {
      (layer.in.height + shape.pad.top + shape.pad.bottom - layer.kernel_h) / shape.stride + 1,
      (layer.in.width + shape.pad.left + shape.pad.right - layer.kernel_w) / shape.stride + 1,
      shape.op == LayerOp::kMaxPool ? layer.in.channels : shape.channels};
  if (shape.residual != nullptr) {
    layer.residual = Residual{shape.residual, shape.residual_stride, shape.residual_offset};
  }
  return layer;
}

/// floor(log2) of the deviation of a sum of products of values with deviations a and w.
int sum_exponent(const Layer& layer, double a, double w) {
  return std::ilogb(std::sqrt(static_cast<double>(layer.products())) * a * w);
}

void fill_dfp(const Layer& layer, bool logits, std::mt19937_64& random, LayerValues& values) {
  for (std::size_t i = 0; i < layer.weight_count(); ++i) {
    const auto weight = static_cast<int>(random() % 255) - 127;
    values.codes.push_back(static_cast<std::uint16_t>(static_cast<unsigned>(weight) & 0xffU));
  }
  PostprocParams params;
  const int sums = sum_exponent(layer, 60, 73);
  params.shift = logits ? static_cast<unsigned>(random() % 6) : static_cast<unsigned>(sums - 5);
  params.multiplier.assign(layer.out.channels, 1);
  for (std::size_t c = 0; c < layer.out.channels; ++c) {
    params.offset.push_back(std::llround(std::ldexp(uniform(random, -0.7, 1.4), sums)));
  }
  if (layer.residual) params.residual_gain = std::int32_t{1} << (params.shift - random() % 2);
  values.postproc = {params};
  values.weight_exponent = TensorExponent{-8, -1};
  values.output_exponent = TensorExponent{-4, 0};
}

void fill_posit(const Layer& layer, bool logits, PositFormat format, std::mt19937_64& random,
                LayerValues& values) {
  for (std::size_t i = 0; i < layer.weight_count(); ++i) {
    values.codes.push_back(posit_from_double(format, uniform(random, -1.5, 1.5)));
  }
  PostprocParams params;
  const int m = format.max_exponent();
  const int sums = sum_exponent(layer, 0.8, 0.8);
  params.multiplier.assign(layer.out.channels, 1);
  const int spare = std::max(0, 2 * m + sums - 40);
  params.offset_shift = static_cast<unsigned>(spare);
  for (std::size_t c = 0; c < layer.out.channels; ++c) {
    const double units = std::ldexp(uniform(random, -0.7, 1.4), sums + 2 * m - spare);
    params.offset.push_back(std::llround(units));
  }
  if (layer.residual) params.residual_exponent = sums - static_cast<int>(random() % 2);
  if (logits) {
    params.shift = static_cast<unsigned>(std::max(0, 2 * m + sums - 20));
  } else {
    params.out_exponent = -sums;
  }
  values.postproc = {params};
  values.weight_exponent = TensorExponent{-2, 0};
  values.output_exponent = TensorExponent{3, 0};
}

QuantizedNetwork filled(QuantizedNetwork network, std::mt19937_64& random) {
  for (const Shape& shape : kShapes) {
    const Layer layer = layer_of(network, shape);
    const bool logits = layer.op == LayerOp::kLinear;
    const bool posit = network.format == WeightFormat::kPosit;
    LayerValues values;
    if (!layer.has_weights()) {
      values.output = tensor_type(network, layer.input);
    } else if (posit) {
      values.output = logits ? ElementType::kS32 : input_type(network);
      fill_posit(layer, logits, network.posit, random, values);
    } else {
      values.output = logits ? ElementType::kS32 : layer.relu ? ElementType::kU8 : ElementType::kS8;
      fill_dfp(layer, logits, random, values);
    }
    network.graph.layers.push_back(layer);
    network.values.push_back(values);
  }
  network.graph.classes = network.graph.layers.back().out.channels;
  check_network(network, network.graph.name);
  return network;
}

}  // namespace

QuantizedNetwork make_dfp_network(std::uint64_t seed, Rounding rounding) {
  std::mt19937_64 random(seed);
  QuantizedNetwork network = skeleton(WeightFormat::kDfp);
  network.rounding = rounding;
  network.input_scale = 1.0 / 64;
  network.input_exponent = TensorExponent{-6, 0};
  for (int c = 0; c < 3; ++c) {
    for (int p = 0; p < 256; ++p) {
      network.input_codes.push_back(static_cast<std::int16_t>(p - 128));
    }
  }
  return filled(std::move(network), random);
}

QuantizedNetwork make_posit_network(std::uint64_t seed, PositFormat format) {
  std::mt19937_64 random(seed);
  QuantizedNetwork network = skeleton(WeightFormat::kPosit);
  network.bits = format.n;
  network.posit = format;
  network.input_exponent = TensorExponent{0, 0};
  for (int c = 0; c < 3; ++c) {
    for (int p = 0; p < 256; ++p) {
      const PositCode code = posit_from_double(format, (p - 127.5) / 64);
      network.input_codes.push_back(static_cast<std::int16_t>(posit_signed(format, code)));
    }
  }
  return filled(std::move(network), random);
}

}  // namespace absim::test
