// SPDX-License-Identifier: Apache-2.0
// AVX2: 16-bit activations and weights, two products per 32-bit lane (vpmaddwd).
#include "models/inference/kernels/kernel.hpp"

#if defined(__AVX2__)
#include <immintrin.h>

#include "models/inference/kernels/conv_loop.hpp"
#include "models/inference/kernels/finish_avx2.hpp"
#include "models/inference/kernels/winograd.hpp"

namespace absim::models::fast {
namespace {

struct Avx2 {
  using Act = std::int16_t;
  using Weight = std::int16_t;
  using Acc = __m256i;
  using Acts = __m256i;
  using Weights = __m256i;
  static constexpr int kGroup = 2;
  static constexpr int kLanes = 8;
  static constexpr int kPixels = 4;
  static constexpr int kVectors = 2;

  static Acc zero() { return _mm256_setzero_si256(); }
  static Weights load(const Weight* w) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(w));
  }
  static Acts broadcast(const Act* a) {
    std::int32_t pair = 0;
    __builtin_memcpy(&pair, a, sizeof pair);
    return _mm256_set1_epi32(pair);
  }
  static Acc dot(Acc acc, Acts a, Weights w) {
    return _mm256_add_epi32(acc, _mm256_madd_epi16(a, w));
  }
  static void store(std::int32_t* to, Acc acc) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), acc);
  }

  template <int kCount>
  static void finish(const ConvTask& task, const std::int32_t* pixel, int pixels,
                     std::size_t channel, const std::int32_t* dots) {
    finish_pixels_avx2<Avx2, kCount>(task, pixel, pixels, channel, dots);
  }
};

constexpr std::size_t kStrip = 16;

constexpr KernelTable kTable = [] {
  KernelTable table = make_table<Avx2>();
  table.tile_strip = kStrip;
  table.winograd = winograd<Avx2, kStrip>;
  return table;
}();

}  // namespace

const KernelTable* avx2_kernels() { return &kTable; }

}  // namespace absim::models::fast

#else
const absim::models::fast::KernelTable* absim::models::fast::avx2_kernels() { return nullptr; }
#endif
