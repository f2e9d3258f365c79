// SPDX-License-Identifier: Apache-2.0
// The rules a graph must keep, as found problems rather than exceptions, so that a reader of a file
// can say where the problem stands.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "models/network/graph.hpp"

namespace absim::models {

// Limits that keep sizes of a hostile file computable and allocations bounded.
inline constexpr std::size_t kMaxExtent = 65536;      // height, width, channels, classes
inline constexpr std::size_t kMaxWindow = 255;        // kernel and stride, pixels
inline constexpr std::size_t kMaxElements = 1 << 26;  // of one map
inline constexpr std::size_t kMaxWeights = 1 << 28;   // of one layer
inline constexpr std::size_t kMaxLayers = 4096;
inline constexpr std::size_t kMaxNameLength = 120;

struct GraphProblem {
  std::string key;   ///< of the layer (or of the input) that breaks the rule
  std::string text;  ///< `found …; allowed: …`
};

/// Name, classes, input.
std::optional<GraphProblem> header_problem(const Graph& graph);

/// Layer `index`, given that all before it are sound.
std::optional<GraphProblem> layer_problem(const Graph& graph, std::size_t index);

struct LayerProblem {
  std::size_t index;
  GraphProblem problem;
};

/// The graph as a whole: the last layer gives the logits, nothing is computed in vain.
std::optional<LayerProblem> ending_problem(const Graph& graph);

/// Output shape from input shape, kernel, stride and padding; 0 pixels where the kernel does not
/// fit. Keeps out.channels of layers with weights.
MapShape inferred_output(const Layer& layer);

/// A tensor made by one of the first `count` layers, or `input`: its maker (`count` for input).
std::optional<std::size_t> find_producer(const Graph& graph, std::size_t count,
                                         const std::string& tensor);

const char* op_name(LayerOp op);

}  // namespace absim::models
