// SPDX-License-Identifier: Apache-2.0
// Random quantised networks whose outputs use their range.
#include "tests/support/network_builder.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "tests/support/oracle.hpp"
#include "tests/support/test_networks.hpp"

namespace absim::test {

using namespace models;

namespace {

constexpr std::size_t kImages = 3;  // that the parameters are fitted to

struct Moments {
  double mean = 0;
  double deviation = 1;  // never 0
};

/// Of every `step`th value from `first`.
Moments moments(const std::vector<double>& values, std::size_t first, std::size_t step) {
  double sum = 0;
  double squares = 0;
  double count = 0;
  for (std::size_t i = first; i < values.size(); i += step) {
    sum += values[i];
    squares += values[i] * values[i];
    count += 1;
  }
  const double mean = sum / count;
  const double variance = std::max(0.0, squares / count - mean * mean);
  return {mean, std::max(std::sqrt(variance), 1.0)};
}

/// The deviation that an output of a type should have.
double wanted_deviation(ElementType type) {
  switch (type) {
    case ElementType::kU8:
      return 60;
    case ElementType::kS8:
      return 45;
    case ElementType::kS16:
      return 4000;
    case ElementType::kS32:
      return 20000;
    case ElementType::kPosit8:
    case ElementType::kPosit16:
      break;
  }
  return 1;
}

/// The largest shift that keeps `largest` * 2^shift below 2^bits.
unsigned shift_for(double largest, unsigned bits, unsigned limit) {
  unsigned shift = 0;
  while (shift < limit &&
         std::ldexp(largest, static_cast<int>(shift) + 1) < std::ldexp(1, static_cast<int>(bits))) {
    ++shift;
  }
  return shift;
}

}  // namespace

double NetworkBuilder::uniform(double low, double high) {
  return low + (high - low) * std::ldexp(static_cast<double>(random_() >> 11), -53);
}

NetworkBuilder::NetworkBuilder(std::string name, MapShape input, std::uint64_t seed,
                               WeightFormat format, unsigned bits)
    : random_(seed), tensors_(bits) {
  network_.graph.name = std::move(name);
  network_.graph.input.shape = input;
  network_.graph.input.mean.assign(input.channels, 0.5);
  network_.graph.input.std_dev.assign(input.channels, 0.25);
  network_.format = format;
  network_.bits = bits;
  network_.input_scale = 1.0 / 64;
  network_.provenance = "random, for tests";
  for (std::size_t c = 0; c < input.channels; ++c) {
    const double centre = uniform(100, 150);
    const double gain = uniform(0.7, 1.2);  // saturates at the ends
    for (int p = 0; p < 256; ++p) {
      const double code = std::clamp(std::floor((p - centre) * gain), -128.0, 127.0);
      network_.input_codes.push_back(static_cast<std::int16_t>(code));
    }
  }
  for (std::vector<TensorMap>& images : tensors_) {
    for (std::size_t i = 0; i < kImages; ++i) {
      images.push_back({{"input", oracle_input(network_, random_image(network_, 1000 + i))}});
    }
  }
}

NetworkBuilder& NetworkBuilder::add(const Spec& spec) {
  Graph& graph = network_.graph;
  Layer layer;
  layer.name = spec.name;
  layer.op = spec.op;
  layer.input = spec.input;
  if (layer.input.empty()) {
    layer.input = graph.layers.empty() ? "input" : graph.layers.back().name;
    if (!graph.layers.empty() && graph.layers.back().emits_activation) layer.input += ".act";
  }
  layer.in = tensor_shape(graph, layer.input);
  const bool linear = spec.op == LayerOp::kLinear;
  layer.kernel_h = linear ? layer.in.height : spec.kernel_h;
  layer.kernel_w = linear ? layer.in.width : spec.kernel_w;
  layer.stride = spec.stride;
  layer.pad = spec.pad;
  layer.out = {
      (layer.in.height + spec.pad.top + spec.pad.bottom - layer.kernel_h) / spec.stride + 1,
      (layer.in.width + spec.pad.left + spec.pad.right - layer.kernel_w) / spec.stride + 1,
      layer.has_weights() ? spec.channels : layer.in.channels};
  layer.residual = spec.residual;
  layer.relu = layer.has_weights() && spec.output == ElementType::kU8;
  layer.emits_activation = spec.emits_activation;

  LayerValues values;
  values.output = layer.has_weights() ? spec.output : tensor_type(network_, layer.input);
  if (layer.has_weights()) {
    for (std::size_t i = 0; i < layer.weight_count(); ++i) {
      values.codes.push_back(static_cast<std::uint16_t>(below(std::uint64_t{1} << network_.bits)));
    }
    values.postproc.resize(network_.bits);
  }
  graph.layers.push_back(layer);
  network_.values.push_back(values);
  for (unsigned t = 1; t <= network_.bits; ++t) {
    if (layer.has_weights()) fit(graph.layers.size() - 1, t);
    for (TensorMap& tensors : tensors_[t - 1]) {
      oracle_layer(network_, graph.layers.size() - 1, t, tensors);
    }
  }
  return *this;
}

void NetworkBuilder::fit(std::size_t index, unsigned t) {
  const Layer& layer = network_.graph.layers[index];
  LayerValues& values = network_.values[index];
  const std::size_t channels = layer.out.channels;
  std::vector<double> accumulators;
  std::vector<double> residuals;
  for (const TensorMap& tensors : tensors_[t - 1]) {
    for (const std::int64_t acc :
         oracle_accumulators(network_, index, t, tensors.at(layer.input))) {
      accumulators.push_back(static_cast<double>(acc));
    }
    for (const std::int32_t value : oracle_residual(network_.graph, index, tensors)) {
      residuals.push_back(value);
    }
  }
  const double wanted = wanted_deviation(values.output);
  std::vector<double> gains;
  double largest = 0;
  for (std::size_t c = 0; c < channels; ++c) {
    const double sign = below(8) == 0 ? -1 : 1;  // batch norm may turn a channel round
    gains.push_back(sign * uniform(0.6, 1.3) * wanted /
                    moments(accumulators, c, channels).deviation);
    largest = std::max(largest, std::abs(gains.back()));
  }
  // Coarse multipliers give ties in the rounding, fine ones use the full width.
  const unsigned multiplier_bits = below(3) == 0 ? 5 : 15;
  PostprocParams& params = values.postproc[t - 1];
  params.shift = shift_for(largest, multiplier_bits, 30);
  const double unit = std::ldexp(1, static_cast<int>(params.shift));
  double residual_gain = 0;
  if (layer.residual) {
    const double ratio = 0.7 * wanted / moments(residuals, 0, 1).deviation;
    residual_gain = std::min(1.0, ratio * uniform(0.7, 1.3));
    params.residual_gain = static_cast<std::int32_t>(std::lround(residual_gain * unit));
  }
  params.multiplier.clear();
  params.offset.clear();
  for (std::size_t c = 0; c < channels; ++c) {
    const bool is_signed = values.output != ElementType::kU8;
    const double centre = wanted * (is_signed ? uniform(-0.4, 0.4) : uniform(0.2, 1.5));
    const double shift_by = centre - gains[c] * moments(accumulators, c, channels).mean -
                            residual_gain * moments(residuals, c, channels).mean;
    params.multiplier.push_back(static_cast<std::int16_t>(std::lround(gains[c] * unit)));
    params.offset.push_back(std::llround(shift_by * unit));
  }
  if (!layer.emits_activation) return;
  params.act_shift = static_cast<unsigned>(17 + below(4));
  const double act_unit = std::ldexp(1, static_cast<int>(params.act_shift));
  params.act_multiplier.clear();
  params.act_offset.clear();
  for (std::size_t c = 0; c < channels; ++c) {
    const double gain = (below(8) == 0 ? -1 : 1) * uniform(0.6, 1.3) * 60 / wanted;
    params.act_multiplier.push_back(static_cast<std::int16_t>(std::lround(gain * act_unit)));
    params.act_offset.push_back(std::llround(uniform(10, 90) * act_unit));
  }
}

NetworkBuilder& NetworkBuilder::add_linear(const std::string& name, std::size_t classes) {
  Spec spec;
  spec.name = name;
  spec.op = LayerOp::kLinear;
  spec.channels = classes;
  spec.output = ElementType::kS32;
  return add(spec);
}

QuantizedNetwork NetworkBuilder::finish() {
  network_.graph.classes = network_.graph.layers.back().out.channels;
  check_network(network_, network_.graph.name);
  return network_;
}

}  // namespace absim::test
