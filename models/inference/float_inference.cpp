// SPDX-License-Identifier: Apache-2.0
// fp32 inference, NHWC: a convolution is, for each kernel row, a product of contiguous window runs
// with packed weights, in register blocks of kPixelBlock pixels by kChannelBlock channels.
#include "models/inference/float_inference.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <mutex>
#include <utility>

#include "models/core/parallel.hpp"
#include "models/inference/tensor_table.hpp"

namespace absim::models {
namespace {

constexpr std::size_t kChannelBlock = 16;
constexpr std::size_t kPixelBlock = 4;
constexpr std::size_t kImagesPerChunk = 32;

using Vec = float __attribute__((vector_size(32), aligned(4)));  // 8 floats, any address
constexpr std::size_t kVecFloats = 8;
constexpr std::size_t kBlockVecs = kChannelBlock / kVecFloats;

/// One output row of a convolution, all pointers into padded maps.
struct RowJob {
  const float* input;      // first window of the row
  std::size_t row_step;    // floats between kernel rows
  std::size_t pixel_step;  // floats between windows
  std::size_t kernel_rows;
  std::size_t run;       // floats of one kernel row: Kw * Cin, contiguous
  const float* weights;  // [channel block][kernel row][run][kChannelBlock]
  std::size_t channels;  // padded to kChannelBlock
  std::size_t pixels;
  float* out;  // [pixels][channels]
};

template <std::size_t P>
__attribute__((always_inline)) inline void block_kernel(const RowJob& job, const float* input,
                                                        const float* weights, float* out) {
  Vec sum[P][kBlockVecs] = {};
  for (std::size_t row = 0; row < job.kernel_rows; ++row) {
    const float* a = input + row * job.row_step;
    for (std::size_t k = 0; k < job.run; ++k, weights += kChannelBlock) {
      for (std::size_t v = 0; v < kBlockVecs; ++v) {
        const Vec w = *reinterpret_cast<const Vec*>(weights + v * kVecFloats);
        for (std::size_t p = 0; p < P; ++p) sum[p][v] += a[p * job.pixel_step + k] * w;
      }
    }
  }
  for (std::size_t p = 0; p < P; ++p) {
    for (std::size_t v = 0; v < kBlockVecs; ++v) {
      *reinterpret_cast<Vec*>(out + p * job.channels + v * kVecFloats) = sum[p][v];
    }
  }
}

__attribute__((always_inline)) inline void row_body(const RowJob& job) {
  const std::size_t block_floats = job.kernel_rows * job.run * kChannelBlock;
  const float* weights = job.weights;
  for (std::size_t c = 0; c < job.channels; c += kChannelBlock, weights += block_floats) {
    std::size_t p = 0;
    for (; p + kPixelBlock <= job.pixels; p += kPixelBlock) {
      block_kernel<kPixelBlock>(job, job.input + p * job.pixel_step, weights,
                                job.out + p * job.channels + c);
    }
    for (; p + 2 <= job.pixels; p += 2) {
      block_kernel<2>(job, job.input + p * job.pixel_step, weights, job.out + p * job.channels + c);
    }
    for (; p < job.pixels; ++p) {
      block_kernel<1>(job, job.input + p * job.pixel_step, weights, job.out + p * job.channels + c);
    }
  }
}

using RowKernel = void (*)(const RowJob&);

void row_portable(const RowJob& job) { row_body(job); }
#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) void row_avx2(const RowJob& job) { row_body(job); }
#endif

RowKernel best_row_kernel() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return row_avx2;
#endif
  return row_portable;
}

/// y * gain + offset, per channel.
struct Affine {
  std::vector<float> gain;
  std::vector<float> offset;
};

Affine fold(const BatchNorm& bn, const std::vector<float>& bias, double epsilon) {
  Affine affine;
  for (std::size_t c = 0; c < bn.gamma.size(); ++c) {
    const double gain = bn.gamma[c] / std::sqrt(static_cast<double>(bn.variance[c]) + epsilon);
    const double shift = (bias.empty() ? 0.0 : bias[c]) - static_cast<double>(bn.mean[c]);
    affine.gain.push_back(static_cast<float>(gain));
    affine.offset.push_back(static_cast<float>(bn.beta[c] + gain * shift));
  }
  return affine;
}

struct PreparedLayer {
  Layer layer;
  std::size_t input = 0;  // tensor indices
  std::size_t output = 0;
  std::size_t residual = 0;  // valid where layer.residual
  MapShape residual_shape;
  std::size_t act = 0;  // valid where layer.emits_activation
  std::size_t padded_channels = 0;
  std::vector<float> packed;  // see RowJob::weights
  Affine affine;
  Affine act_affine;
};

std::vector<float> pack(const std::vector<float>& weights, std::size_t outputs,
                        std::size_t products) {
  const std::size_t blocks = (outputs + kChannelBlock - 1) / kChannelBlock;
  std::vector<float> packed(blocks * products * kChannelBlock, 0.0F);
  for (std::size_t o = 0; o < outputs; ++o) {
    float* block =
        packed.data() + (o / kChannelBlock) * products * kChannelBlock + o % kChannelBlock;
    for (std::size_t k = 0; k < products; ++k) block[k * kChannelBlock] = weights[o * products + k];
  }
  return packed;
}

/// The tensors of one image in flight and scratch space; one per thread.
struct Workspace {
  std::vector<std::vector<float>> tensors;
  std::vector<float> padded;
  std::vector<float> sums;
};

/// The layer's input with its padding, as far as the windows reach.
void pad_input(const PreparedLayer& prepared, const std::vector<float>& in,
               std::vector<float>& padded) {
  const Layer& layer = prepared.layer;
  const std::size_t row = layer.in.width * layer.in.channels;
  const std::size_t padded_row =
      (layer.in.width + layer.pad.left + layer.pad.right) * layer.in.channels;
  const std::size_t rows = layer.in.height + layer.pad.top + layer.pad.bottom;
  padded.assign(rows * padded_row, 0.0F);
  for (std::size_t y = 0; y < layer.in.height; ++y) {
    std::memcpy(
        padded.data() + (y + layer.pad.top) * padded_row + layer.pad.left * layer.in.channels,
        in.data() + y * row, row * sizeof(float));
  }
}

void convolve(const PreparedLayer& prepared, RowKernel kernel, Workspace& work) {
  const Layer& layer = prepared.layer;
  pad_input(prepared, work.tensors[prepared.input], work.padded);
  const std::size_t padded_row =
      (layer.in.width + layer.pad.left + layer.pad.right) * layer.in.channels;
  work.sums.resize(layer.out.pixels() * prepared.padded_channels);
  RowJob job{};
  job.row_step = padded_row;
  job.pixel_step = layer.stride * layer.in.channels;
  job.kernel_rows = layer.kernel_h;
  job.run = layer.kernel_w * layer.in.channels;
  job.weights = prepared.packed.data();
  job.channels = prepared.padded_channels;
  job.pixels = layer.out.width;
  for (std::size_t y = 0; y < layer.out.height; ++y) {
    job.input = work.padded.data() + y * layer.stride * padded_row;
    job.out = work.sums.data() + y * layer.out.width * prepared.padded_channels;
    kernel(job);
  }
}

/// Global average, then one product with the weights.
void linear(const PreparedLayer& prepared, RowKernel kernel, Workspace& work) {
  const std::vector<float>& in = work.tensors[prepared.input];
  const std::size_t channels = prepared.layer.in.channels;
  const std::size_t pixels = prepared.layer.in.pixels();
  work.padded.assign(channels, 0.0F);
  for (std::size_t i = 0; i < pixels; ++i) {
    for (std::size_t c = 0; c < channels; ++c) work.padded[c] += in[i * channels + c];
  }
  for (float& v : work.padded) v /= static_cast<float>(pixels);
  work.sums.resize(prepared.padded_channels);
  RowJob job{};
  job.input = work.padded.data();
  job.kernel_rows = 1;
  job.run = channels;
  job.weights = prepared.packed.data();
  job.channels = prepared.padded_channels;
  job.pixels = 1;
  job.out = work.sums.data();
  kernel(job);
}

void add_residual(const PreparedLayer& prepared, const std::vector<float>& residual,
                  std::vector<float>& out) {
  const Layer& layer = prepared.layer;
  const MapShape& shape = prepared.residual_shape;
  const std::size_t first = layer.residual->channel_offset;
  const std::size_t last = std::min(layer.out.channels, first + shape.channels);
  for (std::size_t y = 0; y < layer.out.height; ++y) {
    for (std::size_t x = 0; x < layer.out.width; ++x) {
      const std::size_t pixel =
          y * layer.residual->stride * shape.width + x * layer.residual->stride;
      const float* from = residual.data() + pixel * shape.channels;
      float* to = out.data() + (y * layer.out.width + x) * layer.out.channels;
      for (std::size_t c = first; c < last; ++c) to[c] += from[c - first];
    }
  }
}

/// Batch norm, bias, residual, ReLU, and the second output.
void finish(const PreparedLayer& prepared, Workspace& work) {
  const Layer& layer = prepared.layer;
  const std::size_t channels = layer.out.channels;
  std::vector<float>& out = work.tensors[prepared.output];
  out.resize(layer.out.elements());
  for (std::size_t i = 0; i < layer.out.pixels(); ++i) {
    const float* sums = work.sums.data() + i * prepared.padded_channels;
    for (std::size_t c = 0; c < channels; ++c) {
      out[i * channels + c] = sums[c] * prepared.affine.gain[c] + prepared.affine.offset[c];
    }
  }
  if (layer.residual) add_residual(prepared, work.tensors[prepared.residual], out);
  if (layer.relu) {
    for (float& v : out) v = std::max(v, 0.0F);
  }
  if (layer.emits_activation) {
    std::vector<float>& act = work.tensors[prepared.act];
    act.resize(out.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::size_t c = i % channels;
      act[i] = std::max(out[i] * prepared.act_affine.gain[c] + prepared.act_affine.offset[c], 0.0F);
    }
  }
}

/// Maximum or mean over the window's pixels that lie inside the map.
void pool(const PreparedLayer& prepared, Workspace& work) {
  const Layer& layer = prepared.layer;
  const std::vector<float>& in = work.tensors[prepared.input];
  std::vector<float>& out = work.tensors[prepared.output];
  const bool maximum = layer.op == LayerOp::kMaxPool;
  const std::size_t channels = layer.in.channels;
  out.assign(layer.out.elements(), maximum ? -std::numeric_limits<float>::infinity() : 0.0F);
  for (std::size_t y = 0; y < layer.out.height; ++y) {
    for (std::size_t x = 0; x < layer.out.width; ++x) {
      float* to = out.data() + (y * layer.out.width + x) * channels;
      std::size_t inside = 0;
      for (std::size_t k = 0; k < layer.kernel_h * layer.kernel_w; ++k) {
        const std::size_t iy = y * layer.stride + k / layer.kernel_w - layer.pad.top;
        const std::size_t ix = x * layer.stride + k % layer.kernel_w - layer.pad.left;
        if (iy >= layer.in.height || ix >= layer.in.width) continue;  // negative ones wrap around
        ++inside;
        const float* from = in.data() + (iy * layer.in.width + ix) * channels;
        for (std::size_t c = 0; c < channels; ++c)
          to[c] = maximum ? std::max(to[c], from[c]) : to[c] + from[c];
      }
      if (!maximum) {
        for (std::size_t c = 0; c < channels; ++c) to[c] /= static_cast<float>(inside);
      }
    }
  }
}

PreparedLayer prepare(const FloatNetwork& network, std::size_t index, const TensorTable& table) {
  PreparedLayer prepared;
  prepared.layer = network.graph.layers[index];
  const Layer& layer = prepared.layer;
  const FloatLayer& values = network.layers[index];
  const double epsilon = network.graph.bn_epsilon;
  prepared.input = table.index(layer.input);
  prepared.output = table.index(layer.name);
  if (layer.residual) {
    prepared.residual = table.index(layer.residual->tensor);
    prepared.residual_shape = table[prepared.residual].shape;
  }
  if (layer.emits_activation) prepared.act = table.index(layer.name + ".act");
  if (!layer.has_weights()) return prepared;
  const std::size_t outputs = layer.out.channels;
  prepared.padded_channels = (outputs + kChannelBlock - 1) / kChannelBlock * kChannelBlock;
  prepared.packed = pack(values.weights, outputs, layer.weight_count() / outputs);
  if (values.batch_norm) {
    prepared.affine = fold(*values.batch_norm, values.bias, epsilon);
  } else {
    prepared.affine.gain.assign(outputs, 1.0F);
    prepared.affine.offset = values.bias.empty() ? std::vector<float>(outputs, 0.0F) : values.bias;
  }
  if (values.act_batch_norm) {
    prepared.act_affine = fold(*values.act_batch_norm, {}, epsilon);
  } else {
    prepared.act_affine = {std::vector<float>(outputs, 1.0F), std::vector<float>(outputs, 0.0F)};
  }
  return prepared;
}

/// Normalised value of each pixel value, [channels][256].
std::vector<float> input_table(const FloatNetwork& network) {
  const InputSpec& input = network.graph.input;
  std::vector<float> table;
  for (std::size_t c = 0; c < input.shape.channels; ++c) {
    for (int pixel = 0; pixel < 256; ++pixel) {
      table.push_back(static_cast<float>(normalised_input(network, c, pixel)));
    }
  }
  return table;
}

}  // namespace

