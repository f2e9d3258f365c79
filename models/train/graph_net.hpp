// SPDX-License-Identifier: Apache-2.0
// A trainable network made from a network description (configs/network/*.yaml): the one that
// inference and the quantiser read, so that nothing has to be kept in step.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "models/network/graph.hpp"
#include "models/train/coder.hpp"

namespace absim::models::train {

using NamedTensors = std::map<std::string, torch::Tensor>;

struct Pass {
  Coder* coder = nullptr;
  unsigned length = 0;   ///< truncation length whose own values are used; 0: the common ones
  bool training = true;  ///< batch norm by the batch's statistics, and they are averaged
};

class GraphNet {
 public:
  /// Random weights (He et al. 2015, normal) from torch's generator, in the order of the layers.
  /// `learned_norms` false: gamma and beta stay 1 and 0.
  /// Throws ConfigError for a batch norm on the input, which training does not know.
  GraphNet(const Graph& graph, bool learned_norms);

  /// Images [N,C,H,W], channels-last in memory; any H and W that the strides divide.
  /// Logits [N,classes].
  torch::Tensor forward(const torch::Tensor& images, const Pass& pass);

  /// Gives length t batch norms, biases and, where a layer has no batch norm, scaling factors of
  /// its own, which begin as copies of those of length `from` (0: the common ones, factor 1).
  void add_length(unsigned t, unsigned from = 0);
  /// A scaling factor for every layer with weights at length t; values: [layers]. It learns at
  /// 1 / sqrt(weights of the layer) of the rate, as step sizes do in Esser et al., ICLR 2020.
  void add_alpha(unsigned t, const std::vector<float>& values);
  void remove_alpha(unsigned t);
  /// A tensor that belongs to the weight file and does not learn.
  void set_constant(const std::string& name, const torch::Tensor& value);
  /// Weights become the values that the coder gives them.
  void code_weights(Coder& coder);
  /// The common values become copies of length t's.
  void use_length_as_common(unsigned t);

  [[nodiscard]] const Graph& graph() const { return graph_; }
  /// The CPU, until to() says otherwise.
  [[nodiscard]] torch::Device device() const { return device_; }
  /// Where tensors are now, and where those go that are added later.
  void to(torch::Device device);
  /// By name; shared memory. Weights have two and more dimensions, all others one.
  [[nodiscard]] const NamedTensors& parameters() const { return parameters_; }
  /// Parameters and batch-norm statistics, without gradients; shared memory.
  [[nodiscard]] NamedTensors state() const;
  /// The parameters among them that a length owns; length 0: all common ones.
  [[nodiscard]] NamedTensors parameters_of(unsigned length) const;
  /// Only these learn from now on.
  void learn_only(const NamedTensors& learning);

 private:
  void add_norm(const std::string& prefix, std::size_t channels);
  void copy_norm(const std::string& from, const std::string& to);
  [[nodiscard]] bool has(const std::string& name) const { return parameters_.count(name) != 0; }
  /// The name at the pass's length where there is one, else the common name.
  [[nodiscard]] std::string name_at(const std::string& name, const std::string& key,
                                    unsigned length) const;
  torch::Tensor norm(const torch::Tensor& x, const std::string& prefix, const Pass& pass);
  torch::Tensor products(std::size_t index, const torch::Tensor& x, const Pass& pass);

  Graph graph_;
  bool learned_norms_;
  torch::Device device_{torch::kCPU};
  NamedTensors parameters_;
  NamedTensors statistics_;
  std::vector<std::vector<std::string>> last_uses_;  // tensors that nobody reads after a layer
};

}  // namespace absim::models::train
