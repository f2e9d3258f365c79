// SPDX-License-Identifier: Apache-2.0
// Packs one layer for the vector kernels: weights in the order in which blocks consume them,
// post-processing parameters padded to whole vectors, and the proofs that cheaper exact forms may
// be used.
#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "models/core/error.hpp"
#include "models/inference/fast_plan.hpp"
#include "models/inference/kernels/finish.hpp"

namespace absim::models::fast {
namespace {

/// Truncated weights W_t of one layer, [Cout][Kh][Kw][Cin].
struct Weights {
  const Layer& layer;
  std::vector<std::int32_t> values;

  [[nodiscard]] std::int32_t at(std::size_t out, std::size_t ky, std::size_t kx,
                                std::size_t in) const {
    return values[((out * layer.kernel_h + ky) * layer.kernel_w + kx) * layer.in.channels + in];
  }
};

std::vector<std::int32_t> truncated_weights(const QuantizedNetwork& network, std::size_t layer,
                                            unsigned truncation) {
  std::array<std::int32_t, 256> value{};
  for (std::size_t code = 0; code < (std::size_t{1} << network.bits); ++code) {
    value[code] =
        truncated_weight(network.format, network.bits, truncation, static_cast<std::uint16_t>(code));
  }
  const std::vector<std::uint16_t>& codes = network.values[layer].codes;
  std::vector<std::int32_t> weights(codes.size());
  std::transform(codes.begin(), codes.end(), weights.begin(),
                 [&](std::uint16_t code) { return value[code]; });
  return weights;
}

/// Appends vector blocks: for every block, row and group, `vectors` x `lanes` x `group` weights.
/// `weight(channel, row, element)` is asked only for weights that exist; the rest is zero.
template <typename Stored, typename Weight>
void pack_blocks(const KernelTable& kernels, std::size_t channels, std::size_t rows,
                 std::size_t elements, Stored*& to, const Weight& weight) {
  const std::size_t groups = (elements + kernels.group - 1) / kernels.group;
  const std::size_t vectors = (channels + kernels.lanes - 1) / kernels.lanes;
  for (std::size_t first = 0; first < vectors;) {
    // conv() takes whole blocks, then single vectors
    const std::size_t block = vectors - first >= kernels.vectors ? kernels.vectors : 1;
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t k = 0; k < groups; ++k) {
        for (std::size_t lane = 0; lane < block * kernels.lanes; ++lane) {
          for (std::size_t g = 0; g < kernels.group; ++g) {
            const std::size_t channel = first * kernels.lanes + lane;
            const std::size_t element = k * kernels.group + g;
            const bool exists = channel < channels && element < elements;
            *to++ = exists ? static_cast<Stored>(weight(channel, row, element)) : Stored{0};
          }
        }
      }
    }
    first += block;
  }
}

std::size_t padded_channels(const KernelTable& kernels, std::size_t channels) {
  return (channels + kernels.lanes - 1) / kernels.lanes * kernels.lanes;
}

template <typename Stored>
Lines pack_direct(const KernelTable& kernels, const Weights& weights, bool half) {
  const Layer& layer = weights.layer;
  const std::size_t elements = layer.kernel_w * layer.in.channels;
  const std::size_t groups = (elements + kernels.group - 1) / kernels.group;
  Lines lines(lines_for(padded_channels(kernels, layer.out.channels) * layer.kernel_h * groups *
                        kernels.group * sizeof(Stored)));
  auto* to = reinterpret_cast<Stored*>(lines.data());
  pack_blocks(kernels, layer.out.channels, layer.kernel_h, elements, to,
              [&](std::size_t channel, std::size_t row, std::size_t element) {
                const std::int32_t w = weights.at(channel, row, element / layer.in.channels,
                                                  element % layer.in.channels);
                return half ? (w - 1) / 2 : w;  // w is odd where half is set
              });
  return lines;
}

/// Point (py, px) of (2G) g (2G)^T, for Winograd's F(2x2, 3x3).
std::int32_t winograd_weight(const Weights& weights, std::size_t channel, std::size_t in,
                             std::size_t py, std::size_t px) {
  static constexpr std::int32_t kG[4][3] = {{2, 0, 0}, {1, 1, 1}, {1, -1, 1}, {0, 0, 2}};
  std::int32_t sum = 0;
  for (std::size_t ky = 0; ky < 3; ++ky) {
    for (std::size_t kx = 0; kx < 3; ++kx) {
      sum += kG[py][ky] * weights.at(channel, ky, kx, in) * kG[px][kx];
    }
  }
  return sum;
}

