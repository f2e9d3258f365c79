// SPDX-License-Identifier: Apache-2.0
// The walk: accumulators, statistics, fixed point, codes of the next layer.
#include "models/quantize/calibrator.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "models/core/parallel.hpp"
#include "models/quantize/pool_codes.hpp"

namespace absim::models {
namespace {

constexpr std::size_t kImagesPerChunk = 16;
constexpr std::size_t kScaleImages = 512;  // that an output's scale is chosen on
constexpr double kStreamHeadroom = 1.5;    // of a 16-bit stream over the largest value seen

/// True where a layer that multiplies reads the tensor, directly or through pooling.
bool feeds_products(const Graph& graph, const std::string& tensor) {
  return std::any_of(graph.layers.begin(), graph.layers.end(), [&](const Layer& layer) {
    return layer.input == tensor && (layer.has_weights() || feeds_products(graph, layer.name));
  });
}

bool is_pool(const Layer& layer) { return !layer.has_weights(); }

}  // namespace

ElementType output_type(const Graph& graph, std::size_t index) {
  const Layer& layer = graph.layers[index];
  if (is_pool(layer)) {
    const std::size_t from = producer(graph, layer.input);
    if (from == graph.layers.size()) return ElementType::kS8;
    return layer.input == graph.layers[from].name ? output_type(graph, from) : ElementType::kU8;
  }
  if (index + 1 == graph.layers.size()) return ElementType::kS32;
  if (layer.emits_activation) return ElementType::kS16;
  if (layer.relu) return ElementType::kU8;
  return feeds_products(graph, layer.name) ? ElementType::kS8 : ElementType::kS16;
}

Calibrator::Calibrator(const FloatNetwork& network, const ImageSet& images,
                       const QuantizeOptions& options, QuantizedNetwork& result)
    : network_(network),
      images_(images),
      options_(options),
      result_(result),
      table_(network.graph),
      tensors_(table_.size()),
      reference_(network.graph.layers.size()) {
  code_input();
  code_layers();
}

void Calibrator::code_input() {
  const std::size_t channels = images_.channels;
  Tensor& input = tensors_[0];
  input.scale = result_.input_scale;
  input.codes.resize(images_.pixels.size());
  for (std::size_t i = 0; i < input.codes.size(); ++i) {
    input.codes[i] = result_.input_codes[i % channels * 256 + images_.pixels[i]];
  }
}

void Calibrator::code_layers() {
  const std::size_t bits = options_.bits;
  for (std::size_t i = 0; i < network_.graph.layers.size(); ++i) {
    const Layer& layer = network_.graph.layers[i];
    LayerValues values;
    values.output = output_type(network_.graph, i);
    values.output_scale.resize(bits);
    CodedWeights coded;
    if (layer.has_weights()) {
      const FloatLayer& trained = network_.layers[i];
      coded = code_weights({trained.weights.data(), trained.weights.size()}, layer.out.channels,
                           options_, trained.weight_scale);
      values.codes.assign(coded.codes.begin(), coded.codes.end());
      values.weight_scale = coded.scale;
      values.postproc.resize(bits);
      if (layer.emits_activation) values.act_scale.resize(bits);
    }
    coded_.push_back(std::move(coded));
    result_.values.push_back(std::move(values));
  }
}

void Calibrator::run(const QuantizeProgress& progress) {
  const std::size_t layers = network_.graph.layers.size();
  std::size_t done = 0;
  for (unsigned t = options_.bits; t >= 1; --t) {
    for (std::size_t i = 0; i < layers; ++i) {
      if (is_pool(network_.graph.layers[i])) {
        run_pool(network_.graph.layers[i]);
      } else {
        run_layer(i, t);
      }
      result_.values[i].output_scale[t - 1] =
          tensors_[table_.index(network_.graph.layers[i].name)].scale;
      release(i);
      if (progress) progress(++done, layers * options_.bits);
    }
  }
}

/// Frees the tensors that no later layer reads.
void Calibrator::release(std::size_t index) {
  for (std::size_t i = 1; i < table_.size(); ++i) {
    if (table_[i].last_use == index) tensors_[i].codes = {};
  }
}

void Calibrator::for_each_image(std::size_t count,
                                const std::function<void(std::size_t image)>& visit) const {
  parallel_chunks(count, kImagesPerChunk, options_.threads,
                  [&](std::size_t begin, std::size_t end) {
                    for (std::size_t i = begin; i < end; ++i) visit(i);
                  });
}

Calibrator::Job Calibrator::make_job(std::size_t index, unsigned truncation) const {
  const Layer& layer = network_.graph.layers[index];
  Job job{index, truncation, &layer, table_.index(layer.input), {}, 0, 0};
  const CodedWeights& coded = coded_[index];
  const FloatLayer& trained = network_.layers[index];
  const std::vector<float>& learned = trained.length(truncation).alpha;
  std::vector<double> alpha(learned.begin(), learned.end());
  if (learned.empty()) {
    alpha.assign(1, 1.0);
    if (options_.alpha) {
      alpha = fit_alpha(trained.weights, layer.out.channels, coded, options_.format, options_.bits,
                        truncation);
    }
  }
  const auto of_channel = [](const std::vector<double>& values, std::size_t c) {
    return values[values.size() == 1 ? 0 : c];
  };
  for (std::size_t c = 0; c < layer.out.channels; ++c) {
    const double weight_step =
        std::ldexp(of_channel(alpha, c) * of_channel(coded.scale, c), -static_cast<int>(truncation));
    job.step.push_back(weight_step * tensors_[job.input].scale);
  }
  return job;
}

void Calibrator::accumulate(Job& job) {
  const Layer& layer = *job.layer;
  const CodedWeights& coded = coded_[job.index];
  std::vector<std::int32_t> weights;
  for (const std::uint8_t code : coded.codes) {
    weights.push_back(truncated_weight(options_.format, options_.bits, job.truncation, code));
  }
  const std::size_t row = weights.size() / layer.out.channels;
  const std::uint64_t pixels = layer.shared_kernel() ? layer.in.pixels() : 1;
  job.bound = 0;
  for (std::size_t c = 0; c < layer.out.channels; ++c) {
    std::uint64_t magnitude = 0;
    for (std::size_t i = c * row; i < (c + 1) * row; ++i)
      magnitude += static_cast<std::uint64_t>(std::abs(weights[i]));
    job.bound = std::max(job.bound, magnitude * 255 * pixels);
  }
  if (job.bound > static_cast<std::uint64_t>(highest(ElementType::kS32))) {
    throw ConfigError(result_.graph.name + ": layer " + layer.name + ": accumulators reach " +
                      std::to_string(job.bound) + "; 32 bits are allowed");
  }
  const LayerAccumulator accumulator(layer, weights);
  job.elements = accumulator.shape().elements();
  const std::size_t inputs = layer.in.elements();
  sums_.resize(images_.count * job.elements);
  const std::int16_t* in = tensors_[job.input].codes.data();
  parallel_chunks(images_.count, kImagesPerChunk, options_.threads,
                  [&](std::size_t begin, std::size_t end) {
                    LayerAccumulator::Scratch scratch;
                    for (std::size_t i = begin; i < end; ++i) {
                      accumulator.run({in + i * inputs, inputs},
                                      {sums_.data() + i * job.elements, job.elements}, scratch);
                    }
                  });
}

/// Adds up the pixels of a kLinear layer, in place: from here on its accumulators are those of the
/// core, and one step is worth a pixel's share.
void Calibrator::reduce_pixels(Job& job) {
  const std::size_t outputs = job.layer->out.channels;
  const std::size_t pixels = job.elements / outputs;
  for (std::size_t i = 0; i < images_.count; ++i) {
    const std::int32_t* from = sums_.data() + i * job.elements;
    std::vector<std::int32_t> total(outputs, 0);
    for (std::size_t p = 0; p < pixels; ++p) {
      for (std::size_t c = 0; c < outputs; ++c) total[c] += from[p * outputs + c];
    }
    std::copy(total.begin(), total.end(), sums_.begin() + static_cast<std::ptrdiff_t>(i * outputs));
  }
  job.elements = outputs;
  for (double& step : job.step) step /= static_cast<double>(pixels);
}

ChannelStatistics Calibrator::accumulator_statistics(const Job& job) const {
  ChannelStatistics total(job.layer->out.channels);
  std::mutex mutex;
  parallel_chunks(
      images_.count, kImagesPerChunk, options_.threads, [&](std::size_t begin, std::size_t end) {
        ChannelStatistics part(job.layer->out.channels);
        part.add({sums_.data() + begin * job.elements, (end - begin) * job.elements}, job.bound);
        const std::lock_guard<std::mutex> lock(mutex);
        total.merge(part);
      });
  return total;
}

/// Which element of the residual's tensor each output element takes; -1: none.
void Calibrator::map_residual(const Job& job) {
  const Layer& layer = *job.layer;
  residual_.assign(layer.out.elements(), -1);
  residual_tensor_ = 0;  // any tensor that is there
  if (!layer.residual) return;
  residual_tensor_ = table_.index(layer.residual->tensor);
  const MapShape& shape = table_[residual_tensor_].shape;
  for (std::size_t i = 0; i < residual_.size(); ++i) {
    const std::size_t c = i % layer.out.channels - layer.residual->channel_offset;
    const std::size_t x = i / layer.out.channels % layer.out.width * layer.residual->stride;
    const std::size_t y = i / layer.out.channels / layer.out.width * layer.residual->stride;
    if (c >= shape.channels) continue;  // below the offset it has wrapped around
    residual_[i] = static_cast<std::ptrdiff_t>((y * shape.width + x) * shape.channels + c);
  }
}

/// Pooling of codes; the scale stays.
void Calibrator::run_pool(const Layer& layer) {
  const Tensor& from = tensors_[table_.index(layer.input)];
  Tensor& to = tensors_[table_.index(layer.name)];
  to.scale = from.scale;
  to.codes.resize(images_.count * layer.out.elements());
  for_each_image(images_.count, [&](std::size_t image) {
    pool_codes(layer, from.codes.data() + image * layer.in.elements(),
               to.codes.data() + image * layer.out.elements());
  });
}

void Calibrator::run_layer(std::size_t index, unsigned truncation) {
  Job job = make_job(index, truncation);
  const Layer& layer = *job.layer;
  LayerValues& values = result_.values[index];
  accumulate(job);
  RealPostproc real = real_gains(job);
  map_residual(job);
  const double scale = choose_scale(job, real, values.output);
  for (std::size_t c = 0; c < layer.out.channels; ++c) {
    real.gain[c] /= scale;
    real.offset[c] /= scale;
  }
  if (layer.residual) real.residual_gain = tensors_[residual_tensor_].scale / scale;
  const FixedPostproc fixed = to_fixed_point(real, result_.graph.name + ": layer " + layer.name);
  PostprocParams& params = values.postproc[truncation - 1];
  params.multiplier = fixed.multiplier;
  params.offset = fixed.offset;
  params.residual_gain = fixed.residual_gain;
  params.shift = fixed.shift;
  Tensor& out = tensors_[table_.index(layer.name)];
  out.scale = scale;
  if (values.output == ElementType::kS32) return;  // logits: nothing reads them
  post_process(job, fixed, values.output, out);
  if (layer.emits_activation) second_output(job, params);
}

/// Value of one output step.
double Calibrator::choose_scale(const Job& job, const RealPostproc& real, ElementType type) const {
  if (type == ElementType::kS32) {
    // Logits keep the accumulators' resolution: the largest multiplier is the largest that there
    // is.
    double largest = 0.0;
    for (const double gain : real.gain) largest = std::max(largest, std::fabs(gain));
    return largest > 0.0 ? largest : 1.0;
  }
  const std::size_t count = std::min(images_.count, kScaleImages);
  const std::size_t channels = job.layer->out.channels;
  const Tensor& residual = tensors_[residual_tensor_];
  const std::size_t residual_elements = table_[residual_tensor_].shape.elements();
  const auto magnitude = [&](std::size_t image, std::size_t element) {
    const std::size_t c = element % channels;
    double value =
        real.gain[c] * (sums_[image * job.elements + element] - real.centre[c]) + real.offset[c];
    if (residual_[element] >= 0) {
      value +=
          residual.scale *
          residual.codes[image * residual_elements + static_cast<std::size_t>(residual_[element])];
    }
    return type == ElementType::kU8 ? std::max(0.0, value) : std::fabs(value);
  };
  return scale_of(count, job.elements, type, magnitude);
}

double Calibrator::scale_of(
    std::size_t images, std::size_t elements, ElementType type,
    const std::function<double(std::size_t, std::size_t)>& magnitude) const {
  std::mutex mutex;
  double largest = 0.0;
  for_each_image(images, [&](std::size_t image) {
    double local = 0.0;
    for (std::size_t e = 0; e < elements; ++e) local = std::max(local, magnitude(image, e));
    const std::lock_guard<std::mutex> lock(mutex);
    largest = std::max(largest, local);
  });
  if (largest == 0.0) return 1.0;
  const auto levels = static_cast<double>(highest(type));
  if (type == ElementType::kS16) return kStreamHeadroom * largest / levels;
  Histogram total(largest);
  for_each_image(images, [&](std::size_t image) {
    Histogram local(largest);
    for (std::size_t e = 0; e < elements; ++e) local.add(magnitude(image, e));
    const std::lock_guard<std::mutex> lock(mutex);
    total.merge(local);
  });
  return total.best_clip(static_cast<unsigned>(levels)) / levels;
}

void Calibrator::post_process(const Job& job, const FixedPostproc& fixed, ElementType type,
                              Tensor& out) const {
  const std::size_t channels = job.layer->out.channels;
  const Tensor& residual = tensors_[residual_tensor_];
  const std::size_t residual_elements = table_[residual_tensor_].shape.elements();
  const std::int64_t low = lowest(type);
  const std::int64_t high = highest(type);
  out.codes.resize(images_.count * job.elements);
  for_each_image(images_.count, [&](std::size_t image) {
    const std::int32_t* sums = sums_.data() + image * job.elements;
    const std::int16_t* from = residual.codes.data() + image * residual_elements;
    std::int16_t* to = out.codes.data() + image * job.elements;
    for (std::size_t e = 0; e < job.elements; ++e) {
      const std::int64_t r = residual_[e] < 0 ? 0 : from[residual_[e]];
      to[e] =
          static_cast<std::int16_t>(std::clamp(fixed.apply(e % channels, sums[e], r), low, high));
    }
  });
}

/// Batch norm and ReLU of a residual stream.
void Calibrator::second_output(const Job& job, PostprocParams& params) {
  const Layer& layer = *job.layer;
  const std::size_t channels = layer.out.channels;
  const Tensor& stream = tensors_[table_.index(layer.name)];
  sums_.assign(stream.codes.begin(), stream.codes.end());
  Job second = job;
  second.step.assign(channels, stream.scale);
  second.bound = static_cast<std::uint64_t>(highest(ElementType::kS16)) + 1;
  const FloatLayer& trained = network_.layers[job.index];
  const LengthValues& own = trained.length(job.truncation);
  const std::optional<BatchNorm>& bn =
      own.act_batch_norm ? own.act_batch_norm : trained.act_batch_norm;
  RealPostproc real =
      bn ? batch_norm_gains(second, *bn, {}, accumulator_statistics(second))
         : RealPostproc{second.step, std::vector<double>(channels), std::vector<double>(channels)};
  std::fill(residual_.begin(), residual_.end(), -1);
  residual_tensor_ = 0;
  const double scale = choose_scale(second, real, ElementType::kU8);
  for (std::size_t c = 0; c < channels; ++c) {
    real.gain[c] /= scale;
    real.offset[c] /= scale;
  }
  const FixedPostproc fixed =
      to_fixed_point(real, result_.graph.name + ": layer " + layer.name + ".act");
  params.act_multiplier = fixed.multiplier;
  params.act_offset = fixed.offset;
  params.act_shift = fixed.shift;
  Tensor& act = tensors_[table_.index(layer.name + ".act")];
  act.scale = scale;
  result_.values[job.index].act_scale[job.truncation - 1] = scale;
  post_process(second, fixed, ElementType::kU8, act);
}

}  // namespace absim::models
