// SPDX-License-Identifier: Apache-2.0
// Questions about a graph: shapes, makers of tensors, soundness.
#include "models/network/graph.hpp"

#include <fmt/format.h>

#include "models/core/error.hpp"
#include "models/network/dump.hpp"
#include "models/network/graph_check.hpp"

namespace absim::models {

std::size_t element_bytes(ElementType type) {
  switch (type) {
    case ElementType::kU8:
    case ElementType::kS8:
    case ElementType::kPosit8:
      return 1;
    case ElementType::kS16:
    case ElementType::kPosit16:
      return 2;
    case ElementType::kS32:
      return 4;
  }
  ABSIM_CHECK(false, "element type out of range");
  return 0;
}

void check_graph(const Graph& graph, const std::string& where) {
  if (const auto found = header_problem(graph)) {
    throw ConfigError(fmt::format("{}: {}: {}", where, found->key, found->text));
  }
  if (graph.layers.empty() || graph.layers.size() > kMaxLayers) {
    throw ConfigError(fmt::format("{}: layers: found {}; allowed: 1..{}", where,
                                  graph.layers.size(), kMaxLayers));
  }
  const auto fail = [&](std::size_t index, const GraphProblem& found) {
    throw ConfigError(fmt::format("{}: layer '{}': {}: {}", where, graph.layers[index].name,
                                  found.key, found.text));
  };
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    if (const auto found = layer_problem(graph, i)) fail(i, *found);
  }
  if (const auto found = ending_problem(graph)) fail(found->index, found->problem);
}

std::size_t producer(const Graph& graph, const std::string& tensor) {
  const auto found = find_producer(graph, graph.layers.size(), tensor);
  ABSIM_CHECK(found.has_value(), "no layer makes tensor '" + tensor + "'");
  return *found;
}

MapShape tensor_shape(const Graph& graph, const std::string& tensor) {
  const std::size_t made_by = producer(graph, tensor);
  return made_by < graph.layers.size() ? graph.layers[made_by].out : graph.input.shape;
}

ElementType input_type(const QuantizedNetwork& network) {
  if (network.format != WeightFormat::kPosit) return ElementType::kS8;
  return network.posit.n <= 8 ? ElementType::kPosit8 : ElementType::kPosit16;
}

ElementType tensor_type(const QuantizedNetwork& network, const std::string& tensor) {
  const std::size_t made_by = producer(network.graph, tensor);
  if (made_by == network.graph.layers.size()) return input_type(network);
  const bool second = tensor != network.graph.layers[made_by].name;
  return second ? ElementType::kU8 : network.values.at(made_by).output;
}

}  // namespace absim::models
