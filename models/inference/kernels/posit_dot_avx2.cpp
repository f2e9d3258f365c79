// SPDX-License-Identifier: Apache-2.0
// AVX2: vpmuldq, four 32 x 32 -> 64-bit products an instruction.
#include "models/inference/kernels/posit_dot.hpp"

#if defined(__AVX2__)
#include <immintrin.h>

namespace absim::models::fast {
namespace {

void dot(const PositDotTask& task) {
  __m256i low[kPositPixels];
  __m256i high[kPositPixels];
  for (std::size_t p = 0; p < kPositPixels; ++p) low[p] = high[p] = _mm256_setzero_si256();
  const std::int64_t* weights = task.weights;
  for (std::size_t r = 0; r < task.rows; ++r) {
    const std::int32_t* acts = task.acts + static_cast<std::ptrdiff_t>(r) * task.pitch;
    for (std::size_t j = 0; j < task.row_values; ++j, weights += kPositChannels) {
      const __m256i w0 = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights));
      const __m256i w1 = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights + 4));
      for (std::size_t p = 0; p < kPositPixels; ++p) {
        const __m256i a = _mm256_set1_epi32(acts[task.pixel[p] + static_cast<std::ptrdiff_t>(j)]);
        low[p] = _mm256_add_epi64(low[p], _mm256_mul_epi32(a, w0));
        high[p] = _mm256_add_epi64(high[p], _mm256_mul_epi32(a, w1));
      }
    }
  }
  for (std::size_t p = 0; p < kPositPixels; ++p) {
    std::int64_t* sums = task.sums + p * kPositChannels;
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums), low[p]);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums + 4), high[p]);
  }
}

}  // namespace

PositDot posit_dot_avx2() { return &dot; }

}  // namespace absim::models::fast

#else
absim::models::fast::PositDot absim::models::fast::posit_dot_avx2() { return nullptr; }
#endif
