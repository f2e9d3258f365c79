// SPDX-License-Identifier: Apache-2.0
// Two 16-bit products per 32-bit lane, in blocks of 4 pixels by 16 channels; a kernel row is one
// contiguous run of the padded NHWC map. Integer sums: every path gives the same bits.
#include "models/quantize/accumulate.hpp"

#include <cstring>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace absim::models {
namespace {

constexpr std::size_t kBlock = 16;  // channels

struct RowJob {
  const std::int16_t* input;
  std::size_t row_step;    // elements between kernel rows
  std::size_t pixel_step;  // elements between windows
  std::size_t kernel_rows;
  std::size_t pairs;  // (run + 1) / 2; the weight behind an odd run is zero
  const std::int16_t* weights;
  std::size_t channels;  // multiple of kBlock
  std::size_t pixels;
  std::int32_t* out;  // [pixels][channels]
};

void block_portable(const RowJob& job, const std::int16_t* input, const std::int16_t* weights,
                    std::int32_t* out) {
  std::int32_t sum[kBlock] = {};
  for (std::size_t row = 0; row < job.kernel_rows; ++row) {
    const std::int16_t* a = input + row * job.row_step;
    for (std::size_t k = 0; k < job.pairs; ++k, weights += 2 * kBlock) {
      for (std::size_t c = 0; c < kBlock; ++c) {
        sum[c] += a[2 * k] * weights[2 * c] + a[2 * k + 1] * weights[2 * c + 1];
      }
    }
  }
  std::memcpy(out, sum, sizeof sum);
}

void row_portable(const RowJob& job) {
  const std::size_t block = job.kernel_rows * job.pairs * 2 * kBlock;
  for (std::size_t c = 0; c < job.channels; c += kBlock) {
    for (std::size_t p = 0; p < job.pixels; ++p) {
      block_portable(job, job.input + p * job.pixel_step, job.weights + c / kBlock * block,
                     job.out + p * job.channels + c);
    }
  }
}

#if defined(__x86_64__)
template <std::size_t P>
__attribute__((target("avx2"), always_inline)) inline void block_avx2(const RowJob& job,
                                                                      const std::int16_t* input,
                                                                      const std::int16_t* weights,
                                                                      std::int32_t* out) {
  __m256i low[P];
  __m256i high[P];
  for (std::size_t p = 0; p < P; ++p) low[p] = high[p] = _mm256_setzero_si256();
  for (std::size_t row = 0; row < job.kernel_rows; ++row) {
    const std::int16_t* a = input + row * job.row_step;
    for (std::size_t k = 0; k < job.pairs; ++k, weights += 2 * kBlock) {
      const __m256i w0 = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights));
      const __m256i w1 = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights + kBlock));
      for (std::size_t p = 0; p < P; ++p) {
        std::int32_t pair = 0;
        std::memcpy(&pair, a + p * job.pixel_step + 2 * k, sizeof pair);
        const __m256i both = _mm256_set1_epi32(pair);
        low[p] = _mm256_add_epi32(low[p], _mm256_madd_epi16(both, w0));
        high[p] = _mm256_add_epi32(high[p], _mm256_madd_epi16(both, w1));
      }
    }
  }
  for (std::size_t p = 0; p < P; ++p) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + p * job.channels), low[p]);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + p * job.channels + kBlock / 2), high[p]);
  }
}

__attribute__((target("avx2"))) void row_avx2(const RowJob& job) {
  const std::size_t block = job.kernel_rows * job.pairs * 2 * kBlock;
  for (std::size_t c = 0; c < job.channels; c += kBlock) {
    const std::int16_t* weights = job.weights + c / kBlock * block;
    std::size_t p = 0;
    for (; p + 4 <= job.pixels; p += 4) {
      block_avx2<4>(job, job.input + p * job.pixel_step, weights, job.out + p * job.channels + c);
    }
    for (; p < job.pixels; ++p) {
      block_avx2<1>(job, job.input + p * job.pixel_step, weights, job.out + p * job.channels + c);
    }
  }
}
#endif