double normalised_input(const FloatNetwork& network, std::size_t channel, int pixel) {
  const InputSpec& input = network.graph.input;
  const double mean = input.mean.empty() ? 0.0 : input.mean[channel];
  const double std_dev = input.std_dev.empty() ? 1.0 : input.std_dev[channel];
  double value = (pixel * input.pixel_scale - mean) / std_dev;
  if (network.input_batch_norm) {
    const BatchNorm& bn = *network.input_batch_norm;
    const double gain = bn.gamma[channel] / std::sqrt(static_cast<double>(bn.variance[channel]) +
                                                      network.graph.bn_epsilon);
    value = (value - static_cast<double>(bn.mean[channel])) * gain +
            static_cast<double>(bn.beta[channel]);
  }
  return value;
}

struct FloatInference::Impl {
  explicit Impl(const FloatNetwork& network)
      : table(network.graph),
        input_shape(network.graph.input.shape),
        classes(network.graph.layers.back().out.elements()),
        pixel_values(input_table(network)),
        kernel(best_row_kernel()) {
    for (std::size_t i = 0; i < network.graph.layers.size(); ++i)
      layers.push_back(prepare(network, i, table));
  }

  [[nodiscard]] Workspace make_workspace() const {
    Workspace work;
    work.tensors.resize(table.size());
    return work;
  }

