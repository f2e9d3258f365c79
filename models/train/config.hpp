// SPDX-License-Identifier: Apache-2.0
// What a training run is told: one YAML file, every key checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "models/formats/dfp.hpp"
#include "models/formats/posit.hpp"
#include "models/quantize/quantize.hpp"

namespace absim::models::train {

/// kAlternating mirrors an image in every second epoch, starting in the first or the second by a
/// coin for each image.
enum class Flip { kOff, kRandom, kAlternating };

struct AugmentConfig {
  std::size_t pad = 4;  // pixels of black border for the random crop, 0..16
  Flip flip = Flip::kAlternating;
  std::size_t early_epochs =
      0;  // the first epochs see random windows of early_crop pixels, at less cost
  std::size_t early_crop = 24;  // pixels, 8..32, a multiple of 4
  std::size_t cutout = 0;  // side in pixels of a square of mean colour at a random place; 0 = none
};

struct OptimizerConfig {
  double learning_rate = 0.1;  // peak, after the warm-up
  double end_rate = 0.0;       // the cosine ends here
  double warmup_epochs = 3;    // linear rise from a tenth of the peak; cosine to end_rate after it
  std::size_t restart_epochs = 0;  // length of the first cosine; each next one is twice as long; 0:
                                   // one cosine
  double momentum = 0.9;           // Nesterov
  double weight_decay = 5e-4;      // of convolution and linear weights only
  double label_smoothing = 0.0;    // 0..0.5
  double ema_decay = 0.998;        // per step, of the averaged weights; 0 = none
  double clip_norm = 0.0;          // longest gradient, all parameters together; 0 = any
};

enum class Method {
  kFloat,
  kBwb,         ///< ProgressiveNN: BWB codes of all bits; then batch norm for each length
  kBwbSampled,  ///< BWB codes truncated to a random length in each step
  kScaled,      ///< two's complement, from short to long, a scaling factor a layer and length
  kOneBit,      ///< sign times a constant
  kDfp,         ///< weights, activations and gradients in (S-)DFP
  kPosit,       ///< the same in posits
};
const char* method_name(Method method);

/// Parameters other than weights, trained for each length with the weights held fixed.
struct NormConfig {
  std::vector<unsigned> lengths;  // empty: none
  std::size_t steps = 150;        // batches for each length
  double rate = 0.05;             // peak of a cosine to 0
  std::size_t repeats_1 = 1;      // t = 1 gets so many times the steps
};

/// Soft targets from a float network: loss = (1 - weight) CE + weight T^2 KL(teacher || network).
struct DistillConfig {
  std::string teacher;  // float weights of the same network description; empty: none
  double weight = 0.5;
  double temperature = 2.0;
};

/// Exponent policy and rounding of one class of tensors.
struct DfpClassConfig {
  DfpPolicyConfig exponent;
  Rounding rounding = Rounding::kNearestEven;
};

struct PositConfig {
  PositFormat weights{8, 1};
  PositFormat activations{8, 1};
  PositFormat errors{8, 2};  // gradients of sums of products
  PositFormat weight_gradients{8, 2};
  PositMode mode;
  PositScale scaling = PositScale::kFormula;
  int sigma = 2;
  std::size_t warmup_epochs = 1;  // in float
};

struct SchemeConfig {
  Method method = Method::kFloat;
  unsigned bits = 8;  // B of kBwb, kBwbSampled, kScaled
  ScaleMode scale = ScaleMode::kPerChannel;
  NormConfig norms;                           // kBwb, kBwbSampled
  std::vector<std::vector<unsigned>> groups;  // kBwbSampled: the batch is split among the groups
  unsigned shared_norm_from = 9;              // kBwbSampled: lengths from here share the longest's
  WeightFormat encoding = WeightFormat::kTwosComplement;  // kScaled: or kBwb
  bool alpha = true;                                      // kScaled
  bool norm_per_length = false;                           // kScaled
  double clip_rms = 0;  // kScaled: full scale, root mean squares of a layer's weights; 0: largest
  DfpClassConfig weights, activations, gradients;  // kDfp
  PositConfig posit;
};

struct Config {
  std::string network;     // path of the network description
  std::string start_from;  // path of weights; empty: random
  std::uint64_t seed = 1;
  std::size_t epochs = 36;       // of kScaled: for each length
  std::size_t batch = 128;       // images
  std::size_t held_out = 2000;   // training images kept for choosing the epoch
  std::size_t train_images = 0;  // of the others only so many, class-balanced; 0: all
  std::size_t threads = 2;  // of libtorch; part of the recipe, as it fixes the order of float sums
  bool learned_norms = true;  // false: batch norm without gamma and beta
  AugmentConfig augment;
  OptimizerConfig optimizer;
  SchemeConfig scheme;
  DistillConfig distill;
  std::string text;  // the file as read: the recipe recorded with the weights
};

/// Paths in the file are relative to it. Throws ConfigError:
/// `file:line:column: key: found; allowed`. An unknown key names the nearest known one.
Config read_config(const std::string& path);

}  // namespace absim::models::train
