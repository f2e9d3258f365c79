// SPDX-License-Identifier: Apache-2.0
#include "models/quantize/real_layer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace absim::models {
namespace {

/// Calls visit(input pixel, kernel position) for the pixels under a window that lie inside the map.
template <typename Visit>
void for_each_pixel(const Layer& layer, std::size_t y, std::size_t x, const Visit& visit) {
  for (std::size_t k = 0; k < layer.kernel_h * layer.kernel_w; ++k) {
    const std::size_t iy = y * layer.stride + k / layer.kernel_w - layer.pad.top;
    const std::size_t ix = x * layer.stride + k % layer.kernel_w - layer.pad.left;
    if (iy >= layer.in.height || ix >= layer.in.width) continue;  // negative ones wrap around
    visit(iy * layer.in.width + ix, k);
  }
}

}  // namespace

FoldedLayer fold_layer(const FloatLayer& layer, std::size_t outputs, double epsilon,
                       const ChannelMoments* measured) {
  FoldedLayer folded;
  folded.bias.assign(outputs, 0.0);
  const std::size_t row = layer.weights.size() / outputs;
  for (std::size_t c = 0; c < outputs; ++c) {
    double gain = 1.0;
    const double bias = layer.bias.empty() ? 0.0 : layer.bias[c];
    folded.bias[c] = bias;
    if (layer.batch_norm) {
      const BatchNorm& bn = *layer.batch_norm;
      const double variance = measured != nullptr ? measured->variance[c] : bn.variance[c];
      const double mean = measured != nullptr ? measured->mean[c] + bias : bn.mean[c];
      gain = bn.gamma[c] / std::sqrt(variance + epsilon);
      folded.bias[c] = bn.beta[c] + gain * (bias - mean);
    }
    for (std::size_t i = 0; i < row; ++i) {
      folded.weights.push_back(static_cast<float>(gain * layer.weights[c * row + i]));
    }
  }
  return folded;
}

std::vector<float> by_output_last(const Layer& layer, const std::vector<float>& weights) {
  const std::size_t outputs = layer.out.channels;
  const std::size_t row = weights.size() / outputs;
  std::vector<float> turned(weights.size());
  for (std::size_t c = 0; c < outputs; ++c) {
    for (std::size_t i = 0; i < row; ++i) turned[i * outputs + c] = weights[c * row + i];
  }
  return turned;
}

void real_products(const Layer& layer, const std::vector<float>& output_last, const float* in,
                   float* out) {
  const std::size_t outputs = layer.out.channels;
  const std::size_t inputs = layer.in.channels;
  for (std::size_t y = 0; y < layer.out.height; ++y) {
    for (std::size_t x = 0; x < layer.out.width; ++x, out += outputs) {
      std::fill(out, out + outputs, 0.0F);
      for_each_pixel(layer, y, x, [&](std::size_t pixel, std::size_t position) {
        const float* a = in + pixel * inputs;
        const float* w =
            output_last.data() + (layer.shared_kernel() ? 0 : position) * inputs * outputs;
        for (std::size_t i = 0; i < inputs; ++i, w += outputs) {
          const float value = a[i];
          if (value == 0.0F) continue;
          for (std::size_t c = 0; c < outputs; ++c) out[c] += value * w[c];
        }
      });
    }
  }
}

void real_pool(const Layer& layer, const float* in, float* out) {
  const std::size_t channels = layer.in.channels;
  const bool maximum = layer.op == LayerOp::kMaxPool;
  for (std::size_t y = 0; y < layer.out.height; ++y) {
    for (std::size_t x = 0; x < layer.out.width; ++x, out += channels) {
      std::fill(out, out + channels, maximum ? std::numeric_limits<float>::lowest() : 0.0F);
      float inside = 0.0F;
      for_each_pixel(layer, y, x, [&](std::size_t pixel, std::size_t) {
        inside += 1.0F;
        for (std::size_t c = 0; c < channels; ++c) {
          const float value = in[pixel * channels + c];
          out[c] = maximum ? std::max(out[c], value) : out[c] + value;
        }
      });
      if (maximum) continue;
      for (std::size_t c = 0; c < channels; ++c) out[c] /= inside;
    }
  }
}

std::vector<std::ptrdiff_t> residual_elements(const Layer& layer, const MapShape& from) {
  std::vector<std::ptrdiff_t> elements(layer.out.elements(), -1);
  const Residual& residual = *layer.residual;
  for (std::size_t e = 0; e < elements.size(); ++e) {
    const std::size_t c = e % layer.out.channels;
    const std::size_t y = e / layer.out.channels / layer.out.width;
    const std::size_t x = e / layer.out.channels % layer.out.width;
    if (c < residual.channel_offset || c - residual.channel_offset >= from.channels) continue;
    const std::size_t pixel = y * residual.stride * from.width + x * residual.stride;
    elements[e] = static_cast<std::ptrdiff_t>(pixel * from.channels + c - residual.channel_offset);
  }
  return elements;
}

}  // namespace absim::models
