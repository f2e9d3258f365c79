// SPDX-License-Identifier: Apache-2.0
// Exact integer inference in plain loops: the definition that every other engine must equal.
// Shares no arithmetic with `fast`.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "models/core/error.hpp"
#include "models/inference/inference.hpp"
#include "models/inference/reference_layer.hpp"

namespace absim::models {
namespace {

/// Reads maps by coordinates; outside the map there is padding.
class MapView {
 public:
  MapView(const IntMap& map, const MapShape& shape) : map_(map), shape_(shape) {}
  [[nodiscard]] bool inside(std::ptrdiff_t y, std::ptrdiff_t x) const {
    return y >= 0 && x >= 0 && static_cast<std::size_t>(y) < shape_.height &&
           static_cast<std::size_t>(x) < shape_.width;
  }
  [[nodiscard]] std::int32_t at(std::ptrdiff_t y, std::ptrdiff_t x, std::size_t c) const {
    const auto pixel = static_cast<std::size_t>(y) * shape_.width + static_cast<std::size_t>(x);
    return map_[pixel * shape_.channels + c];
  }

 private:
  const IntMap& map_;
  const MapShape& shape_;
};

/// First input row and column under the window of an output pixel.
struct Corner {
  std::ptrdiff_t y;
  std::ptrdiff_t x;
};

Corner corner_of(const Layer& layer, std::size_t y, std::size_t x) {
  return {
      static_cast<std::ptrdiff_t>(y * layer.stride) - static_cast<std::ptrdiff_t>(layer.pad.top),
      static_cast<std::ptrdiff_t>(x * layer.stride) - static_cast<std::ptrdiff_t>(layer.pad.left)};
}

/// What one bit of a weight multiplies an activation with. `first` = the most significant plane.
int plane_factor(WeightFormat format, bool first, unsigned bit) {
  switch (format) {
    case WeightFormat::kBwb:
      return bit != 0 ? 1 : -1;
    case WeightFormat::kTwosComplement:
      return bit == 0 ? 0 : first ? -1 : 1;
    case WeightFormat::kDfp:
    case WeightFormat::kPosit:
      break;  // bit-parallel: no planes
  }
  return 0;
}

/// One layer under way: what its loops need to know.
struct Step {
  const QuantizedNetwork& network;
  std::size_t index;
  const Layer& layer;
  const LayerValues& values;
  unsigned truncation;
};

/// The sum of one plane under one window.
std::int64_t plane_sum(const Step& step, const MapView& in, Corner corner, std::size_t channel,
                       unsigned plane) {
  const Layer& layer = step.layer;
  const unsigned shift = step.network.bits - 1 - plane;
  std::int64_t sum = 0;
  for (std::size_t ky = 0; ky < layer.kernel_h; ++ky) {
    for (std::size_t kx = 0; kx < layer.kernel_w; ++kx) {
      const std::ptrdiff_t y = corner.y + static_cast<std::ptrdiff_t>(ky);
      const std::ptrdiff_t x = corner.x + static_cast<std::ptrdiff_t>(kx);
      if (!in.inside(y, x)) continue;
      const std::size_t row =
          layer.shared_kernel() ? channel : (channel * layer.kernel_h + ky) * layer.kernel_w + kx;
      for (std::size_t c = 0; c < layer.in.channels; ++c) {
        const unsigned bit = std::uint32_t{step.values.codes[row * layer.in.channels + c]} >> shift & 1U;
        sum += plane_factor(step.network.format, plane == 0, bit) * in.at(y, x, c);
      }
    }
  }
  return sum;
}

/// Planes most significant first: S_0 = 0, S_n = 2 S_(n-1) + plane sum.
std::int64_t accumulate(const Step& step, const MapView& in, Corner corner, std::size_t channel) {
  std::int64_t acc = 0;
  for (unsigned plane = 0; plane < step.truncation; ++plane) {
    acc = 2 * acc + plane_sum(step, in, corner, channel, plane);
    ABSIM_CHECK(acc >= std::numeric_limits<std::int32_t>::min() &&
                    acc <= std::numeric_limits<std::int32_t>::max(),
                "an accumulator has 32 bits; check_network proves it");
  }
  return acc;
}

/// Rounds half up: floor((value + 2^(shift-1)) / 2^shift).
std::int64_t shift_rounded(std::int64_t value, unsigned shift) {
  if (shift == 0) return value;
  return (value + (std::int64_t{1} << (shift - 1))) >> shift;
}

std::int32_t clamp_to(ElementType type, std::int64_t value) {
  const auto within = [&](std::int64_t low, std::int64_t high) {
    return static_cast<std::int32_t>(std::clamp(value, low, high));
  };
  switch (type) {
    case ElementType::kU8:
      return within(0, 255);
    case ElementType::kS8:
      return within(-128, 127);
    case ElementType::kS16:
      return within(-32768, 32767);
    case ElementType::kS32:
      return within(std::numeric_limits<std::int32_t>::min(),
                    std::numeric_limits<std::int32_t>::max());
    case ElementType::kPosit8:
    case ElementType::kPosit16:
      break;
  }
  return 0;
}

/// The residual that belongs to an output element; zero where its channel does not exist.
std::int64_t residual_at(const Step& step, const TensorMap& tensors, std::size_t y, std::size_t x,
                         std::size_t channel) {
  if (!step.layer.residual) return 0;
  const Residual& residual = *step.layer.residual;
  const MapShape shape = tensor_shape(step.network.graph, residual.tensor);
  if (channel < residual.channel_offset || channel - residual.channel_offset >= shape.channels)
    return 0;
  return MapView(tensors.at(residual.tensor), shape)
      .at(static_cast<std::ptrdiff_t>(y * residual.stride),
          static_cast<std::ptrdiff_t>(x * residual.stride), channel - residual.channel_offset);
}

void run_bit_serial(const Step& step, TensorMap& tensors) {
  const Layer& layer = step.layer;
  const PostprocParams& params = params_at(step.network, step.index, step.truncation);
  const MapView in(tensors.at(layer.input), layer.in);
  IntMap out;
  IntMap act;
  for (std::size_t y = 0; y < layer.out.height; ++y) {
    for (std::size_t x = 0; x < layer.out.width; ++x) {
      for (std::size_t c = 0; c < layer.out.channels; ++c) {
        const std::int64_t acc = accumulate(step, in, corner_of(layer, y, x), c);
        const std::int64_t scaled = acc * params.multiplier[c] + params.offset[c] +
                                    residual_at(step, tensors, y, x, c) * params.residual_gain;
        const std::int32_t value =
            clamp_to(step.values.output, shift_rounded(scaled, params.shift));
        out.push_back(value);
        if (!layer.emits_activation) continue;
        const std::int64_t second =
            std::int64_t{value} * params.act_multiplier[c] + params.act_offset[c];
        act.push_back(clamp_to(ElementType::kU8, shift_rounded(second, params.act_shift)));
      }
    }
  }
  tensors[layer.name] = std::move(out);
  if (layer.emits_activation) tensors[layer.name + ".act"] = std::move(act);
}

/// floor(a / b) for b > 0.
std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

/// Maximum, or mean rounded half up, of the pixels under the window that lie inside the map.
std::int32_t pool(const Layer& layer, const MapView& in, Corner corner, std::size_t channel) {
  std::int64_t sum = 0;
  std::int64_t count = 0;
  std::int32_t largest = std::numeric_limits<std::int32_t>::min();
  for (std::size_t ky = 0; ky < layer.kernel_h; ++ky) {
    for (std::size_t kx = 0; kx < layer.kernel_w; ++kx) {
      const std::ptrdiff_t y = corner.y + static_cast<std::ptrdiff_t>(ky);
      const std::ptrdiff_t x = corner.x + static_cast<std::ptrdiff_t>(kx);
      if (!in.inside(y, x)) continue;
      const std::int32_t value = in.at(y, x, channel);
      sum += value;
      count += 1;
      largest = std::max(largest, value);
    }
  }
  if (layer.op == LayerOp::kMaxPool) return largest;
  return static_cast<std::int32_t>(floor_div(2 * sum + count, 2 * count));
}

void run_pool(const Layer& layer, TensorMap& tensors) {
  const MapView in(tensors.at(layer.input), layer.in);
  IntMap out;
  for (std::size_t y = 0; y < layer.out.height; ++y) {
    for (std::size_t x = 0; x < layer.out.width; ++x) {
      for (std::size_t c = 0; c < layer.out.channels; ++c) {
        out.push_back(pool(layer, in, corner_of(layer, y, x), c));
      }
    }
  }
  tensors[layer.name] = std::move(out);
}

}  // namespace

IntMap input_map(const QuantizedNetwork& network, Span<const std::uint8_t> pixels) {
  const MapShape& shape = network.graph.input.shape;
  if (pixels.size() != shape.elements()) {
    throw FormatError(fmt::format("image: found {} bytes; allowed: {}x{}x{} = {} for network '{}'",
                                  pixels.size(), shape.height, shape.width, shape.channels,
                                  shape.elements(), network.graph.name));
  }
  IntMap codes(pixels.size());
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    codes[i] = network.input_codes[i % shape.channels * 256 + pixels[i]];
  }
  return codes;
}

