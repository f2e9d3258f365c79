// SPDX-License-Identifier: Apache-2.0
// Optimiser: plain tensor operations, so that its whole state can be saved by name.
#include "models/train/optimizer.hpp"

#include <algorithm>
#include <cmath>

#include "models/core/error.hpp"

namespace absim::models::train {

Sgd::Sgd(const NamedTensors& parameters, const OptimizerConfig& config)
    : config_(config), parameters_(parameters) {
  for (const auto& [name, parameter] : parameters_)
    velocities_[name] = torch::zeros_like(parameter.detach());
}

void Sgd::zero_gradients() {
  for (auto& [name, parameter] : parameters_) parameter.mutable_grad() = torch::Tensor();
}

void Sgd::clip() {
  double square = 0;
  for (auto& [name, parameter] : parameters_) {
    if (parameter.grad().defined()) square += parameter.grad().pow(2).sum().item<double>();
  }
  const double norm = std::sqrt(square);
  if (!(norm > config_.clip_norm)) return;
  for (auto& [name, parameter] : parameters_) {
    if (parameter.grad().defined()) parameter.mutable_grad().mul_(config_.clip_norm / norm);
  }
}

void Sgd::step(double rate) {
  const torch::NoGradGuard no_grad;
  if (config_.clip_norm > 0) clip();
  for (auto& [name, parameter] : parameters_) {
    torch::Tensor gradient = parameter.grad();
    if (!gradient.defined()) continue;
    if (parameter.dim() > 1) gradient.add_(parameter, config_.weight_decay);
    torch::Tensor& velocity = velocities_.at(name);
    velocity.mul_(config_.momentum).add_(gradient);
    gradient.add_(velocity, config_.momentum);
    parameter.add_(gradient, -rate);
  }
}

NamedTensors clone_state(const NamedTensors& state) {
  NamedTensors copy;
  for (const auto& [name, tensor] : state) copy[name] = tensor.clone();
  return copy;
}

void WeightAverage::update(const NamedTensors& state, std::size_t step) {
  const double age = static_cast<double>(step);
  const double decay = std::min(decay_, (1.0 + age) / (10.0 + age));
  const torch::NoGradGuard no_grad;
  for (auto& [name, average] : average_) average.lerp_(state.at(name), 1.0 - decay);
}

void copy_state(const NamedTensors& from, const NamedTensors& to) {
  const torch::NoGradGuard no_grad;
  ABSIM_CHECK(from.size() == to.size(), "states of different networks");
  for (const auto& [name, tensor] : to) {
    const torch::Tensor& source = from.at(name);
    ABSIM_CHECK(source.sizes() == tensor.sizes(), "tensor " + name + " has another shape");
    torch::Tensor(tensor).copy_(source);
  }
}

}  // namespace absim::models::train