  void run(const std::uint8_t* pixels, Workspace& work) const {
    std::vector<float>& input = work.tensors[0];
    input.resize(input_shape.elements());
    for (std::size_t i = 0; i < input.size(); ++i) {
      input[i] = pixel_values[i % input_shape.channels * 256 + pixels[i]];
    }
    for (const PreparedLayer& prepared : layers) {
      switch (prepared.layer.op) {
        case LayerOp::kConv:
          convolve(prepared, kernel, work);
          finish(prepared, work);
          break;
        case LayerOp::kLinear:
          linear(prepared, kernel, work);
          finish(prepared, work);
          break;
        case LayerOp::kMaxPool:
        case LayerOp::kAvgPool:
          pool(prepared, work);
          break;
      }
    }
  }

  TensorTable table;
  MapShape input_shape;
  std::size_t classes;
  std::vector<float> pixel_values;
  RowKernel kernel;
  std::vector<PreparedLayer> layers;
};

FloatInference::FloatInference(const FloatNetwork& network)
    : impl_(std::make_unique<Impl>(network)) {}
FloatInference::~FloatInference() = default;
FloatInference::FloatInference(FloatInference&&) noexcept = default;
FloatInference& FloatInference::operator=(FloatInference&&) noexcept = default;

std::size_t FloatInference::classes() const { return impl_->classes; }