void run_row(const RowJob& job) {
#if defined(__x86_64__)
  static const bool avx2 = __builtin_cpu_supports("avx2") != 0;
  if (avx2) return row_avx2(job);
#endif
  row_portable(job);
}

/// A kLinear layer as a 1x1 convolution on its input's pixels.
Layer pointwise(Layer layer) {
  if (!layer.shared_kernel()) return layer;
  layer.op = LayerOp::kConv;
  layer.kernel_h = layer.kernel_w = layer.stride = 1;
  layer.pad = {};
  layer.out = {layer.in.height, layer.in.width, layer.out.channels};
  return layer;
}

}  // namespace

LayerAccumulator::LayerAccumulator(const Layer& layer, const std::vector<std::int32_t>& weights)
    : layer_(pointwise(layer)),
      shape_(layer_.out),
      padded_channels_((shape_.channels + kBlock - 1) / kBlock * kBlock) {
  const std::size_t run = layer_.kernel_w * layer_.in.channels;
  const std::size_t pairs = (run + 1) / 2;
  const std::size_t block = layer_.kernel_h * pairs * 2 * kBlock;
  packed_.assign(padded_channels_ / kBlock * block, 0);
  for (std::size_t o = 0; o < shape_.channels; ++o) {
    for (std::size_t row = 0; row < layer_.kernel_h; ++row) {
      for (std::size_t k = 0; k < run; ++k) {
        const std::size_t at =
            o / kBlock * block + ((row * pairs + k / 2) * kBlock + o % kBlock) * 2 + k % 2;
        packed_[at] = static_cast<std::int16_t>(weights[(o * layer_.kernel_h + row) * run + k]);
      }
    }
  }
}

void LayerAccumulator::run(Span<const std::int16_t> in, Span<std::int32_t> out,
                           Scratch& scratch) const {
  ABSIM_CHECK(in.size() == layer_.in.elements() && out.size() == shape_.elements(),
              "maps must fit the layer");
  const std::size_t channels = layer_.in.channels;
  const std::size_t row = layer_.in.width * channels;
  const std::size_t padded_row = (layer_.in.width + layer_.pad.left + layer_.pad.right) * channels;
  const std::size_t rows = layer_.in.height + layer_.pad.top + layer_.pad.bottom;
  scratch.padded.assign(rows * padded_row + 1, 0);  // one more: the pair behind an odd run
  for (std::size_t y = 0; y < layer_.in.height; ++y) {
    std::memcpy(
        scratch.padded.data() + (y + layer_.pad.top) * padded_row + layer_.pad.left * channels,
        in.data() + y * row, row * sizeof(std::int16_t));
  }
  const bool direct = padded_channels_ == shape_.channels;
  if (!direct) scratch.sums.resize(shape_.width * padded_channels_);
  RowJob job{};
  job.row_step = padded_row;
  job.pixel_step = layer_.stride * channels;
  job.kernel_rows = layer_.kernel_h;
  job.pairs = (layer_.kernel_w * channels + 1) / 2;
  job.weights = packed_.data();
  job.channels = padded_channels_;
  job.pixels = shape_.width;
  for (std::size_t y = 0; y < shape_.height; ++y) {
    job.input = scratch.padded.data() + y * layer_.stride * padded_row;
    std::int32_t* to = out.data() + y * shape_.width * shape_.channels;
    job.out = direct ? to : scratch.sums.data();
    run_row(job);
    if (direct) continue;
    for (std::size_t x = 0; x < shape_.width; ++x) {
      std::memcpy(to + x * shape_.channels, scratch.sums.data() + x * padded_channels_,
                  shape_.channels * sizeof(std::int32_t));
    }
  }
}

}  // namespace absim::models
