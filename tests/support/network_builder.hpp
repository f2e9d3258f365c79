// SPDX-License-Identifier: Apache-2.0
// Builds random quantised networks layer by layer. Post-processing parameters are fitted, for every
// truncation length, to what the layer's accumulators really do, so that outputs use their range.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "models/inference/inference.hpp"

namespace absim::test {

class NetworkBuilder {
 public:
  NetworkBuilder(std::string name, models::MapShape input, std::uint64_t seed,
                 models::WeightFormat format, unsigned bits);

  /// What a layer should be; shapes are inferred. The input defaults to the activation just made.
  struct Spec {
    std::string name;
    models::LayerOp op = models::LayerOp::kConv;
    std::size_t channels = 0;  // of layers with weights
    std::size_t kernel_h = 1;
    std::size_t kernel_w = 1;
    std::size_t stride = 1;
    models::Padding pad;
    models::ElementType output = models::ElementType::kU8;  // kU8: with ReLU
    bool emits_activation = false;                          // output must be kS16
    std::optional<models::Residual> residual;
    std::string input;
  };

  /// Adds a layer with random weights and fitted parameters. Throws for an unsound layer.
  NetworkBuilder& add(const Spec& spec);
  NetworkBuilder& add_linear(const std::string& name, std::size_t classes);  // the logits

  /// The checked network.
  models::QuantizedNetwork finish();

 private:
  void fit(std::size_t index, unsigned t);
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  double uniform(double low, double high);

  models::QuantizedNetwork network_;
  std::mt19937_64 random_;
  std::vector<std::vector<models::TensorMap>>
      tensors_;  // [bits][images]: what the network does so far
};

}  // namespace absim::test
