// SPDX-License-Identifier: Apache-2.0
// Exact inference as dot products; see the header.
#include "tests/support/oracle.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace absim::test {

using namespace models;

namespace {

constexpr std::int32_t kOutside = INT32_MIN;  // marks padding in a window

/// Input elements under the window of each output pixel: [pixels][kh][kw][Cin], kOutside in
/// padding.
std::vector<IntMap> windows(const Layer& layer, const IntMap& input) {
  std::vector<IntMap> columns;
  for (std::size_t pixel = 0; pixel < layer.out.pixels(); ++pixel) {
    const std::size_t top = pixel / layer.out.width * layer.stride;
    const std::size_t left = pixel % layer.out.width * layer.stride;
    IntMap column;
    for (std::size_t tap = 0; tap < layer.kernel_h * layer.kernel_w; ++tap) {
      const std::size_t y = top + tap / layer.kernel_w;  // in padded coordinates
      const std::size_t x = left + tap % layer.kernel_w;
      const bool inside = y >= layer.pad.top && y < layer.pad.top + layer.in.height &&
                          x >= layer.pad.left && x < layer.pad.left + layer.in.width;
      for (std::size_t c = 0; c < layer.in.channels; ++c) {
        column.push_back(
            !inside ? kOutside
                    : input.at(((y - layer.pad.top) * layer.in.width + x - layer.pad.left) *
                                   layer.in.channels +
                               c));
      }
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

/// Floor of value / 2^shift + 1/2, by division.
std::int64_t rounded(std::int64_t value, unsigned shift) {
  const std::int64_t unit = std::int64_t{1} << shift;
  const std::int64_t doubled = 2 * value + unit;  // over 2 * unit
  std::int64_t quotient = doubled / (2 * unit);
  if (doubled % (2 * unit) < 0) --quotient;
  return quotient;
}

/// value / 2^shift rounded as a DFP network does, by the distance to the integers on both sides.
std::int64_t rounded_as(Rounding rounding, std::int64_t value, unsigned shift) {
  const std::int64_t unit = std::int64_t{1} << shift;
  std::int64_t below = value / unit;
  if (value % unit < 0) --below;
  const std::int64_t past = value - below * unit;  // of the way to the next integer
  if (past == 0) return below;
  const bool tie = 2 * past == unit;
  switch (rounding) {
    case Rounding::kNearestEven:
      return tie ? below + (below % 2 != 0 ? 1 : 0) : below + (2 * past > unit ? 1 : 0);
    case Rounding::kHalfAway:
      return tie ? (value > 0 ? below + 1 : below) : below + (2 * past > unit ? 1 : 0);
    case Rounding::kHalfUp:
      return below + (2 * past >= unit ? 1 : 0);
    case Rounding::kFloor:
      return below;
    case Rounding::kTowardZero:
      return value < 0 ? below + 1 : below;
    case Rounding::kStochastic:
      break;
  }
  throw std::logic_error("no such rounding in a network");
}

std::int32_t clamped(ElementType type, std::int64_t value) {
  const int bits = type == ElementType::kS32 ? 32 : type == ElementType::kS16 ? 16 : 8;
  const std::int64_t low = type == ElementType::kU8 ? 0 : -(std::int64_t{1} << (bits - 1));
  const std::int64_t high = low + (std::int64_t{1} << bits) - 1;
  return static_cast<std::int32_t>(std::min(std::max(value, low), high));
}

void pool_layer(const Layer& layer, TensorMap& tensors) {
  IntMap out;
  for (const IntMap& window : windows(layer, tensors.at(layer.input))) {
    for (std::size_t c = 0; c < layer.in.channels; ++c) {
      std::vector<std::int32_t> inside;
      for (std::size_t i = c; i < window.size(); i += layer.in.channels) {
        if (window[i] != kOutside) inside.push_back(window[i]);
      }
      if (layer.op == LayerOp::kMaxPool) {
        out.push_back(*std::max_element(inside.begin(), inside.end()));
      } else {  // doubles are exact here: |sum| < 2^32, count < 2^16, and ties are detected exactly
        double sum = 0;
        for (const std::int32_t value : inside) sum += value;
        const auto count = static_cast<double>(inside.size());
        const double below = std::floor(sum / count);
        out.push_back(
            static_cast<std::int32_t>(2 * (sum - below * count) >= count ? below + 1 : below));
      }
    }
  }
  tensors[layer.name] = out;
}

}  // namespace

std::int64_t oracle_weight(WeightFormat format, unsigned bits, unsigned t, unsigned code) {
  std::int64_t weight = 0;
  for (unsigned i = 0; i < t; ++i) {  // i = 0 is the most significant bit
    const bool bit = (code >> (bits - 1 - i) & 1U) != 0;
    const std::int64_t worth = std::int64_t{1} << (t - 1 - i);
    if (format == WeightFormat::kBwb) {
      weight += bit ? worth : -worth;
    } else if (bit) {
      weight += i == 0 ? -worth : worth;
    }
  }
  return weight;
}

std::vector<std::int64_t> oracle_accumulators(const QuantizedNetwork& network, std::size_t index,
                                              unsigned t, const IntMap& input) {
  const Layer& layer = network.graph.layers.at(index);
  const std::vector<std::uint16_t>& codes = network.values.at(index).codes;
  const std::size_t row = codes.size() / layer.out.channels;  // weights of one output channel
  std::vector<std::int64_t> weights;
  for (const std::uint16_t code : codes) {
    weights.push_back(oracle_weight(network.format, network.bits, t, code));
  }
  std::vector<std::int64_t> accumulators;
  for (const IntMap& window : windows(layer, input)) {
    for (std::size_t c = 0; c < layer.out.channels; ++c) {
      std::int64_t sum = 0;
      for (std::size_t i = 0; i < window.size(); ++i) {
        if (window[i] != kOutside) sum += weights[c * row + i % row] * window[i];
      }
      accumulators.push_back(sum);
    }
  }
  return accumulators;
}

IntMap oracle_residual(const Graph& graph, std::size_t index, const TensorMap& tensors) {
  const Layer& layer = graph.layers.at(index);
  IntMap added(layer.out.elements(), 0);
  if (!layer.residual) return added;
  const MapShape from = tensor_shape(graph, layer.residual->tensor);
  const IntMap& tensor = tensors.at(layer.residual->tensor);
  for (std::size_t i = 0; i < tensor.size(); ++i) {  // scatter, where the reference gathers
    const std::size_t y = i / from.channels / from.width;
    const std::size_t x = i / from.channels % from.width;
    if (y % layer.residual->stride != 0 || x % layer.residual->stride != 0) continue;
    const std::size_t pixel =
        y / layer.residual->stride * layer.out.width + x / layer.residual->stride;
    added.at(pixel * layer.out.channels + i % from.channels + layer.residual->channel_offset) =
        tensor[i];
  }
  return added;
}

IntMap oracle_input(const QuantizedNetwork& network, const std::vector<std::uint8_t>& pixels) {
  IntMap codes;
  const std::size_t channels = network.graph.input.shape.channels;
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    codes.push_back(network.input_codes.at((i % channels) * 256 + pixels[i]));
  }
  return codes;
}

void oracle_layer(const QuantizedNetwork& network, std::size_t index, unsigned t,
                  TensorMap& tensors) {
  const Layer& layer = network.graph.layers.at(index);
  if (!layer.has_weights()) return pool_layer(layer, tensors);
  const LayerValues& values = network.values.at(index);
  const PostprocParams& params = params_at(network, index, t);
  const std::vector<std::int64_t> acc =
      oracle_accumulators(network, index, t, tensors.at(layer.input));
  const IntMap residual = oracle_residual(network.graph, index, tensors);
  IntMap out;
  IntMap act;
  for (std::size_t i = 0; i < acc.size(); ++i) {
    const std::size_t c = i % layer.out.channels;
    const std::int64_t sum = acc[i] * params.multiplier.at(c) + params.offset.at(c) +
                             std::int64_t{residual[i]} * params.residual_gain;
    out.push_back(clamped(values.output, network.format == WeightFormat::kDfp
                                             ? rounded_as(network.rounding, sum, params.shift)
                                             : rounded(sum, params.shift)));
    if (!layer.emits_activation) continue;
    const std::int64_t second =
        std::int64_t{out.back()} * params.act_multiplier.at(c) + params.act_offset.at(c);
    act.push_back(clamped(ElementType::kU8, rounded(second, params.act_shift)));
  }
  tensors[layer.name] = out;
  if (layer.emits_activation) tensors[layer.name + ".act"] = act;
}

TensorMap oracle_infer(const QuantizedNetwork& network, unsigned t,
                       const std::vector<std::uint8_t>& pixels) {
  TensorMap tensors{{"input", oracle_input(network, pixels)}};
  for (std::size_t i = 0; i < network.graph.layers.size(); ++i)
    oracle_layer(network, i, t, tensors);
  return tensors;
}

}  // namespace absim::test
