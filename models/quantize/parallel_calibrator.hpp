// SPDX-License-Identifier: Apache-2.0
// Walks a bit-parallel network (DFP, posit) and the float network side by side over the calibration
// images, layer by layer: scales are chosen on the values that the quantised layers before have put
// out. Real arithmetic chooses parameters here; results come from exact inference alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "models/inference/tensor_table.hpp"
#include "models/quantize/parallel_layer.hpp"
#include "models/quantize/quantize.hpp"
#include "models/quantize/real_layer.hpp"
#include "models/quantize/tensor_coder.hpp"

namespace absim::models {

/// Throws ConfigError for formats, policies and networks that have no bit-parallel form.
void check_parallel_options(const FloatNetwork& network, const QuantizeOptions& options);

class ParallelCalibrator {
 public:
  /// As Calibrator; `result.input_codes` are made here.
  ParallelCalibrator(const FloatNetwork& network, const ImageSet& images,
                     const QuantizeOptions& options, QuantizedNetwork& result);
  void run(const QuantizeProgress& progress, QuantizeReport* report);

 private:
  /// Values of one tensor, all images: [image][height][width][channels].
  struct Tensor {
    std::vector<float> exact;    // of the float network
    std::vector<float> rounded;  // of the quantised one, decoded
    int exponent = 0;
  };

  void code_input();
  void run_pool(std::size_t index);
  void run_layer(std::size_t index);
  void release(std::size_t index);
  FoldedLayer fold(std::size_t index) const;
  /// Codes of the folded weights; returns their decoded values.
  std::vector<float> code_weights(std::size_t index, const FoldedLayer& folded);
  /// Sums of all images plus residual, from one of the two walks.
  std::vector<float> sums(std::size_t index, const std::vector<float>& weights,
                          std::vector<float> Tensor::*walk) const;
  [[nodiscard]] std::vector<double> channel_means(const Layer& layer,
                                                  const std::vector<float>& sums) const;
  void finish_layer(std::size_t index, const std::vector<double>& offset, std::vector<float> sums,
                    LayerExponents exponents);
  void note(std::size_t index);
  [[nodiscard]] TensorRole role_of(std::size_t tensor) const;
  [[nodiscard]] std::string where(std::size_t index) const;
  /// Some of the values, the smallest and the largest among them.
  static std::vector<float> sample_of(const std::vector<float>& values);
  void for_each_image(const std::function<void(std::size_t image)>& visit) const;

  const FloatNetwork& network_;
  const ImageSet& images_;
  const QuantizeOptions& options_;
  QuantizedNetwork& result_;
  TensorCoder coder_;
  TensorTable table_;
  std::vector<Tensor> tensors_;  // by TensorTable index
  QuantizeReport report_;
};

}  // namespace absim::models
