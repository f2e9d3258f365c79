// SPDX-License-Identifier: Apache-2.0
// Walks the integer network over the calibration images, layer by layer, at one truncation length
// after the other, and derives each layer's post-processing from what it measures on the way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "models/inference/tensor_table.hpp"
#include "models/quantize/accumulate.hpp"
#include "models/quantize/fixed_point.hpp"
#include "models/quantize/statistics.hpp"
#include "models/quantize/weight_codes.hpp"

namespace absim::models {

/// Type of a layer's output: logits 32 bits, residual streams 16, other activations 8.
ElementType output_type(const Graph& graph, std::size_t layer);

class Calibrator {
 public:
  /// `result` holds graph, format, bits and input codes; its `values` are filled in by run().
  /// `network` keeps the names that `result.graph` has lost.
  Calibrator(const FloatNetwork& network, const ImageSet& images, const QuantizeOptions& options,
             QuantizedNetwork& result);

  /// All truncation lengths, the longest first: the others take it as their reference.
  void run(const QuantizeProgress& progress);

 private:
  /// Codes of one tensor, all images: [image][height][width][channels].
  struct Tensor {
    std::vector<std::int16_t> codes;
    double scale = 0.0;  // value of one step
  };
  /// One layer at one truncation length.
  struct Job {
    std::size_t index = 0;
    unsigned truncation = 0;
    const Layer* layer = nullptr;
    std::size_t input = 0;     // tensor index
    std::vector<double> step;  // [Cout] value of one accumulator step
    std::uint64_t bound = 0;   // of the accumulators' magnitude
    std::size_t elements = 0;  // accumulators of one image
  };
  /// Mean and spread of a layer's products at t = B, in real units; [Cout].
  struct Reference {
    std::vector<double> mean;
    std::vector<double> deviation;
  };

  void code_input();
  void code_layers();
  void run_layer(std::size_t index, unsigned truncation);
  void run_pool(const Layer& layer);
  void release(std::size_t index);
  /// Calls visit for images [0, count), several at a time.
  void for_each_image(std::size_t count, const std::function<void(std::size_t image)>& visit) const;

  Job make_job(std::size_t index, unsigned truncation) const;
  void accumulate(Job& job);
  void reduce_pixels(Job& job);
  void map_residual(const Job& job);
  [[nodiscard]] ChannelStatistics accumulator_statistics(const Job& job) const;

  /// Gains and offsets in real units, without residual and output scale.
  RealPostproc real_gains(Job& job);
  [[nodiscard]] RealPostproc batch_norm_gains(const Job& job, const BatchNorm& bn,
                                              const std::vector<float>& bias,
                                              const ChannelStatistics& statistics) const;
  RealPostproc plain_gains(const Job& job, const ChannelStatistics& statistics);

  [[nodiscard]] double choose_scale(const Job& job, const RealPostproc& real,
                                    ElementType type) const;
  [[nodiscard]] double scale_of(
      std::size_t images, std::size_t elements, ElementType type,
      const std::function<double(std::size_t image, std::size_t element)>& magnitude) const;
  void post_process(const Job& job, const FixedPostproc& fixed, ElementType type,
                    Tensor& out) const;
  void second_output(const Job& job, PostprocParams& params);

  const FloatNetwork& network_;
  const ImageSet& images_;
  const QuantizeOptions& options_;
  QuantizedNetwork& result_;
  TensorTable table_;
  std::vector<Tensor> tensors_;  // by TensorTable index
  std::vector<CodedWeights> coded_;
  std::vector<Reference> reference_;
  std::vector<std::int32_t> sums_;  // accumulators of the layer at hand, all images
  std::vector<std::ptrdiff_t>
      residual_;  // element of the residual's tensor for each output element, or -1
  std::size_t residual_tensor_ = 0;
};

}  // namespace absim::models
