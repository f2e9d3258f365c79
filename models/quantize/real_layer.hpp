// SPDX-License-Identifier: Apache-2.0
// Layers in real numbers, for choosing scales: batch norm folded into weights, products of one
// image, pooling, residual. Nothing here enters a value that the hardware must equal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/inference/float_inference.hpp"
#include "models/network/graph.hpp"

namespace absim::models {

/// Mean and variance of each channel.
struct ChannelMoments {
  std::vector<double> mean;
  std::vector<double> variance;
};

/// y = sum a * weights[c] + bias[c]; weights [Cout][Kh][Kw][Cin].
struct FoldedLayer {
  std::vector<float> weights;
  std::vector<double> bias;
};

/// Takes batch norm, if there is one, and bias into weights and offset. `measured` replaces the
/// trained mean and variance; they are of the products without bias.
FoldedLayer fold_layer(const FloatLayer& layer, std::size_t outputs, double epsilon,
                       const ChannelMoments* measured = nullptr);

/// Weights in the order that real_products walks: [Kh][Kw][Cin][Cout].
std::vector<float> by_output_last(const Layer& layer, const std::vector<float>& weights);

/// Sums of products of one image, [height][width][Cout]. A linear layer sums over all pixels.
void real_products(const Layer& layer, const std::vector<float>& output_last, const float* in,
                   float* out);

/// Maximum or mean over the pixels inside the map.
void real_pool(const Layer& layer, const float* in, float* out);

/// Element of the residual's tensor for each output element, or -1.
std::vector<std::ptrdiff_t> residual_elements(const Layer& layer, const MapShape& from);

}  // namespace absim::models
