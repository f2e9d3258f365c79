// SPDX-License-Identifier: Apache-2.0
// From float weights to a dump: weight codes, and integer post-processing parameters calibrated for
// every truncation length on the integer network itself. Method and measurements:
// docs/quantisation.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "models/inference/float_inference.hpp"
#include "models/network/dump.hpp"
#include "models/network/image_set.hpp"

namespace absim::models {

enum class ScaleMode {
  kPerLayer,    ///< one weight scale for a layer
  kPerChannel,  ///< one for each output channel; folds into the multiplier, costs nothing in
                ///< hardware
};

enum class PositScale {
  kFormula,   ///< 2^(round(mean(log2 |x|)) + sigma)
  kMinError,  ///< the power of two with the least squared error
  kNone,      ///< 1
};

/// Calibration images of bit-parallel formats, which choose one power of two for each tensor.
inline constexpr std::size_t kParallelCalibrationImages = 512;

struct QuantizeOptions {
  WeightFormat format = WeightFormat::kBwb;
  unsigned bits = 8;  ///< B, 1..8
  ScaleMode scale = ScaleMode::kPerChannel;
  std::size_t calibration_images = 4096;  ///< drawn without repetition; at most all that there are
  std::uint64_t seed = 1;                 ///< of the choice of images and of their augmentation
  /// Measure batch-norm mean and variance anew for each truncation length; otherwise the trained
  /// ones.
  bool reestimate_batch_norm = true;
  /// Calibrate on randomly shifted and flipped images, as in training.
  bool augment = true;
  unsigned max_shift_pixels = 4;
  bool flip = true;  ///< left and right, each image with probability 1/2
  /// Scale the truncated weights by the least-squares factor alpha_t. Batch norm that is measured
  /// anew makes it redundant; layers without batch norm and trained statistics need it.
  bool alpha = true;
  // Bit-parallel formats: one scale, a power of two, for each tensor.
  PositFormat posit;                                   ///< of kPosit; `bits` is its n
  PositScale posit_scale = PositScale::kMinError;
  int posit_sigma = 2;
  Rounding rounding = Rounding::kNearestEven;          ///< of the network, kDfp
  DfpPolicyConfig exponents;                           ///< of kDfp
  /// Move each offset so that the channel's mean on the calibration images is the float network's.
  bool correct_bias = true;
  unsigned threads = 0;    ///< 0: all cores; the result does not depend on it
  std::string provenance;  ///< where the weights came from, one line, copied into the network
};

/// One layer of a bit-parallel network beside the float network, on the calibration images.
struct LayerReport {
  std::string layer;
  double weight_sqnr_db = 0.0;  ///< of the folded weights; 0 for pools
  double output_sqnr_db = 0.0;  ///< of the output, errors of all layers before included
  TensorExponent weight;
  TensorExponent output;
};
using QuantizeReport = std::vector<LayerReport>;

/// Called after each layer of each truncation length; total = layers * truncation lengths.
using QuantizeProgress = std::function<void(std::size_t done, std::size_t total)>;

/// Throws ConfigError for options or images that do not fit the network, and for a network whose
/// accumulators could overflow. Same inputs, same network, on any number of threads.
/// `float_top1_percent` is left 0: only the caller knows the test set.
QuantizedNetwork quantize(const FloatNetwork& network, const ImageSet& training_images,
                          const QuantizeOptions& options, const QuantizeProgress& progress = {},
                          QuantizeReport* report = nullptr);

}  // namespace absim::models
