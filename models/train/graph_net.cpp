// SPDX-License-Identifier: Apache-2.0
#include "models/train/graph_net.hpp"

#include <cmath>

#include "models/core/error.hpp"
#include "models/inference/float_inference.hpp"
#include "models/train/map_ops.hpp"

namespace absim::models::train {
namespace {

constexpr double kMomentum = 0.1;  // of batch norm's running statistics

std::int64_t extent(std::size_t value) { return static_cast<std::int64_t>(value); }

torch::Tensor initial_weights(const Layer& layer) {
  const std::int64_t in = extent(layer.in.channels);
  const std::int64_t out = extent(layer.out.channels);
  if (layer.shared_kernel()) {
    torch::nn::Linear linear(torch::nn::LinearOptions(in, out).bias(!layer.bias.empty()));
    return torch::nn::init::kaiming_normal_(linear->weight).detach();
  }
  torch::nn::Conv2d conv(
      torch::nn::Conv2dOptions(in, out, {extent(layer.kernel_h), extent(layer.kernel_w)})
          .bias(!layer.bias.empty()));
  // A sixth to a third faster on CPUs than the default order.
  return torch::nn::init::kaiming_normal_(conv->weight)
      .detach()
      .contiguous(torch::MemoryFormat::ChannelsLast);
}

/// For each layer the tensors that it is the last to read.
std::vector<std::vector<std::string>> find_last_uses(const Graph& graph) {
  std::map<std::string, std::size_t> last;
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    last[graph.layers[i].input] = i;
    if (graph.layers[i].residual) last[graph.layers[i].residual->tensor] = i;
  }
  std::vector<std::vector<std::string>> uses(graph.layers.size());
  for (const auto& [name, index] : last) uses[index].push_back(name);
  return uses;
}

}  // namespace

GraphNet::GraphNet(const Graph& graph, bool learned_norms)
    : graph_(graph), learned_norms_(learned_norms), last_uses_(find_last_uses(graph)) {
  if (!graph.input.batch_norm.empty()) {
    throw ConfigError(graph.name +
                      ": input: batch_norm; allowed in training: mean and std of the pixels");
  }
  for (const Layer& layer : graph.layers) {
    if (!layer.has_weights()) continue;
    parameters_[layer.weight] = initial_weights(layer);
    if (!layer.bias.empty()) parameters_[layer.bias] = torch::zeros({extent(layer.out.channels)});
    if (!layer.batch_norm.empty()) add_norm(layer.batch_norm, layer.out.channels);
    if (!layer.act_batch_norm.empty()) add_norm(layer.act_batch_norm, layer.out.channels);
  }
}

void GraphNet::add_norm(const std::string& prefix, std::size_t channels) {
  parameters_[prefix + ".weight"] = torch::ones({extent(channels)});
  parameters_[prefix + ".bias"] = torch::zeros({extent(channels)});
  statistics_[prefix + ".running_mean"] = torch::zeros({extent(channels)});
  statistics_[prefix + ".running_var"] = torch::ones({extent(channels)});
}

void GraphNet::copy_norm(const std::string& from, const std::string& to) {
  for (const char* part : {".weight", ".bias"})
    parameters_[to + part] = parameters_.at(from + part).detach().clone();
  for (const char* part : {".running_mean", ".running_var"})
    statistics_[to + part] = statistics_.at(from + part).clone();
}

void GraphNet::to(torch::Device device) {
  device_ = device;
  for (auto* tensors : {&parameters_, &statistics_}) {
    for (auto& [name, tensor] : *tensors) tensor = tensor.detach().to(device);
  }
}

void GraphNet::add_length(unsigned t, unsigned from) {
  const auto source = [&](const std::string& name) {
    return from == 0 ? name : at_length(name, from);
  };
  for (const Layer& layer : graph_.layers) {
    if (!layer.has_weights()) continue;
    for (const std::string& prefix : {layer.batch_norm, layer.act_batch_norm})
      if (!prefix.empty()) copy_norm(source(prefix), at_length(prefix, t));
    if (!layer.bias.empty())
      parameters_[at_length(layer.bias, t)] = parameters_.at(source(layer.bias)).detach().clone();
    if (!layer.batch_norm.empty() || !layer.act_batch_norm.empty()) continue;
    const std::string alpha = layer.weight + "_alpha";
    const auto before = parameters_.find(at_length(alpha, from));
    parameters_[at_length(alpha, t)] = from != 0 && before != parameters_.end()
                                           ? before->second.detach().clone()
                                           : torch::ones({extent(layer.out.channels)}, device_);
  }
}

void GraphNet::add_alpha(unsigned t, const std::vector<float>& values) {
  for (std::size_t i = 0; i < graph_.layers.size(); ++i) {
    if (!graph_.layers[i].has_weights()) continue;
    // One factor gathers the gradients of all weights: as large as theirs together, it would step
    // over zero where no batch norm follows.
    const auto weights = static_cast<double>(parameters_.at(graph_.layers[i].weight).numel());
    torch::Tensor alpha = torch::full({1}, values.at(i), device_).requires_grad_();
    alpha.register_hook([gain = 1.0 / std::sqrt(weights)](const torch::Tensor& gradient) {
      return gradient * gain;
    });
    parameters_[at_length(graph_.layers[i].weight + "_alpha", t)] = alpha;
  }
}

void GraphNet::remove_alpha(unsigned t) {
  for (const Layer& layer : graph_.layers) parameters_.erase(at_length(layer.weight + "_alpha", t));
}