Lines pack_winograd(const KernelTable& kernels, const Weights& weights) {
  const Layer& layer = weights.layer;
  const std::size_t in = (layer.in.channels + kernels.group - 1) / kernels.group * kernels.group;
  const std::size_t vectors = (layer.out.channels + kernels.lanes - 1) / kernels.lanes;
  Lines lines(lines_for(16 * vectors * kernels.lanes * in * sizeof(std::int16_t)));
  auto* to = reinterpret_cast<std::int16_t*>(lines.data());
  // One row a point: the same order, the points outside the groups.
  pack_blocks(kernels, layer.out.channels, 16, layer.in.channels, to,
              [&](std::size_t channel, std::size_t point, std::size_t element) {
                return winograd_weight(weights, channel, element, point / 4, point % 4);
              });
  return lines;
}

/// Largest possible |accumulator| of every output channel.
std::vector<std::int64_t> accumulator_bounds(const Weights& weights, std::int64_t max_activation) {
  const std::size_t channels = weights.layer.out.channels;
  const std::size_t row = weights.values.size() / channels;
  const std::size_t uses =
      weights.layer.products() / row;  // pixels that share a linear layer's weight
  std::vector<std::int64_t> bounds(channels, 0);
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t i = 0; i < row; ++i) {
      bounds[c] += std::abs(weights.values[c * row + i]) * max_activation;
    }
    bounds[c] *= static_cast<std::int64_t>(uses);
  }
  return bounds;
}

/// Parameters of one requantisation from inputs within `bounds` and a residual within
/// `max_residual`.
RequantizeValues pack_requantize(const KernelTable& kernels,
                                 const std::vector<std::int16_t>& multiplier,
                                 const std::vector<std::int64_t>& offset, unsigned shift,
                                 std::int64_t residual_gain, std::int64_t max_residual,
                                 const std::vector<std::int64_t>& bounds, Limits range) {
  const std::size_t channels = multiplier.size();
  const std::int64_t half = shift == 0 ? 0 : std::int64_t{1} << (shift - 1);
  RequantizeValues values;
  values.multiplier.assign(padded_channels(kernels, channels), 0);
  values.offset.assign(padded_channels(kernels, channels), 0);
  values.task.residual_gain = residual_gain;
  values.task.shift = shift;
  values.task.low = range.low;
  values.task.high = range.high;
  values.task.low_bits_suffice = shift <= 32;
  for (std::size_t c = 0; c < channels; ++c) {
    values.multiplier[parameter_index<void>(c)] = multiplier[c];
    values.offset[parameter_index<void>(c)] = offset[c] + half;
    // At most 2^31 * 2^15 + 2^47 + 2^46 + 2^31 * 2^15: far from 64 bits.
    const std::int64_t bound = bounds[c] * std::abs(std::int64_t{multiplier[c]}) +
                               std::abs(offset[c]) + half + max_residual * std::abs(residual_gain);
    if ((bound >> shift) >= std::numeric_limits<std::int32_t>::max()) {
      values.task.low_bits_suffice = false;
    }
  }
  return values;
}

/// Parameters of a layer of dynamic fixed point; check_network proves that its sums fit 32 bits.
RequantizeValues pack_rounding(const KernelTable& kernels, const PostprocParams& params,
                               Rounding rounding, Limits range) {
  RequantizeValues values;
  values.plain_offset.assign(padded_channels(kernels, params.offset.size()), 0);
  std::transform(params.offset.begin(), params.offset.end(), values.plain_offset.begin(),
                 [](std::int64_t offset) { return static_cast<std::int32_t>(offset); });
  Requantize& task = values.task;
  task.residual_gain = params.residual_gain;
  task.shift = params.shift;
  task.low = range.low;
  task.high = range.high;
  if (params.shift == 0) return values;  // nothing is discarded
  const std::uint32_t half = std::uint32_t{1} << (params.shift - 1);
  switch (rounding) {
    case Rounding::kNearestEven:  // a tie moves an odd value up
      task.bias = half - 1;
      task.carry_shift = params.shift;
      task.carry_mask = 1;
      break;
    case Rounding::kHalfAway:  // a tie stays below for negative values
      task.bias = half;
      task.carry_shift = 31;
      task.carry_mask = -1;
      break;
    case Rounding::kHalfUp:
      task.bias = half;
      break;
    case Rounding::kFloor:
      break;
    case Rounding::kTowardZero:  // negative values go up to the next integer
      task.carry_shift = 31;
      task.carry_mask = static_cast<std::int32_t>((std::uint32_t{1} << params.shift) - 1);
      break;
    case Rounding::kStochastic:
      throw InvariantError("networks round without chance");
  }
  return values;
}

