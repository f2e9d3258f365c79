// SPDX-License-Identifier: Apache-2.0
// The DRAM's contents: the network's tensors by name, dense [height][width][channels].
#pragma once

#include <map>
#include <string>

#include "models/inference/inference.hpp"
#include "models/network/dump.hpp"

namespace absim::sim {

struct Tensor {
  models::MapShape shape;
  models::ElementType type = models::ElementType::kU8;
  models::IntMap values;
};

class TensorStore {
 public:
  /// A tensor of zeros; replaces one of the same name.
  Tensor& create(const std::string& name, const models::MapShape& shape, models::ElementType type);
  [[nodiscard]] const Tensor& get(const std::string& name) const;
  [[nodiscard]] models::TensorMap values() const;

 private:
  std::map<std::string, Tensor> tensors_;
};

}  // namespace absim::sim
