// SPDX-License-Identifier: Apache-2.0
// Numbers the tensors of a graph: 0 is `input`, then each layer's output and second output.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "models/network/graph.hpp"

namespace absim::models {

struct TensorInfo {
  std::string name;
  MapShape shape;
  std::size_t last_use =
      0;  ///< index of the last layer that reads it, or that makes it if none does
};

class TensorTable {
 public:
  /// The graph must have passed check_graph.
  explicit TensorTable(const Graph& graph);

  [[nodiscard]] std::size_t size() const { return tensors_.size(); }
  [[nodiscard]] const TensorInfo& operator[](std::size_t i) const { return tensors_[i]; }
  [[nodiscard]] std::size_t index(const std::string& name) const;

 private:
  std::vector<TensorInfo> tensors_;
};

}  // namespace absim::models
