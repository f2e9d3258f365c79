// SPDX-License-Identifier: Apache-2.0
// The rules a graph must keep.
#include "models/network/graph_check.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

namespace absim::models {
namespace {

using Found = std::optional<GraphProblem>;

template <typename... Args>
Found problem(const char* key, fmt::format_string<Args...> text, Args&&... args) {
  return GraphProblem{key, fmt::format(text, std::forward<Args>(args)...)};
}

std::string shape_text(const MapShape& shape) {
  return fmt::format("{}x{}x{}", shape.height, shape.width, shape.channels);
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

bool is_name(const std::string& name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == '/';
  };
  return !name.empty() && name.size() <= kMaxNameLength &&
         std::all_of(name.begin(), name.end(), fits);
}

Found shape_problem(const char* key, const MapShape& shape) {
  const auto extent = [](std::size_t n) { return n >= 1 && n <= kMaxExtent; };
  if (!extent(shape.height) || !extent(shape.width) || !extent(shape.channels)) {
    return problem(key, "found {}; allowed: 1..{} in each extent", shape_text(shape), kMaxExtent);
  }
  if (shape.elements() > kMaxElements) {
    return problem(key, "found {} = {} elements; allowed: at most {}", shape_text(shape),
                   shape.elements(), kMaxElements);
  }
  return {};
}

Found name_problem(const Graph& graph, std::size_t index) {
  const std::string& name = graph.layers[index].name;
  if (!is_name(name)) {
    return problem("name", "found '{}'; allowed: 1..{} letters, digits and _ - . /", name,
                   kMaxNameLength);
  }
  if (name == "input" || ends_with(name, ".act")) {
    return problem("name", "found '{}'; allowed: any but 'input' and names that end in '.act'",
                   name);
  }
  for (std::size_t i = 0; i < index; ++i) {
    if (graph.layers[i].name == name) {
      return problem("name", "found '{}', the name of layer {}, again; allowed: each name once",
                     name, i);
    }
  }
  return {};
}

Found input_problem(const Graph& graph, std::size_t index) {
  const Layer& layer = graph.layers[index];
  const auto made_by = find_producer(graph, index, layer.input);
  if (!made_by) {
    return problem("input", "found '{}'; allowed: input, an earlier layer, or its .act",
                   layer.input);
  }
  const bool stream = *made_by < index && graph.layers[*made_by].emits_activation &&
                      graph.layers[*made_by].name == layer.input;
  if (stream && layer.has_weights()) {
    return problem("input",
                   "found '{}', a residual stream; allowed: an activation, such as '{}.act'",
                   layer.input, layer.input);
  }
  const MapShape& shape = *made_by < index ? graph.layers[*made_by].out : graph.input.shape;
  if (!(layer.in == shape)) {
    return problem("in", "found {}; allowed: {}, the shape of '{}'", shape_text(layer.in),
                   shape_text(shape), layer.input);
  }
  return {};
}

Found window_problem(const Layer& layer) {
  const bool covers_map = layer.kernel_h == layer.in.height && layer.kernel_w == layer.in.width;
  const Padding& pad = layer.pad;
  if (layer.op == LayerOp::kLinear) {
    const bool padded = pad.top + pad.left + pad.bottom + pad.right != 0;
    if (!covers_map || layer.stride != 1 || padded) {
      return problem("kernel", "found a window of {}x{}; allowed: for linear the whole map, {}x{}",
                     layer.kernel_h, layer.kernel_w, layer.in.height, layer.in.width);
    }
    return {};
  }
  const auto window = [](std::size_t n) { return n >= 1 && n <= kMaxWindow; };
  if (!window(layer.kernel_h) || !window(layer.kernel_w)) {
    return problem("kernel", "found {}x{}; allowed: 1..{}", layer.kernel_h, layer.kernel_w,
                   kMaxWindow);
  }
  if (!window(layer.stride)) {
    return problem("stride", "found {}; allowed: 1..{}", layer.stride, kMaxWindow);
  }
  if (std::max(pad.top, pad.bottom) >= layer.kernel_h ||
      std::max(pad.left, pad.right) >= layer.kernel_w) {
    return problem("padding", "found [{}, {}, {}, {}]; allowed: less than the kernel, {}x{}",
                   pad.top, pad.left, pad.bottom, pad.right, layer.kernel_h, layer.kernel_w);
  }
  if (inferred_output(layer).pixels() == 0) {
    return problem("kernel", "found {}x{}; allowed: at most the padded map, {}x{}", layer.kernel_h,
                   layer.kernel_w, layer.in.height + pad.top + pad.bottom,
                   layer.in.width + pad.left + pad.right);
  }
  return {};
}

Found output_problem(const Layer& layer) {
  const MapShape expected = inferred_output(layer);
  if (!(layer.out == expected)) {
    return problem("out", "found {}; allowed: {}, from input and window", shape_text(layer.out),
                   shape_text(expected));
  }
  if (const Found found = shape_problem("out_channels", layer.out)) return found;
  if (!layer.has_weights()) {
    if (layer.relu) return problem("relu", "found true; allowed: false for {}", op_name(layer.op));
    if (layer.residual) {
      return problem("residual", "found one; allowed: none for {}", op_name(layer.op));
    }
    if (layer.emits_activation) {
      return problem("activation", "found one; allowed: none for {}", op_name(layer.op));
    }
    return {};
  }
  if (layer.weight_count() > kMaxWeights) {
    return problem("out_channels", "found {} weights; allowed: at most {}", layer.weight_count(),
                   kMaxWeights);
  }
  if (layer.emits_activation && layer.relu) {
    return problem("relu", "found true beside a second output; allowed: false, ReLU is in '.act'");
  }
  return {};
}

Found residual_problem(const Graph& graph, std::size_t index) {
  const Layer& layer = graph.layers[index];
  if (!layer.residual) return {};
  const Residual& residual = *layer.residual;
  const auto made_by = find_producer(graph, index, residual.tensor);
  if (!made_by) {
    return problem("residual", "found '{}'; allowed: input, an earlier layer, or its .act",
                   residual.tensor);
  }
  if (residual.stride < 1 || residual.stride > kMaxWindow) {
    return problem("residual", "found stride {}; allowed: 1..{}", residual.stride, kMaxWindow);
  }
  const MapShape& from = *made_by < index ? graph.layers[*made_by].out : graph.input.shape;
  const auto strided = [&](std::size_t n) { return (n + residual.stride - 1) / residual.stride; };
  if (strided(from.height) != layer.out.height || strided(from.width) != layer.out.width) {
    return problem("residual", "found '{}', {} with stride {}; allowed: what gives {}x{} pixels",
                   residual.tensor, shape_text(from), residual.stride, layer.out.height,
                   layer.out.width);
  }
  if (residual.channel_offset > layer.out.channels ||
      from.channels > layer.out.channels - residual.channel_offset) {
    return problem("residual", "found {} channels at offset {}; allowed: within the output's {}",
                   from.channels, residual.channel_offset, layer.out.channels);
  }
  return {};
}

}  // namespace

const char* op_name(LayerOp op) {
  switch (op) {
    case LayerOp::kConv:
      return "conv";
    case LayerOp::kLinear:
      return "linear";
    case LayerOp::kMaxPool:
      return "max_pool";
    case LayerOp::kAvgPool:
      return "avg_pool";
  }
  return "";
}

std::optional<std::size_t> find_producer(const Graph& graph, std::size_t count,
                                         const std::string& tensor) {
  if (tensor == "input") return count;
  for (std::size_t i = 0; i < count; ++i) {
    const Layer& layer = graph.layers[i];
    if (tensor == layer.name) return i;
    if (layer.emits_activation && tensor == layer.name + ".act") return i;
  }
  return {};
}

MapShape inferred_output(const Layer& layer) {
  const std::size_t channels = layer.has_weights() ? layer.out.channels : layer.in.channels;
  const auto extent = [&](std::size_t padded, std::size_t kernel) -> std::size_t {
    if (kernel == 0 || layer.stride == 0 || kernel > padded) return 0;
    return (padded - kernel) / layer.stride + 1;
  };
  return {extent(layer.in.height + layer.pad.top + layer.pad.bottom, layer.kernel_h),
          extent(layer.in.width + layer.pad.left + layer.pad.right, layer.kernel_w), channels};
}

std::optional<GraphProblem> header_problem(const Graph& graph) {
  const InputSpec& input = graph.input;
  if (!is_name(graph.name)) {
    return problem("name", "found '{}'; allowed: 1..{} letters, digits and _ - . /", graph.name,
                   kMaxNameLength);
  }
  if (graph.classes < 1 || graph.classes > kMaxExtent) {
    return problem("classes", "found {}; allowed: 1..{}", graph.classes, kMaxExtent);
  }
  if (!(graph.bn_epsilon > 0 && graph.bn_epsilon < 1)) {
    return problem("bn_epsilon", "found {}; allowed: more than 0, less than 1", graph.bn_epsilon);
  }
  if (const Found found = shape_problem("input", input.shape)) return found;
  if (!std::isfinite(input.pixel_scale) || input.pixel_scale <= 0) {
    return problem("pixel_scale", "found {}; allowed: more than 0", input.pixel_scale);
  }
  if (input.mean.size() != input.shape.channels || input.std_dev.size() != input.shape.channels) {
    return problem("mean", "found {} means and {} deviations; allowed: one for each of {} channels",
                   input.mean.size(), input.std_dev.size(), input.shape.channels);
  }
  for (std::size_t c = 0; c < input.shape.channels; ++c) {
    if (!std::isfinite(input.mean[c])) return problem("mean", "found no finite number");
    if (!std::isfinite(input.std_dev[c]) || input.std_dev[c] <= 0) {
      return problem("std", "found {}; allowed: more than 0", input.std_dev[c]);
    }
  }
  return {};
}

std::optional<GraphProblem> layer_problem(const Graph& graph, std::size_t index) {
  const Layer& layer = graph.layers[index];
  if (const Found found = name_problem(graph, index)) return found;
  if (const Found found = input_problem(graph, index)) return found;
  if (const Found found = window_problem(layer)) return found;
  if (const Found found = output_problem(layer)) return found;
  return residual_problem(graph, index);
}

std::optional<LayerProblem> ending_problem(const Graph& graph) {
  const std::size_t last = graph.layers.size() - 1;
  const Layer& head = graph.layers[last];
  const auto at = [](std::size_t index, const Found& found) { return LayerProblem{index, *found}; };
  if (!head.has_weights() || head.relu || head.residual || head.emits_activation) {
    return at(last, problem("op",
                            "found {} with relu, residual or activation; allowed: the last "
                            "layer gives the logits: a plain conv or linear",
                            op_name(head.op)));
  }
  if (!(head.out == MapShape{1, 1, graph.classes})) {
    return at(last, problem("out_channels", "found {}; allowed: 1x1x{}, one logit for each class",
                            shape_text(head.out), graph.classes));
  }
  std::set<std::string> used;
  for (const Layer& layer : graph.layers) {
    used.insert(layer.input);
    if (layer.residual) used.insert(layer.residual->tensor);
  }
  for (std::size_t i = 0; i < last; ++i) {
    const std::string& name = graph.layers[i].name;
    if (used.count(name) == 0 && used.count(name + ".act") == 0) {
      return at(i, problem("name",
                           "found '{}', whose output no layer uses; allowed: layers that lead "
                           "to the logits",
                           name));
    }
  }
  return {};
}

}  // namespace absim::models
