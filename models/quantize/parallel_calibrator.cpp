// SPDX-License-Identifier: Apache-2.0
#include "models/quantize/parallel_calibrator.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "models/core/error.hpp"
#include "models/core/parallel.hpp"
#include "models/network/dump_check.hpp"

namespace absim::models {
namespace {

constexpr std::size_t kSampleValues = 1 << 18;

/// 10 log10(signal / error); 999 where nothing differs.
double sqnr_db(const std::vector<float>& exact, const std::vector<float>& rounded) {
  double signal = 0.0;
  double error = 0.0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const double difference = double{exact[i]} - double{rounded[i]};
    signal += double{exact[i]} * double{exact[i]};
    error += difference * difference;
  }
  return error == 0.0 ? 999.0 : 10.0 * std::log10(signal / error);
}

}  // namespace

void check_parallel_options(const FloatNetwork& network, const QuantizeOptions& options) {
  const std::string where = "quantize: ";
  if (options.format == WeightFormat::kPosit) {
    check_posit_format(options.posit, "quantize: format");
  } else if (options.rounding == Rounding::kStochastic) {
    throw ConfigError(where + "rounding: stochastic; a deterministic one is allowed");
  }
  const unsigned bits = options.format == WeightFormat::kPosit ? options.posit.n : kDfpBits;
  if (options.bits != bits) {
    throw ConfigError(fmt::format("{}bits: {}; the format has {}", where, options.bits, bits));
  }
  for (const Layer& layer : network.graph.layers) {
    const bool mean = layer.op == LayerOp::kAvgPool && options.format == WeightFormat::kPosit;
    if (!layer.emits_activation && !mean) continue;
    throw ConfigError(fmt::format("{}layer '{}': found {}; allowed: none in {} networks", where,
                                  layer.name, mean ? "a mean pool" : "a second output",
                                  format_name(options.format)));
  }
}

ParallelCalibrator::ParallelCalibrator(const FloatNetwork& network, const ImageSet& images,
                                       const QuantizeOptions& options, QuantizedNetwork& result)
    : network_(network),
      images_(images),
      options_(options),
      result_(result),
      coder_(options),
      table_(network.graph),
      tensors_(table_.size()) {
  code_input();
}

void ParallelCalibrator::for_each_image(const std::function<void(std::size_t)>& visit) const {
  parallel_chunks(images_.count, 4, options_.threads, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) visit(i);
  });
}

std::string ParallelCalibrator::where(std::size_t index) const {
  return network_.graph.name + ": layer " + network_.graph.layers[index].name;
}

std::vector<float> ParallelCalibrator::sample_of(const std::vector<float>& values) {
  std::vector<float> sample;
  if (values.empty()) return sample;
  const std::size_t step = std::max<std::size_t>(1, values.size() / kSampleValues);
  for (std::size_t i = 0; i < values.size(); i += step) sample.push_back(values[i]);
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  sample.push_back(*low);
  sample.push_back(*high);
  return sample;
}

void ParallelCalibrator::code_input() {
  const std::size_t channels = images_.channels;
  std::vector<float> table;
  for (std::size_t c = 0; c < channels; ++c) {
    for (int pixel = 0; pixel < 256; ++pixel) {
      table.push_back(static_cast<float>(normalised_input(network_, c, pixel)));
    }
  }
  Tensor& input = tensors_[0];
  for (std::size_t i = 0; i < images_.pixels.size(); ++i) {
    input.exact.push_back(table[i % channels * 256 + images_.pixels[i]]);
  }
  const TensorExponent found = coder_.choose(sample_of(input.exact), TensorRole::kSigned);
  for (const float value : table) {
    result_.input_codes.push_back(
        static_cast<std::int16_t>(coder_.encode(value, found.exponent, TensorRole::kWeights)));
  }
  result_.input_exponent = found;
  result_.input_scale = std::ldexp(1.0, found.exponent);
  input.exponent = found.exponent;
  for (std::size_t i = 0; i < images_.pixels.size(); ++i) {
    const std::int32_t code = result_.input_codes[i % channels * 256 + images_.pixels[i]];
    input.rounded.push_back(static_cast<float>(coder_.decode(code, found.exponent)));
  }
}