std::vector<float> FloatInference::logits(Span<const std::uint8_t> pixels,
                                          std::size_t count) const {
  const std::size_t image_bytes = impl_->input_shape.elements();
  ABSIM_CHECK(pixels.size() == count * image_bytes, "the pixels must fill the images");
  std::vector<float> out;
  out.reserve(count * impl_->classes);
  Workspace work = impl_->make_workspace();
  for (std::size_t i = 0; i < count; ++i) {
    impl_->run(pixels.data() + i * image_bytes, work);
    const std::vector<float>& last = work.tensors[impl_->layers.back().output];
    out.insert(out.end(), last.begin(), last.end());
  }
  return out;
}

std::map<std::string, std::vector<float>> FloatInference::tensors(
    Span<const std::uint8_t> pixels) const {
  ABSIM_CHECK(pixels.size() == impl_->input_shape.elements(), "the pixels must fill one image");
  Workspace work = impl_->make_workspace();
  impl_->run(pixels.data(), work);
  std::map<std::string, std::vector<float>> out;
  for (std::size_t i = 0; i < impl_->table.size(); ++i)
    out[impl_->table[i].name] = std::move(work.tensors[i]);
  return out;
}

namespace {

/// Classes that beat `label`: a higher logit, or an equal one of a lower class.
std::size_t rank_of(const float* logits, std::size_t classes, std::size_t label) {
  std::size_t rank = 0;
  for (std::size_t c = 0; c < classes; ++c) {
    if (logits[c] > logits[label] || (c < label && logits[c] >= logits[label])) ++rank;
  }
  return rank;
}

}  // namespace

