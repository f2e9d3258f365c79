// SPDX-License-Identifier: Apache-2.0
#include "sim/units/plane_kernel.hpp"

#include <algorithm>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace absim::sim {

void pack_weight_word(const std::uint64_t* word, std::size_t cols, std::size_t lanes,
                      std::uint32_t* packed) {
  const PlaneShape shape = plane_shape(cols, lanes);
  std::fill_n(packed, packed_size(shape), 0U);
  for (std::size_t c = 0; c < cols; ++c) {
    for (std::size_t g = 0; g < shape.lane_groups; ++g) {
      const std::size_t first = c * lanes + g * 16;
      const std::size_t count = std::min<std::size_t>(16, lanes - g * 16);
      std::uint64_t bits = word[first / 64] >> (first % 64);
      if (first % 64 + count > 64) bits |= word[first / 64 + 1] << (64 - first % 64);
      const auto field = static_cast<std::uint32_t>(bits & ((1U << count) - 1U));
      const std::size_t index =
          (c / kBlockCols * shape.lane_groups + g) * kBlockPairs + c % kBlockCols / 2;
      packed[index] |= field << (c % 2 * 16);
    }
  }
}

void plane_kernel_portable(const PlaneShape& shape, std::size_t rows, std::size_t col_blocks,
                           const std::uint8_t* acts, const std::uint32_t* weights,
                           const PlaneOperation& operation, std::int32_t* accumulators) {
  const std::size_t stride = shape.lane_groups * 16;
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < col_blocks * kBlockCols; ++c) {
      std::int32_t sum = 0;
      for (std::size_t g = 0; g < shape.lane_groups; ++g) {
        const std::uint32_t bits =
            weights[(c / kBlockCols * shape.lane_groups + g) * kBlockPairs + c % kBlockCols / 2] >>
            (c % 2 * 16);
        for (std::size_t j = 0; j < 16; ++j) {
          const std::uint8_t code = acts[r * stride + g * 16 + j];
          const std::int32_t a = operation.act_signed ? static_cast<std::int8_t>(code) : code;
          const bool one = ((bits >> j) & 1U) != 0;
          sum += one ? a : (operation.bwb ? -a : 0);
        }
      }
      std::int32_t& accumulator =
          accumulators[r * shape.col_blocks * kBlockCols + accumulator_slot(c)];
      accumulator = accumulate(accumulator, sum, operation);
    }
  }
}

#if defined(__x86_64__)

bool has_avx2() { return __builtin_cpu_supports("avx2") != 0; }

