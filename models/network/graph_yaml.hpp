// SPDX-License-Identifier: Apache-2.0
// Reading of graphs from YAML, shared by float networks and dumps.
#pragma once

#include <string>
#include <vector>

#include "models/core/yaml_reader.hpp"
#include "models/network/graph.hpp"

namespace absim::models {

/// What a file may say about a layer beyond its shape.
enum class GraphKind {
  kFloat,      ///< names in the weight file
  kQuantized,  ///< `in`, `out` (re-checked); everything else about values is read by the dump
               ///< reader
};

/// Reads name, classes, bn_epsilon, input. Asks the map for its keys but does not finish it.
Graph read_graph_header(YamlMap& map, GraphKind kind);

/// Reads one layer's keys, infers its shapes, appends it to the graph and checks it. Does not
/// finish the map, so that a caller can read further keys.
void read_layer(YamlMap& map, GraphKind kind, Graph& graph);

/// The rules that need the whole graph. `layers` are the values the layers were read from.
void check_complete(const Graph& graph, const std::vector<YamlValue>& layers);

}  // namespace absim::models