Accuracy evaluate(const FloatInference& inference, const ImageSet& images, unsigned threads,
                  const std::function<void(std::size_t done)>& progress) {
  const std::size_t classes = inference.classes();
  Accuracy total;
  total.images = images.count;
  std::size_t done = 0;
  std::mutex mutex;
  parallel_chunks(images.count, kImagesPerChunk, threads, [&](std::size_t begin, std::size_t end) {
    const Span<const std::uint8_t> pixels(images.pixels.data() + begin * images.image_bytes(),
                                          (end - begin) * images.image_bytes());
    const std::vector<float> logits = inference.logits(pixels, end - begin);
    Accuracy part;
    for (std::size_t i = begin; i < end; ++i) {
      const std::int32_t label = images.labels[i];
      if (label < 0 || static_cast<std::size_t>(label) >= classes) {
        throw FormatError("image " + std::to_string(i) + ": label " + std::to_string(label) +
                          "; 0 to " + std::to_string(classes - 1) + " are allowed");
      }
      const std::size_t rank =
          rank_of(logits.data() + (i - begin) * classes, classes, static_cast<std::size_t>(label));
      part.top1 += rank < 1 ? 1U : 0U;
      part.top5 += rank < 5 ? 1U : 0U;
    }
    const std::lock_guard<std::mutex> lock(mutex);
    total.top1 += part.top1;
    total.top5 += part.top5;
    done += end - begin;
    if (progress) progress(done);
  });
  return total;
}

}  // namespace absim::models