namespace {

constexpr std::int32_t kBias = 128;  // signed codes are summed as code + 128

// 32 weight bits (two columns of 16 lanes) as byte masks.
__attribute__((target("avx2"))) inline __m256i expand_bits(std::uint32_t bits) {
  const __m256i spread = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1,  //
                                          2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
  const __m256i select = _mm256_set1_epi64x(static_cast<long long>(0x8040201008040201ULL));
  const __m256i bytes =
      _mm256_shuffle_epi8(_mm256_set1_epi32(static_cast<std::int32_t>(bits)), spread);
  return _mm256_cmpeq_epi8(_mm256_and_si256(bytes, select), select);
}

// Four vectors of 64-bit sums below 2^16 as one vector of 16-bit sums.
__attribute__((target("avx2"))) inline __m256i join4(__m256i a, __m256i b, __m256i c, __m256i d) {
  const __m256i low = _mm256_or_si256(a, _mm256_slli_epi64(b, 16));
  const __m256i high = _mm256_or_si256(_mm256_slli_epi64(c, 32), _mm256_slli_epi64(d, 48));
  return _mm256_or_si256(low, high);
}

// Sums of the eight pairs of a block: 16 unsigned 16-bit sums, even columns, then odd ones.
__attribute__((target("avx2"))) inline __m256i add_halves(const __m256i s[kBlockPairs]) {
  const __m256i first = join4(s[0], s[1], s[2], s[3]);
  const __m256i second = join4(s[4], s[5], s[6], s[7]);
  return _mm256_add_epi16(_mm256_unpacklo_epi64(first, second),
                          _mm256_unpackhi_epi64(first, second));
}

__attribute__((target("avx2"))) inline __m256i load_row(const std::uint8_t* acts, __m256i flip) {
  const __m128i row = _mm_loadu_si128(reinterpret_cast<const __m128i*>(acts));
  return _mm256_xor_si256(_mm256_broadcastsi128_si256(row), flip);
}

// acc = (acc & keep) << shift + ((sum * factor + constant) << weight); sum * factor + constant is
// the signed plane sum: for BWB 2 * sum - (sum of all activations), both without bias.
struct Update {
  __m256i keep;
  __m256i factor;  // * 2^weight
  __m128i shift;
};

__attribute__((target("avx2"))) inline void update8(std::int32_t* accumulators, __m128i sums,
                                                    __m256i constant, const Update& update) {
  auto* p = reinterpret_cast<__m256i*>(accumulators);
  const __m256i term = _mm256_mullo_epi32(_mm256_cvtepu16_epi32(sums), update.factor);
  const __m256i old = _mm256_and_si256(_mm256_loadu_si256(p), update.keep);
  _mm256_storeu_si256(
      p, _mm256_add_epi32(_mm256_sll_epi32(old, update.shift), _mm256_add_epi32(term, constant)));
}

// -factor * 128 * (bits set in the column), the bias of signed activations; zero for unsigned ones.
__attribute__((target("avx2"))) void column_terms(const PlaneShape& shape,
                                                  const std::uint32_t* weights, std::int32_t factor,
                                                  std::int32_t* terms) {
  std::fill_n(terms, kBlockCols, 0);
  for (std::size_t g = 0; g < shape.lane_groups; ++g) {
    for (std::size_t c = 0; c < kBlockCols; ++c) {
      const std::uint32_t bits = (weights[g * kBlockPairs + c / 2] >> (c % 2 * 16)) & 0xFFFFU;
      terms[accumulator_slot(c)] -= factor * kBias * __builtin_popcount(bits);
    }
  }
}

// Sum of all lanes of a row, times the factor of its part in the plane sum: -1 for BWB, 0
// otherwise.
__attribute__((target("avx2"))) inline std::int32_t row_sum(const PlaneShape& shape,
                                                            const std::uint8_t* acts,
                                                            __m128i flip) {
  __m128i sum = _mm_setzero_si128();
  for (std::size_t g = 0; g < shape.lane_groups; ++g) {
    const __m128i row = _mm_loadu_si128(reinterpret_cast<const __m128i*>(acts + g * 16));
    sum = _mm_add_epi64(sum, _mm_sad_epu8(_mm_xor_si128(row, flip), _mm_setzero_si128()));
  }
  return _mm_cvtsi128_si32(sum) + _mm_extract_epi16(sum, 4);
}

__attribute__((target("avx2"))) void block_avx2(const PlaneShape& shape, std::size_t rows,
                                                const std::uint8_t* acts,
                                                const std::uint32_t* weights,
                                                const std::int32_t* row_terms, __m256i flip,
                                                const __m256i terms[2], const Update& update,
                                                std::int32_t* accumulators) {
  const std::size_t stride = shape.lane_groups * 16;
  const std::size_t row_step = shape.col_blocks * kBlockCols;
  const __m256i zero = _mm256_setzero_si256();
  __m256i masks[16][kBlockPairs];
  for (std::size_t g = 0; g < shape.lane_groups; ++g) {
    for (std::size_t p = 0; p < kBlockPairs; ++p) {
      masks[g][p] = expand_bits(weights[g * kBlockPairs + p]);
    }
  }
  for (std::size_t r = 0; r < rows; ++r) {
    __m256i sums[kBlockPairs];
    const __m256i first = load_row(acts + r * stride, flip);
    for (std::size_t p = 0; p < kBlockPairs; ++p) {
      sums[p] = _mm256_sad_epu8(_mm256_and_si256(first, masks[0][p]), zero);
    }
    for (std::size_t g = 1; g < shape.lane_groups; ++g) {
      const __m256i row = load_row(acts + r * stride + g * 16, flip);
      for (std::size_t p = 0; p < kBlockPairs; ++p) {
        const __m256i part = _mm256_sad_epu8(_mm256_and_si256(row, masks[g][p]), zero);
        sums[p] = _mm256_add_epi64(sums[p], part);
      }
    }
    const __m256i both = add_halves(sums);
    const __m256i row_term = _mm256_set1_epi32(row_terms[r]);
    std::int32_t* out = accumulators + r * row_step;
    update8(out, _mm256_castsi256_si128(both), _mm256_add_epi32(terms[0], row_term), update);
    update8(out + 8, _mm256_extracti128_si256(both, 1), _mm256_add_epi32(terms[1], row_term),
            update);
  }
}

}  // namespace

__attribute__((target("avx2"))) void plane_kernel_avx2(
    const PlaneShape& shape, std::size_t rows, std::size_t col_blocks, const std::uint8_t* acts,
    const std::uint32_t* weights, const PlaneOperation& operation, std::int32_t* accumulators) {
  const std::int32_t scale = operation.sign * (1 << operation.weight);
  const std::int32_t factor = operation.bwb ? 2 * scale : scale;
  const __m256i flip = _mm256_set1_epi8(operation.act_signed ? static_cast<char>(0x80) : char{0});
  const Update update = {_mm256_set1_epi32(operation.clears ? 0 : -1), _mm256_set1_epi32(factor),
                         _mm_cvtsi32_si128(static_cast<std::int32_t>(operation.shift))};
  const std::size_t stride = shape.lane_groups * 16;
  const std::int32_t row_bias =
      operation.act_signed ? kBias * static_cast<std::int32_t>(stride) : 0;
  std::int32_t row_terms[256];
  for (std::size_t r = 0; r < rows; ++r) {
    row_terms[r] =
        operation.bwb
            ? scale * (row_bias - row_sum(shape, acts + r * stride, _mm256_castsi256_si128(flip)))
            : 0;
  }
  for (std::size_t b = 0; b < col_blocks; ++b) {
    const std::uint32_t* block_weights = weights + b * shape.lane_groups * kBlockPairs;
    __m256i terms[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    if (operation.act_signed) {
      std::int32_t columns[kBlockCols];
      column_terms(shape, block_weights, factor, columns);
      terms[0] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(columns));
      terms[1] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(columns + 8));
    }
    block_avx2(shape, rows, acts, block_weights, row_terms, flip, terms, update,
               accumulators + b * kBlockCols);
  }
}

#else

bool has_avx2() { return false; }

void plane_kernel_avx2(const PlaneShape& shape, std::size_t rows, std::size_t col_blocks,
                       const std::uint8_t* acts, const std::uint32_t* weights,
                       const PlaneOperation& operation, std::int32_t* accumulators) {
  plane_kernel_portable(shape, rows, col_blocks, acts, weights, operation, accumulators);
}

#endif

PlaneKernel best_plane_kernel() { return has_avx2() ? plane_kernel_avx2 : plane_kernel_portable; }

}  // namespace absim::sim