/// Chooses the form of a convolution and packs its weights.
void pack_conv(const KernelTable& kernels, const Weights& weights, bool odd_weights,
               const std::vector<std::int64_t>& bounds, Step& step) {
  const Layer& layer = weights.layer;
  const auto [low, high] = std::minmax_element(weights.values.begin(), weights.values.end());
  const std::int32_t limit = 1 << (8 * kernels.weight_bytes - 1);
  step.half_weights = *low < -limit || *high >= limit;
  ABSIM_CHECK(!step.half_weights || (odd_weights && kernels.window_sums != nullptr),
              "layer " + layer.name + ": weights exceed the kernel's width");
  const std::int64_t max_accumulator = *std::max_element(bounds.begin(), bounds.end());
  const bool winograd = kernels.winograd != nullptr && layer.kernel_h == 3 && layer.kernel_w == 3 &&
                        layer.stride == 1 && layer.in.channels >= kMinWinogradChannels &&
                        max_accumulator < (std::int64_t{1} << 29);  // 4 * output in 32 bits
  step.kind = winograd ? StepKind::kWinograd : StepKind::kDirect;
  if (winograd) {
    step.weights = pack_winograd(kernels, weights);
  } else if (kernels.weight_bytes == 1) {
    step.weights = pack_direct<std::int8_t>(kernels, weights, step.half_weights);
  } else {
    step.weights = pack_direct<std::int16_t>(kernels, weights, step.half_weights);
  }
}

std::int64_t max_magnitude(const QuantizedNetwork& network, const std::string& tensor) {
  const Limits range = limits(tensor_type(network, tensor));
  return std::max(-std::int64_t{range.low}, std::int64_t{range.high});
}

}  // namespace

Limits limits(ElementType type) {
  switch (type) {
    case ElementType::kU8:
      return {0, 255};
    case ElementType::kS8:
      return {-128, 127};
    case ElementType::kS16:
      return {-32768, 32767};
    case ElementType::kS32:
      return {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
    case ElementType::kPosit8:
    case ElementType::kPosit16:
      break;
  }
  throw InvariantError("element type out of range");
}

void pack_layer(const QuantizedNetwork& network, std::size_t index, unsigned truncation,
                const KernelTable& kernels, Step& step) {
  const Layer& layer = network.graph.layers[index];
  if (!layer.has_weights()) {
    step.kind = StepKind::kPool;
    return;
  }
  const LayerValues& values = network.values[index];
  const PostprocParams& postproc = params_at(network, index, truncation);
  const Weights weights{layer, truncated_weights(network, index, truncation)};
  const std::vector<std::int64_t> bounds =
      accumulator_bounds(weights, max_magnitude(network, layer.input));
  step.correction.assign(padded_channels(kernels, layer.out.channels), 0);
  if (layer.op == LayerOp::kLinear) {
    step.kind = StepKind::kLinear;
    step.plain_weights = weights.values;
  } else {
    pack_conv(kernels, weights, network.format == WeightFormat::kBwb, bounds, step);
    if (kernels.activation == Storage::kU8 &&
        tensor_type(network, layer.input) == ElementType::kS8) {
      // stored = value + 128, in the border too: take 128 times the sum of weights away
      const std::size_t row = weights.values.size() / layer.out.channels;
      for (std::size_t i = 0; i < weights.values.size(); ++i) {
        step.correction[i / row] -= 128 * weights.values[i];
      }
    }
  }
  const Limits range = limits(values.output);  // u8 is ReLU
  if (network.format == WeightFormat::kDfp) {
    step.requantize = pack_rounding(kernels, postproc, network.rounding, range);
    return;
  }
  const std::int64_t max_residual =
      layer.residual ? max_magnitude(network, layer.residual->tensor) : 0;
  step.requantize =
      pack_requantize(kernels, postproc.multiplier, postproc.offset, postproc.shift,
                      layer.residual ? postproc.residual_gain : 0, max_residual, bounds, range);
  if (layer.emits_activation) {
    const std::int64_t bound = -std::int64_t{range.low};
    step.act_requantize = pack_requantize(
        kernels, postproc.act_multiplier, postproc.act_offset, postproc.act_shift, 0, 0,
        std::vector<std::int64_t>(layer.out.channels, bound), limits(ElementType::kU8));
  }
}

}  // namespace absim::models::fast
