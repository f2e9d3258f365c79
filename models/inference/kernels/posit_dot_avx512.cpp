// SPDX-License-Identifier: Apache-2.0
// AVX-512: vpmuldq, eight 32 x 32 -> 64-bit products an instruction.
#include "models/inference/kernels/posit_dot.hpp"

#if defined(__AVX512F__)
// GCC 12 takes the undefined operand inside its own intrinsic for a mistake of the caller.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>

namespace absim::models::fast {
namespace {

void dot(const PositDotTask& task) {
  __m512i sums[kPositPixels];
  for (std::size_t p = 0; p < kPositPixels; ++p) sums[p] = _mm512_setzero_si512();
  const std::int64_t* weights = task.weights;
  for (std::size_t r = 0; r < task.rows; ++r) {
    const std::int32_t* acts = task.acts + static_cast<std::ptrdiff_t>(r) * task.pitch;
    for (std::size_t j = 0; j < task.row_values; ++j, weights += kPositChannels) {
      const __m512i w = _mm512_loadu_si512(weights);
      for (std::size_t p = 0; p < kPositPixels; ++p) {
        const __m512i a = _mm512_set1_epi32(acts[task.pixel[p] + static_cast<std::ptrdiff_t>(j)]);
        sums[p] = _mm512_add_epi64(sums[p], _mm512_mul_epi32(a, w));
      }
    }
  }
  for (std::size_t p = 0; p < kPositPixels; ++p) {
    _mm512_storeu_si512(task.sums + p * kPositChannels, sums[p]);
  }
}

}  // namespace

PositDot posit_dot_avx512() { return &dot; }

}  // namespace absim::models::fast

#else
absim::models::fast::PositDot absim::models::fast::posit_dot_avx512() { return nullptr; }
#endif
