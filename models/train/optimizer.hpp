// SPDX-License-Identifier: Apache-2.0
// Nesterov SGD and the running average of the weights.
#pragma once

#include <cstddef>

#include <torch/torch.h>

#include "models/train/config.hpp"
#include "models/train/graph_net.hpp"

namespace absim::models::train {

/// The same values in memory of its own.
NamedTensors clone_state(const NamedTensors& state);

/// Decay acts on tensors of two and more dimensions, so not on batch norm, biases and factors. What
/// had no part in the loss is left alone.
class Sgd {
 public:
  Sgd(const NamedTensors& parameters, const OptimizerConfig& config);
  void zero_gradients();
  void step(double rate);
  /// Velocities by parameter name; shared memory.
  [[nodiscard]] const NamedTensors& velocities() const { return velocities_; }

 private:
  void clip();

  OptimizerConfig config_;
  NamedTensors parameters_;
  NamedTensors velocities_;
};

/// Exponential average of parameters and statistics. Young averages forget faster: decay is at most
/// (1+n)/(10+n).
class WeightAverage {
 public:
  WeightAverage(const NamedTensors& state, double decay)
      : decay_(decay), average_(clone_state(state)) {}
  void update(const NamedTensors& state, std::size_t step);
  [[nodiscard]] const NamedTensors& state() const { return average_; }

 private:
  double decay_;
  NamedTensors average_;
};

/// Copies values by name; both must have the same names and shapes.
void copy_state(const NamedTensors& from, const NamedTensors& to);

}  // namespace absim::models::train