void GraphNet::set_constant(const std::string& name, const torch::Tensor& value) {
  statistics_[name] = value.detach().to(device_, /*non_blocking=*/false, /*copy=*/true);
}

void GraphNet::code_weights(Coder& coder) {
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < graph_.layers.size(); ++i) {
    if (!graph_.layers[i].has_weights()) continue;
    torch::Tensor weights = parameters_.at(graph_.layers[i].weight);
    weights.copy_(coder.weights(i, weights));
  }
}

void GraphNet::use_length_as_common(unsigned t) {
  for (const Layer& layer : graph_.layers) {
    if (!layer.has_weights()) continue;
    for (const std::string& prefix : {layer.batch_norm, layer.act_batch_norm})
      if (!prefix.empty()) copy_norm(at_length(prefix, t), prefix);
    if (!layer.bias.empty())
      parameters_[layer.bias] = parameters_.at(at_length(layer.bias, t)).detach().clone();
  }
}

NamedTensors GraphNet::state() const {
  NamedTensors state = statistics_;
  for (const auto& [name, tensor] : parameters_) state[name] = tensor.detach();
  return state;
}

NamedTensors GraphNet::parameters_of(unsigned length) const {
  NamedTensors found;
  const auto take = [&](const std::string& name) {
    if (!name.empty() && has(name)) found[name] = parameters_.at(name);
  };
  const auto own = [&](const std::string& name) {
    return length == 0 || name.empty() ? name : at_length(name, length);
  };
  for (const Layer& layer : graph_.layers) {
    if (!layer.has_weights()) continue;
    if (length == 0) take(layer.weight);
    if (length != 0) take(own(layer.weight + "_alpha"));
    take(own(layer.bias));
    if (!learned_norms_) continue;
    for (const std::string& prefix : {layer.batch_norm, layer.act_batch_norm}) {
      if (prefix.empty()) continue;
      take(own(prefix) + ".weight");
      take(own(prefix) + ".bias");
    }
  }
  return found;
}

void GraphNet::learn_only(const NamedTensors& learning) {
  for (auto& [name, tensor] : parameters_) tensor.requires_grad_(learning.count(name) != 0);
}

std::string GraphNet::name_at(const std::string& name, const std::string& key,
                              unsigned length) const {
  if (length == 0) return name;
  std::string own = at_length(name, length);
  return has(own + key) ? own : name;
}

torch::Tensor GraphNet::norm(const torch::Tensor& x, const std::string& prefix, const Pass& pass) {
  const std::string name = name_at(prefix, ".weight", pass.length);
  return torch::batch_norm(x, parameters_.at(name + ".weight"), parameters_.at(name + ".bias"),
                           statistics_.at(name + ".running_mean"),
                           statistics_.at(name + ".running_var"), pass.training, kMomentum,
                           graph_.bn_epsilon, /*cudnn_enabled=*/true);
}

/// Sums of products and bias. A kLinear layer without batch norm takes the mean of the map first,
/// which is the same and cheaper.
torch::Tensor GraphNet::products(std::size_t index, const torch::Tensor& x, const Pass& pass) {
  const Layer& layer = graph_.layers[index];
  torch::Tensor weights = pass.coder->weights(index, parameters_.at(layer.weight));
  if (pass.length != 0) {
    const auto alpha = parameters_.find(at_length(layer.weight + "_alpha", pass.length));
    if (alpha != parameters_.end()) {
      std::vector<std::int64_t> shape(static_cast<std::size_t>(weights.dim()), 1);
      shape[0] = -1;
      weights = weights * alpha->second.view(shape);
    }
  }
  const torch::Tensor bias =
      layer.bias.empty() ? torch::Tensor() : parameters_.at(name_at(layer.bias, "", pass.length));
  const torch::Tensor in = pass.coder->input(index, x);
  if (!layer.shared_kernel())
    return pass.coder->products(index, convolve(layer, in, weights, bias));
  if (layer.batch_norm.empty())
    return pass.coder->products(index, torch::linear(in.mean({2, 3}), weights, bias));
  return pass.coder->products(
      index, torch::conv2d(in, weights.view({weights.size(0), weights.size(1), 1, 1}), bias));
}

torch::Tensor GraphNet::forward(const torch::Tensor& images, const Pass& pass) {
  std::map<std::string, torch::Tensor> maps{{"input", images}};
  torch::Tensor y;
  for (std::size_t i = 0; i < graph_.layers.size(); ++i) {
    const Layer& layer = graph_.layers[i];
    const torch::Tensor& x = maps.at(layer.input);
    if (layer.has_weights()) {
      y = products(i, x, pass);
      if (!layer.batch_norm.empty()) y = norm(y, layer.batch_norm, pass);
      if (layer.shared_kernel() && !layer.batch_norm.empty()) y = y.mean({2, 3});
    } else {
      y = pool(layer, x);
    }
    if (layer.residual) {
      const torch::Tensor shortcut =
          shortcut_map(*layer.residual, maps.at(layer.residual->tensor), y);
      // In place only where no one keeps the sum that is added to.
      y = layer.batch_norm.empty() ? y + shortcut : y.add_(shortcut);
    }
    if (layer.relu) y = layer.batch_norm.empty() ? y.relu() : y.relu_();
    maps[layer.name] = y;
    if (layer.emits_activation) {
      maps[layer.name + ".act"] =
          (layer.act_batch_norm.empty() ? y.clone() : norm(y, layer.act_batch_norm, pass)).relu_();
    }
    for (const std::string& name : last_uses_[i]) maps.erase(name);
  }
  return y;
}

}  // namespace absim::models::train
