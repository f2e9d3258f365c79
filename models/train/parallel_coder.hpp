// SPDX-License-Identifier: Apache-2.0
// Products of bit-parallel numbers, forward and backward.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/network/graph.hpp"
#include "models/train/coder.hpp"
#include "models/train/tensor_rounder.hpp"

namespace absim::models::train {

struct ParallelFormats {
  RounderConfig weights;
  RounderConfig activations;  ///< outputs of a ReLU get the role kRelu
  RounderConfig errors;       ///< gradients of sums of products
  RounderConfig weight_gradients;
};

/// Both operands of the forward product and both of each backward product are rounded:
/// y = a * w, da = e * w, dw = a * e, and dw again for the optimiser.
class ParallelCoder : public Coder {
 public:
  ParallelCoder(const Graph& graph, const ParallelFormats& formats, std::uint64_t seed);
  torch::Tensor weights(std::size_t layer, const torch::Tensor& w) override;
  torch::Tensor input(std::size_t layer, const torch::Tensor& x) override;
  torch::Tensor products(std::size_t layer, const torch::Tensor& y) override;

  /// Every 50th step is measured.
  void begin_step(std::size_t step);
  /// Lines `tensor:layer,samples,sqnr_db` of the steps measured since the last call.
  std::vector<std::string> take_measurements();

 private:
  struct LayerRounders {
    std::string name;
    std::unique_ptr<TensorRounder> weights;
    std::unique_ptr<TensorRounder> activations;
    std::unique_ptr<TensorRounder> errors;
    std::unique_ptr<TensorRounder> weight_gradients;
  };
  std::vector<LayerRounders> layers_;
};

}  // namespace absim::models::train