void ParallelCalibrator::run(const QuantizeProgress& progress, QuantizeReport* report) {
  const std::vector<Layer>& layers = network_.graph.layers;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    result_.values.emplace_back();
    report_.emplace_back().layer = layers[i].name;
    if (layers[i].has_weights()) {
      run_layer(i);
    } else {
      run_pool(i);
    }
    note(i);
    release(i);
    if (progress) progress(i + 1, layers.size());
  }
  if (report != nullptr) *report = std::move(report_);
}

void ParallelCalibrator::note(std::size_t index) {
  const Tensor& out = tensors_[table_.index(network_.graph.layers[index].name)];
  LayerReport& report = report_[index];
  report.output_sqnr_db = sqnr_db(out.exact, out.rounded);
  report.weight = result_.values[index].weight_exponent.value_or(TensorExponent{});
  report.output = result_.values[index].output_exponent.value_or(TensorExponent{});
}

void ParallelCalibrator::release(std::size_t index) {
  for (std::size_t i = 0; i < table_.size(); ++i) {
    if (table_[i].last_use == index) tensors_[i] = {{}, {}, tensors_[i].exponent};
  }
}

TensorRole ParallelCalibrator::role_of(std::size_t tensor) const {
  const std::size_t made_by = producer(network_.graph, table_[tensor].name);
  if (made_by == network_.graph.layers.size()) return TensorRole::kSigned;
  const Layer& layer = network_.graph.layers[made_by];
  if (!layer.has_weights()) return role_of(table_.index(layer.input));
  return layer.relu ? TensorRole::kRelu : TensorRole::kSigned;
}

void ParallelCalibrator::run_pool(std::size_t index) {
  const Layer& layer = network_.graph.layers[index];
  const std::size_t from = table_.index(layer.input);
  const Tensor& in = tensors_[from];
  Tensor& out = tensors_[table_.index(layer.name)];
  out.exponent = in.exponent;
  out.exact.resize(images_.count * layer.out.elements());
  out.rounded.resize(out.exact.size());
  for_each_image([&](std::size_t image) {
    const std::size_t a = image * layer.in.elements();
    const std::size_t b = image * layer.out.elements();
    real_pool(layer, in.exact.data() + a, out.exact.data() + b);
    real_pool(layer, in.rounded.data() + a, out.rounded.data() + b);
    if (layer.op == LayerOp::kMaxPool) return;
    for (std::size_t e = b; e < b + layer.out.elements(); ++e) {  // means are rounded half up
      const double steps = std::ldexp(double{out.rounded[e]}, -out.exponent);
      out.rounded[e] = static_cast<float>(std::ldexp(std::floor(steps + 0.5), out.exponent));
    }
  });
  LayerValues& values = result_.values[index];
  values.output = tensor_type(result_, layer.input);
  values.output_exponent = TensorExponent{out.exponent, 0};
  values.output_scale = {std::ldexp(1.0, out.exponent)};
}

