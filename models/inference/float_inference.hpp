// SPDX-License-Identifier: Apache-2.0
// A float network: graph and trained weights, and its inference in fp32. The baseline that
// quantised networks are measured against; nothing here enters a value that the hardware must
// equal.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/core/span.hpp"
#include "models/inference/inference.hpp"
#include "models/network/graph.hpp"
#include "models/network/image_set.hpp"
#include "models/network/safetensors.hpp"

namespace absim::models {

/// z = gamma * (y - mean) / sqrt(variance + epsilon) + beta, per channel. All vectors [channels].
struct BatchNorm {
  std::vector<float> gamma;
  std::vector<float> beta;
  std::vector<float> mean;
  std::vector<float> variance;
};

/// What a layer was trained to use at one truncation length instead of its common values; whatever
/// is absent is taken from the layer.
struct LengthValues {
  std::optional<BatchNorm> batch_norm;
  std::optional<BatchNorm> act_batch_norm;
  std::vector<float> bias;   ///< [Cout], or empty
  std::vector<float> alpha;  ///< scaling factor of the truncated weights, [Cout] or [1], or empty
};

/// One layer's float values. Pooling layers have none.
struct FloatLayer {
  std::vector<float> weights;  ///< [Cout][Kh][Kw][Cin], Kh = Kw = 1 for kLinear
  std::vector<float> bias;     ///< [Cout], or empty
  std::optional<BatchNorm> batch_norm;
  std::optional<BatchNorm> act_batch_norm;  ///< of the second output
  // Of networks trained for truncation; float inference does not look at them.
  /// Full scale of the weight codes, [Cout] or [1]; empty: the largest magnitude.
  std::vector<float> weight_scale;
  std::vector<LengthValues> at_length;  ///< entry t - 1 is for truncation length t; may be shorter

  /// The values of length t; empty ones where training made none.
  [[nodiscard]] const LengthValues& length(unsigned t) const;
};

struct FloatNetwork {
  Graph graph;
  std::optional<BatchNorm> input_batch_norm;
  std::vector<FloatLayer> layers;  ///< parallel to graph.layers
};

/// Name of what replaces the tensor or batch norm `name` at truncation length t: `<name>.t<t>`.
std::string at_length(const std::string& name, unsigned t);

/// Takes the graph's tensors out of a weight file, and those that training for truncation adds to
/// them: `<weight>_scale`, and for a length t `<weight>_alpha.t<t>`, `<bias>.t<t>` and
/// `<batch norm>.t<t>.weight` (.bias, .running_mean, .running_var). Throws FormatError for a missing, surplus or
/// wrongly shaped tensor and for values that are not finite; `<bn>.num_batches_tracked` is ignored.
FloatNetwork make_float_network(const Graph& graph, const TensorFile& file,
                                const std::string& where);

/// The same from a safetensors file.
FloatNetwork read_float_network(const Graph& graph, const std::string& weights_path);

/// What the first layer sees of a pixel (0..255): normalised, and through the input's batch norm.
double normalised_input(const FloatNetwork& network, std::size_t channel, int pixel);

/// Prepared weights; immutable, so threads may share it. One machine gives the same bits whatever
/// the batch or the number of threads; machines with and without FMA may differ in the last bits.
class FloatInference {
 public:
  explicit FloatInference(const FloatNetwork& network);
  ~FloatInference();
  FloatInference(FloatInference&&) noexcept;
  FloatInference& operator=(FloatInference&&) noexcept;

  /// Logits of `count` images (u8 NHWC, back to back): [count][classes]. Single-threaded.
  [[nodiscard]] std::vector<float> logits(Span<const std::uint8_t> pixels, std::size_t count) const;

  /// Every tensor of one image by name, [height][width][channels].
  [[nodiscard]] std::map<std::string, std::vector<float>> tensors(
      Span<const std::uint8_t> pixels) const;

  [[nodiscard]] std::size_t classes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Runs all images on `threads` threads (0: all cores). The result does not depend on `threads`.
Accuracy evaluate(const FloatInference& inference, const ImageSet& images, unsigned threads,
                  const std::function<void(std::size_t done)>& progress = {});

}  // namespace absim::models
