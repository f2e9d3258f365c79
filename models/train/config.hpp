// SPDX-License-Identifier: Apache-2.0
// What a training run is told: one YAML file, every key optional and checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace absim::models::train {

enum class Network { kResNet20 };
/// kAlternating mirrors an image in every second epoch, starting in the first or the second by a
/// coin for each image.
enum class Flip { kOff, kRandom, kAlternating };

struct AugmentConfig {
  std::size_t pad = 4;  // pixels of black border for the random crop, 0..16
  Flip flip = Flip::kAlternating;
  std::size_t early_epochs =
      0;  // the first epochs see random windows of early_crop pixels, at less cost
  std::size_t early_crop = 24;  // pixels, 8..32, a multiple of 4
};

struct OptimizerConfig {
  double learning_rate = 0.1;    // peak, after the warm-up
  double warmup_epochs = 3;      // linear rise from a tenth of the peak; cosine to 0 after it
  double momentum = 0.9;         // Nesterov
  double weight_decay = 5e-4;    // of convolution and linear weights only
  double label_smoothing = 0.0;  // 0..0.5
  double ema_decay = 0.998;      // per step, of the averaged weights; 0 = none
};

struct Config {
  Network network = Network::kResNet20;
  std::uint64_t seed = 1;
  std::size_t epochs = 36;
  std::size_t batch = 128;      // images
  std::size_t held_out = 2000;  // training images kept for choosing the epoch, a multiple of 10
  std::size_t threads = 2;  // of libtorch; part of the recipe, as it fixes the order of float sums
  AugmentConfig augment;
  OptimizerConfig optimizer;
  std::string text;  // the file as read: the recipe recorded with the weights
};

/// Throws ConfigError: `file:line:column: key: found; allowed`. An unknown key names the nearest
/// known one.
Config read_config(const std::string& path);

const char* network_name(Network network);

}  // namespace absim::models::train