TensorMap infer_reference(const QuantizedNetwork& network, unsigned truncation,
                          Span<const std::uint8_t> pixels) {
  ABSIM_CHECK(has_truncation(network, truncation), "a truncation length that the network has");
  TensorMap tensors;
  tensors["input"] = input_map(network, pixels);
  for (std::size_t i = 0; i < network.graph.layers.size(); ++i) {
    const Layer& layer = network.graph.layers[i];
    if (!layer.has_weights()) {
      run_pool(layer, tensors);
      continue;
    }
    switch (network.format) {
      case WeightFormat::kBwb:
      case WeightFormat::kTwosComplement:
        run_bit_serial({network, i, layer, network.values[i], truncation}, tensors);
        break;
      case WeightFormat::kDfp:
        tensors[layer.name] = reference_dfp_layer(network, i, tensors);
        break;
      case WeightFormat::kPosit:
        tensors[layer.name] = reference_posit_layer(network, i, tensors);
        break;
    }
  }
  return tensors;
}

bool in_top_k(Span<const std::int32_t> logits, std::size_t label, std::size_t k) {
  ABSIM_CHECK(label < logits.size(), "a label below the number of classes");
  std::size_t better = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (logits[i] > logits[label] || (logits[i] == logits[label] && i < label)) ++better;
  }
  return better < k;
}

}  // namespace absim::models
