// SPDX-License-Identifier: Apache-2.0
#include "sim/system/tensor_store.hpp"

#include "models/core/error.hpp"

namespace absim::sim {

Tensor& TensorStore::create(const std::string& name, const models::MapShape& shape,
                            models::ElementType type) {
  Tensor& tensor = tensors_[name];
  tensor = Tensor{shape, type, models::IntMap(shape.elements())};
  return tensor;
}

const Tensor& TensorStore::get(const std::string& name) const {
  const auto it = tensors_.find(name);
  ABSIM_CHECK(it != tensors_.end(), "tensor_store: no tensor `" + name + "`");
  return it->second;
}

models::TensorMap TensorStore::values() const {
  models::TensorMap map;
  for (const auto& [name, tensor] : tensors_) map[name] = tensor.values;
  return map;
}

}  // namespace absim::sim
