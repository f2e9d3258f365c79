// SPDX-License-Identifier: Apache-2.0
// AVX-512 with VNNI: unsigned 8-bit activations and signed 8-bit weights, four products per 32-bit
// lane (vpdpbusd, which does not saturate).
#include "models/inference/kernels/kernel.hpp"

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VL__) && \
    defined(__AVX512VNNI__)
#include <immintrin.h>

#include "models/inference/kernels/conv_loop.hpp"
#include "models/inference/kernels/finish_avx2.hpp"

namespace absim::models::fast {
namespace {

struct Avx512Vnni {
  using Act = std::uint8_t;
  using Weight = std::int8_t;
  using Acc = __m512i;
  using Acts = __m512i;
  using Weights = __m512i;
  static constexpr int kGroup = 4;
  static constexpr int kLanes = 16;
  static constexpr int kPixels = 8;
  static constexpr int kVectors = 2;

  static Acc zero() { return _mm512_setzero_si512(); }
  static Weights load(const Weight* w) { return _mm512_loadu_si512(w); }
  static Acts broadcast(const Act* a) {
    std::int32_t four = 0;
    __builtin_memcpy(&four, a, sizeof four);
    return _mm512_set1_epi32(four);
  }
  static Acc dot(Acc acc, Acts a, Weights w) { return _mm512_dpbusd_epi32(acc, a, w); }
  static void store(std::int32_t* to, Acc acc) { _mm512_storeu_si512(to, acc); }

  static std::int32_t sum(const Act* a, std::size_t count) {
    return sum_bytes<Avx512Vnni>(a, count);
  }

  template <int kCount>
  static void finish(const ConvTask& task, const std::int32_t* pixel, int pixels,
                     std::size_t channel, const std::int32_t* dots) {
    finish_pixels_avx2<Avx512Vnni, kCount>(task, pixel, pixels, channel, dots);
  }
};

constexpr KernelTable kTable = [] {
  KernelTable table = make_table<Avx512Vnni>();
  table.window_sums = window_sums<Avx512Vnni>;
  return table;
}();

}  // namespace

const KernelTable* avx512_vnni_kernels() { return &kTable; }

}  // namespace absim::models::fast

#else
const absim::models::fast::KernelTable* absim::models::fast::avx512_vnni_kernels() {
  return nullptr;
}
#endif