FoldedLayer ParallelCalibrator::fold(std::size_t index) const {
  const Layer& layer = network_.graph.layers[index];
  const FloatLayer& values = network_.layers[index];
  const double epsilon = network_.graph.bn_epsilon;
  if (!options_.reestimate_batch_norm || !values.batch_norm || layer.shared_kernel()) {
    return fold_layer(values, layer.out.channels, epsilon);
  }
  // Mean and variance of the float weights' products with the quantised input.
  const std::vector<float> weights = by_output_last(layer, values.weights);
  const Tensor& in = tensors_[table_.index(layer.input)];
  const std::size_t channels = layer.out.channels;
  std::vector<std::vector<double>> moments(images_.count);
  for_each_image([&](std::size_t image) {
    std::vector<float> out(layer.out.elements());
    real_products(layer, weights, in.rounded.data() + image * layer.in.elements(), out.data());
    std::vector<double>& of_image = moments[image];
    of_image.assign(2 * channels, 0.0);
    for (std::size_t e = 0; e < out.size(); ++e) {
      of_image[e % channels] += out[e];
      of_image[channels + e % channels] += double{out[e]} * double{out[e]};
    }
  });
  ChannelMoments measured{std::vector<double>(channels, 0.0), std::vector<double>(channels, 0.0)};
  const auto count = static_cast<double>(images_.count * layer.out.pixels());
  for (const std::vector<double>& of_image : moments) {
    for (std::size_t c = 0; c < channels; ++c) {
      measured.mean[c] += of_image[c] / count;
      measured.variance[c] += of_image[channels + c] / count;
    }
  }
  for (std::size_t c = 0; c < channels; ++c) {
    measured.variance[c] =
        std::max(0.0, measured.variance[c] - measured.mean[c] * measured.mean[c]);
  }
  return fold_layer(values, channels, epsilon, &measured);
}

std::vector<float> ParallelCalibrator::code_weights(std::size_t index, const FoldedLayer& folded) {
  LayerValues& values = result_.values[index];
  const TensorExponent found = coder_.choose(folded.weights, TensorRole::kWeights);
  const auto mask = static_cast<std::uint16_t>((1U << result_.bits) - 1U);
  std::vector<float> decoded;
  for (const float weight : folded.weights) {
    const std::int32_t code = coder_.encode(weight, found.exponent, TensorRole::kWeights);
    values.codes.push_back(static_cast<std::uint16_t>(static_cast<std::uint32_t>(code) & mask));
    decoded.push_back(static_cast<float>(coder_.decode(code, found.exponent)));
  }
  values.weight_exponent = found;
  report_[index].weight_sqnr_db = sqnr_db(folded.weights, decoded);
  return decoded;
}

std::vector<float> ParallelCalibrator::sums(std::size_t index, const std::vector<float>& weights,
                                            std::vector<float> Tensor::*walk) const {
  const Layer& layer = network_.graph.layers[index];
  const std::vector<float> turned = by_output_last(layer, weights);
  const std::vector<float>& in = tensors_[table_.index(layer.input)].*walk;
  const std::size_t elements = layer.out.elements();
  std::vector<float> all(images_.count * elements);
  std::vector<std::ptrdiff_t> from;
  const std::vector<float>* residual = nullptr;
  std::size_t residual_size = 0;
  if (layer.residual) {
    const std::size_t tensor = table_.index(layer.residual->tensor);
    from = residual_elements(layer, table_[tensor].shape);
    residual = &(tensors_[tensor].*walk);
    residual_size = table_[tensor].shape.elements();
  }
  for_each_image([&](std::size_t image) {
    float* out = all.data() + image * elements;
    real_products(layer, turned, in.data() + image * layer.in.elements(), out);
    if (residual == nullptr) return;
    const float* added = residual->data() + image * residual_size;
    for (std::size_t e = 0; e < elements; ++e) {
      if (from[e] >= 0) out[e] += added[from[e]];
    }
  });
  return all;
}

std::vector<double> ParallelCalibrator::channel_means(const Layer& layer,
                                                      const std::vector<float>& sums) const {
  const std::size_t channels = layer.out.channels;
  std::vector<double> means(channels, 0.0);
  for (std::size_t e = 0; e < sums.size(); ++e) means[e % channels] += sums[e];
  const auto count = static_cast<double>(sums.size() / channels);
  for (double& mean : means) mean /= count;
  return means;
}

