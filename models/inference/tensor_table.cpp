// SPDX-License-Identifier: Apache-2.0
#include "models/inference/tensor_table.hpp"

#include "models/core/error.hpp"

namespace absim::models {

TensorTable::TensorTable(const Graph& graph) {
  tensors_.push_back({"input", graph.input.shape, 0});
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    const Layer& layer = graph.layers[i];
    tensors_[index(layer.input)].last_use = i;
    if (layer.residual) tensors_[index(layer.residual->tensor)].last_use = i;
    tensors_.push_back({layer.name, layer.out, i});
    if (layer.emits_activation) tensors_.push_back({layer.name + ".act", layer.out, i});
  }
}

std::size_t TensorTable::index(const std::string& name) const {
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    if (tensors_[i].name == name) return i;
  }
  throw InvariantError("no tensor is called " + name);
}

}  // namespace absim::models
