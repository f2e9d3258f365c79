// SPDX-License-Identifier: Apache-2.0
// Reading of graphs from YAML. The keys are described in configs/network/README.md.
#include "models/network/graph_yaml.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "models/network/graph_check.hpp"

namespace absim::models {
namespace {

constexpr double kLargest = std::numeric_limits<double>::max();
constexpr double kSmallest = std::numeric_limits<double>::min();

std::vector<double> read_numbers(const YamlValue& value, std::size_t count, double min) {
  std::vector<double> numbers;
  for (const YamlValue& item : value.as_list(count, count)) {
    numbers.push_back(item.as_number(min, kLargest));
  }
  return numbers;
}

InputSpec read_input(YamlMap& map, GraphKind kind) {
  InputSpec input;
  input.shape.height = map.required_uint("height", 1, kMaxExtent);
  input.shape.width = map.required_uint("width", 1, kMaxExtent);
  input.shape.channels = map.required_uint("channels", 1, kMaxExtent);
  input.pixel_scale = map.optional_number("pixel_scale", kSmallest, kLargest, input.pixel_scale);
  input.mean = read_numbers(map.required("mean"), input.shape.channels, -kLargest);
  input.std_dev = read_numbers(map.required("std"), input.shape.channels, kSmallest);
  if (kind == GraphKind::kFloat) input.batch_norm = map.optional_text("batch_norm");
  return input;
}

void read_kernel(YamlMap& map, Layer& layer) {
  const YamlValue value = map.required("kernel");
  if (!value.is_list()) {
    layer.kernel_h = layer.kernel_w = value.as_uint(1, kMaxWindow);
    return;
  }
  const std::vector<YamlValue> sizes = value.as_list(2, 2);
  layer.kernel_h = sizes[0].as_uint(1, kMaxWindow);
  layer.kernel_w = sizes[1].as_uint(1, kMaxWindow);
}

/// TensorFlow's SAME: ceil(in / stride) outputs, the odd pixel goes to the bottom and the right.
Padding same_padding(const Layer& layer) {
  const auto total = [&](std::size_t in, std::size_t kernel) {
    const std::size_t out = (in + layer.stride - 1) / layer.stride;
    const std::size_t covered = (out - 1) * layer.stride + kernel;
    return covered > in ? covered - in : 0;
  };
  const std::size_t rows = total(layer.in.height, layer.kernel_h);
  const std::size_t columns = total(layer.in.width, layer.kernel_w);
  return {rows / 2, columns / 2, rows - rows / 2, columns - columns / 2};
}

void read_padding(YamlMap& map, Layer& layer) {
  const std::optional<YamlValue> value = map.optional("padding");
  if (!value) return;
  if (value->is_list()) {
    const std::vector<YamlValue> sides = value->as_list(4, 4);
    layer.pad = {sides[0].as_uint(0, kMaxWindow), sides[1].as_uint(0, kMaxWindow),
                 sides[2].as_uint(0, kMaxWindow), sides[3].as_uint(0, kMaxWindow)};
  } else if (value->is_scalar() && value->node().text == "same") {
    layer.pad = same_padding(layer);
  } else if (value->is_scalar() &&
             value->node().text.find_first_not_of("0123456789") == std::string::npos) {
    const std::size_t all = value->as_uint(0, kMaxWindow);
    layer.pad = {all, all, all, all};
  } else {
    value->fail("pixels, [top, left, bottom, right], or same");
  }
}

Residual read_residual(const YamlValue& value) {
  YamlMap map(value);
  Residual residual;
  residual.tensor = map.required_text("tensor");
  residual.stride = map.optional_uint("stride", 1, kMaxWindow, 1);
  residual.channel_offset = map.optional_uint("channel_offset", 0, kMaxExtent, 0);
  map.finish();
  return residual;
}

void read_second_output(YamlMap& map, GraphKind kind, Layer& layer) {
  if (kind == GraphKind::kQuantized) {
    layer.emits_activation = map.optional_flag("activation", false);
    return;
  }
  const std::optional<YamlValue> value = map.optional("activation");
  if (!value) return;
  YamlMap activation(*value);
  layer.emits_activation = true;
  layer.act_batch_norm = activation.required_text("batch_norm");
  activation.finish();
}

void check_written_shape(YamlMap& map, const char* key, const MapShape& shape) {
  const std::vector<YamlValue> extents = map.required(key).as_list(3, 3);
  const MapShape written{extents[0].as_uint(1, kMaxExtent), extents[1].as_uint(1, kMaxExtent),
                         extents[2].as_uint(1, kMaxExtent)};
  if (written == shape) return;
  map.fail_rule(
      key, fmt::format("found [{}, {}, {}]; allowed: [{}, {}, {}], from the layers before",
                       written.height, written.width, written.channels, shape.height, shape.width,
                       shape.channels));
}

}  // namespace

Graph read_graph_header(YamlMap& map, GraphKind kind) {
  Graph graph;
  graph.name = map.required_text("name");
  graph.classes = map.required_uint("classes", 1, kMaxExtent);
  if (kind == GraphKind::kFloat) {
    graph.bn_epsilon = map.optional_number("bn_epsilon", kSmallest, 0.999, graph.bn_epsilon);
  }
  YamlMap input(map.required("input"));
  graph.input = read_input(input, kind);
  input.finish();
  if (const auto found = header_problem(graph)) map.fail_rule(found->key, found->text);
  return graph;
}

void read_layer(YamlMap& map, GraphKind kind, Graph& graph) {
  const std::size_t index = graph.layers.size();
  Layer layer;
  layer.name = map.required_text("name");
  layer.op = map.required_choice<LayerOp>("op", {{"conv", LayerOp::kConv},
                                                 {"linear", LayerOp::kLinear},
                                                 {"max_pool", LayerOp::kMaxPool},
                                                 {"avg_pool", LayerOp::kAvgPool}});
  layer.input = "input";
  if (index > 0) {
    const Layer& before = graph.layers.back();
    layer.input = before.emits_activation ? before.name + ".act" : before.name;
  }
  layer.input = map.optional_text("input", layer.input);
  const auto made_by = find_producer(graph, index, layer.input);
  if (!made_by) {
    map.fail_rule("input", fmt::format("found '{}'; allowed: input, an earlier layer, or its .act",
                                       printable(layer.input)));
  }
  layer.in = *made_by < index ? graph.layers[*made_by].out : graph.input.shape;

  if (layer.op == LayerOp::kLinear) {
    layer.kernel_h = layer.in.height;
    layer.kernel_w = layer.in.width;
  } else {
    read_kernel(map, layer);
    layer.stride = map.optional_uint("stride", 1, kMaxWindow, 1);
    read_padding(map, layer);
  }
  if (layer.has_weights()) {
    layer.out.channels = map.required_uint("out_channels", 1, kMaxExtent);
    layer.relu = map.optional_flag("relu", false);
    if (const auto residual = map.optional("residual")) layer.residual = read_residual(*residual);
    read_second_output(map, kind, layer);
    if (kind == GraphKind::kFloat) {
      layer.weight = map.required_text("weight");
      layer.bias = map.optional_text("bias");
      layer.batch_norm = map.optional_text("batch_norm");
    }
  }
  layer.out = inferred_output(layer);
  graph.layers.push_back(layer);
  if (const auto found = layer_problem(graph, index)) map.fail_rule(found->key, found->text);
  if (kind == GraphKind::kQuantized) {
    check_written_shape(map, "in", layer.in);
    check_written_shape(map, "out", layer.out);
  }
}

void check_complete(const Graph& graph, const std::vector<YamlValue>& layers) {
  if (const auto found = ending_problem(graph)) {
    YamlMap(layers[found->index]).fail_rule(found->problem.key, found->problem.text);
  }
}

Graph read_graph(const std::string& path) {
  const YamlDocument document = read_yaml(path);
  YamlMap map(document);
  Graph graph = read_graph_header(map, GraphKind::kFloat);
  const std::vector<YamlValue> layers = map.required("layers").as_list(1, kMaxLayers);
  map.finish();
  for (const YamlValue& value : layers) {
    YamlMap layer(value);
    read_layer(layer, GraphKind::kFloat, graph);
    layer.finish();
  }
  check_complete(graph, layers);
  check_graph(graph, path);
  return graph;
}

}  // namespace absim::models