void ParallelCalibrator::run_layer(std::size_t index) {
  const Layer& layer = network_.graph.layers[index];
  LayerExponents exponents;
  exponents.input = tensors_[table_.index(layer.input)].exponent;
  exponents.is_logits = index + 1 == network_.graph.layers.size();
  if (layer.residual) {
    exponents.has_residual = true;
    exponents.residual = tensors_[table_.index(layer.residual->tensor)].exponent;
  }
  // A linear layer sums over all pixels where the float network takes their mean.
  const double pixels = layer.shared_kernel() ? static_cast<double>(layer.in.pixels()) : 1.0;

  const FoldedLayer plain =
      fold_layer(network_.layers[index], layer.out.channels, network_.graph.bn_epsilon);
  Tensor& out = tensors_[table_.index(layer.name)];
  out.exact = sums(index, plain.weights, &Tensor::exact);
  const FoldedLayer folded = fold(index);
  const std::vector<float> weights = code_weights(index, folded);
  exponents.weights = result_.values[index].weight_exponent->exponent;
  std::vector<float> rounded = sums(index, weights, &Tensor::rounded);

  std::vector<double> offset(layer.out.channels);
  const std::vector<double> exact_means = channel_means(layer, out.exact);
  const std::vector<double> means = channel_means(layer, rounded);
  for (std::size_t c = 0; c < offset.size(); ++c) {
    offset[c] = options_.correct_bias ? pixels * plain.bias[c] + exact_means[c] - means[c]
                                      : pixels * folded.bias[c];
  }
  for (std::size_t e = 0; e < out.exact.size(); ++e) {
    const auto bias = static_cast<float>(pixels * plain.bias[e % offset.size()]);
    out.exact[e] += bias;
    if (layer.relu) out.exact[e] = std::max(out.exact[e], 0.0F);
  }
  finish_layer(index, offset, std::move(rounded), exponents);
}

void ParallelCalibrator::finish_layer(std::size_t index, const std::vector<double>& offset,
                                      std::vector<float> sums, LayerExponents exponents) {
  const Layer& layer = network_.graph.layers[index];
  LayerValues& values = result_.values[index];
  Tensor& out = tensors_[table_.index(layer.name)];
  const TensorRole role = layer.relu ? TensorRole::kRelu : TensorRole::kSigned;
  double largest = 0.0;
  for (std::size_t e = 0; e < sums.size(); ++e) {
    sums[e] += static_cast<float>(offset[e % offset.size()]);
    largest = std::max(largest, std::fabs(double{sums[e]}));
    if (layer.relu) sums[e] = std::max(sums[e], 0.0F);
  }
  const bool posit = options_.format == WeightFormat::kPosit;
  TensorExponent found;
  if (!exponents.is_logits) {
    found = coder_.choose(sample_of(sums), role);
    if (!posit) found.exponent = std::max(found.exponent, least_dfp_output(exponents));
    exponents.output = found.exponent;
  }
  const PostprocParams params =
      posit ? posit_params(options_.posit, exponents, offset, largest, where(index))
            : dfp_params(exponents, offset, where(index));
  values.postproc = {params};
  if (exponents.is_logits) {
    values.output = ElementType::kS32;
    found.exponent = logit_exponent(result_, exponents, params);
    out.rounded = std::move(sums);
  } else {
    values.output = posit ? input_type(result_) : layer.relu ? ElementType::kU8 : ElementType::kS8;
    out.rounded.resize(sums.size());
    const std::size_t elements = layer.out.elements();
    for_each_image([&](std::size_t image) {
      for (std::size_t e = image * elements; e < (image + 1) * elements; ++e) {
        const std::int32_t code = coder_.encode(sums[e], found.exponent, role);
        out.rounded[e] = static_cast<float>(coder_.decode(code, found.exponent));
      }
    });
  }
  out.exponent = found.exponent;
  values.output_exponent = found;
  // A linear layer's sums are over all pixels, the float network's over their mean.
  const double uses = layer.shared_kernel() ? static_cast<double>(layer.in.pixels()) : 1.0;
  values.output_scale = {std::ldexp(1.0, found.exponent) / uses};
}

}  // namespace absim::models
