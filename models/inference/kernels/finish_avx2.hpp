// SPDX-License-Identifier: Apache-2.0
// finish.hpp in AVX2, eight channels at a time, and the sum of bytes. Only for files compiled with
// AVX2; the 512-bit kernels use it too. Where `low_bits_suffice` is not proved, the plain loops run
// instead.
#pragma once

#include <immintrin.h>

#include "models/inference/kernels/finish.hpp"

namespace absim::models::fast {

template <class Isa>
inline __m256i load256(const void* from) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}

/// Eight residuals; all channels exist.
template <class Isa>
inline __m256i load_residual8(const ResidualSource& source, std::ptrdiff_t element) {
  if (source.storage == Storage::kU8) {
    const auto* const at = static_cast<const std::uint8_t*>(source.data) + element;
    return _mm256_sub_epi32(
        _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(at))),
        _mm256_set1_epi32(source.zero_point));
  }
  const auto* const at = static_cast<const std::int16_t*>(source.data) + element;
  return _mm256_cvtepi16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
}

/// One requantisation of eight channels, its constants in registers. Even and odd channels are
/// 64-bit lanes of two vectors: vpmuldq reads the low halves, so x serves for the even ones as it
/// is.
template <class Isa>
class Scale8 {
 public:
  Scale8(const Requantize& q, std::size_t channel)
      : multiplier_(q.multiplier + channel),
        offset_(q.offset + channel),
        gain_(_mm256_set1_epi64x(q.residual_gain)),
        right_(_mm_cvtsi32_si128(static_cast<int>(q.shift))),
        left_(_mm_cvtsi32_si128(32 - static_cast<int>(q.shift))),
        low_(_mm256_set1_epi32(q.low)),
        high_(_mm256_set1_epi32(q.high)) {}

  [[nodiscard]] __m256i operator()(__m256i x) const { return clamp(even(x), odd(x)); }
  [[nodiscard]] __m256i operator()(__m256i x, __m256i residual) const {
    return clamp(
        _mm256_add_epi64(even(x), _mm256_mul_epi32(residual, gain_)),
        _mm256_add_epi64(odd(x), _mm256_mul_epi32(_mm256_srli_epi64(residual, 32), gain_)));
  }

 private:
  [[nodiscard]] __m256i even(__m256i x) const {
    return _mm256_add_epi64(_mm256_mul_epi32(x, load256<Isa>(multiplier_)), load256<Isa>(offset_));
  }
  [[nodiscard]] __m256i odd(__m256i x) const {
    return _mm256_add_epi64(
        _mm256_mul_epi32(_mm256_srli_epi64(x, 32), load256<Isa>(multiplier_ + 4)),
        load256<Isa>(offset_ + 4));
  }
  /// The low 32 bits of v >> S are the result, because it fits them and S <= 32 brings in no sign
  /// bits. For odd channels they are moved to the high half in the same step.
  [[nodiscard]] __m256i clamp(__m256i even, __m256i odd) const {
    const __m256i y =
        _mm256_blend_epi32(_mm256_srl_epi64(even, right_), _mm256_sll_epi64(odd, left_), 0xAA);
    return _mm256_min_epi32(_mm256_max_epi32(y, low_), high_);
  }

  const std::int64_t* multiplier_;
  const std::int64_t* offset_;
  __m256i gain_;
  __m128i right_;
  __m128i left_;
  __m256i low_;
  __m256i high_;
};

/// The same of dynamic fixed point: round_shift of eight channels.
template <class Isa>
class Round8 {
 public:
  Round8(const Requantize& q, std::size_t channel)
      : offset_(load256<Isa>(q.plain_offset + channel)),
        gain_(_mm256_set1_epi32(static_cast<std::int32_t>(q.residual_gain))),
        rest_(_mm256_set1_epi32(static_cast<std::int32_t>((std::uint32_t{1} << q.shift) - 1))),
        bias_(_mm256_set1_epi32(static_cast<std::int32_t>(q.bias))),
        carry_mask_(_mm256_set1_epi32(q.carry_mask)),
        shift_(_mm_cvtsi32_si128(static_cast<int>(q.shift))),
        carry_shift_(_mm_cvtsi32_si128(static_cast<int>(q.carry_shift))),
        low_(_mm256_set1_epi32(q.low)),
        high_(_mm256_set1_epi32(q.high)) {}

  [[nodiscard]] __m256i operator()(__m256i x) const { return round(_mm256_add_epi32(x, offset_)); }
  [[nodiscard]] __m256i operator()(__m256i x, __m256i residual) const {
    return round(_mm256_add_epi32(_mm256_add_epi32(x, offset_),
                                  _mm256_mullo_epi32(residual, gain_)));
  }

 private:
  [[nodiscard]] __m256i round(__m256i v) const {
    const __m256i carry = _mm256_and_si256(_mm256_sra_epi32(v, carry_shift_), carry_mask_);
    const __m256i rest = _mm256_add_epi32(_mm256_and_si256(v, rest_), bias_);
    const __m256i up = _mm256_srl_epi32(_mm256_add_epi32(rest, carry), shift_);
    const __m256i y = _mm256_add_epi32(_mm256_sra_epi32(v, shift_), up);
    return _mm256_min_epi32(_mm256_max_epi32(y, low_), high_);
  }

  __m256i offset_;
  __m256i gain_;
  __m256i rest_;
  __m256i bias_;
  __m256i carry_mask_;
  __m128i shift_;
  __m128i carry_shift_;
  __m256i low_;
  __m256i high_;
};

/// Stores eight values; all channels exist.
template <class Isa>
inline void store8(const Target& target, std::size_t element, __m256i y) {
  if (target.storage == Storage::kS32) {
    _mm256_storeu_si256(
        reinterpret_cast<__m256i*>(static_cast<std::int32_t*>(target.data) + element), y);
    return;
  }
  if (target.storage == Storage::kU8) {
    y = _mm256_add_epi32(y, _mm256_set1_epi32(target.zero_point));
  }
  // values are in range: nothing saturates
  const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(y), _mm256_extracti128_si256(y, 1));
  if (target.storage == Storage::kS16) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(static_cast<std::int16_t*>(target.data) + element),
                     words);
    return;
  }
  _mm_storel_epi64(reinterpret_cast<__m128i*>(static_cast<std::uint8_t*>(target.data) + element),
                   _mm_packus_epi16(words, words));
}

/// Eight channels of several pixels: dots[pixel * pitch]. Scale is Scale8 or Round8.
template <class Isa, class Scale>
inline void finish8(const ConvTask& task, const std::int32_t* pixel, int pixels,
                    std::size_t channel, const std::int32_t* dots, int pitch) {
  const Scale scale(task.requantize, channel);
  const __m256i correction = load256<Isa>(task.correction + channel);
  const ResidualSource& source = task.residual;
  const std::int32_t first = static_cast<std::int32_t>(channel) - source.first_channel;
  const bool residual = source.data != nullptr && first >= 0 && first < source.channels;
  for (int i = 0; i < pixels; ++i) {
    if (pixel[i] < 0) continue;
    const auto p = static_cast<std::size_t>(pixel[i]);
    __m256i x = load256<Isa>(dots + i * pitch);
    if (task.window_sum != nullptr) {
      x = _mm256_add_epi32(_mm256_add_epi32(x, x), _mm256_set1_epi32(task.window_sum[p]));
    }
    x = _mm256_add_epi32(x, correction);
    const __m256i y =
        residual ? scale(x, load_residual8<Isa>(source, source.pixel[p] + first)) : scale(x);
    store8<Isa>(task.output, static_cast<std::size_t>(task.output.pixel[p]) + channel, y);
    if (task.act.data != nullptr) {
      const Scale8<Isa> act(task.act_requantize, channel);
      store8<Isa>(task.act, static_cast<std::size_t>(task.act.pixel[p]) + channel, act(y));
    }
  }
}

/// Eight channels that all exist, and whose residuals all exist or are all absent.
template <class Isa>
inline bool whole8(const ConvTask& task, std::size_t channel) {
  if (channel + 8 > task.channels) return false;
  if (task.residual.data == nullptr) return true;
  const std::int32_t first = static_cast<std::int32_t>(channel) - task.residual.first_channel;
  return first + 8 <= 0 || first >= task.residual.channels ||
         (first >= 0 && first + 8 <= task.residual.channels);
}

/// Sum of unsigned bytes.
template <class Isa>
inline std::int32_t sum_bytes(const std::uint8_t* a, std::size_t count) {
  __m128i sums = _mm_setzero_si128();
  std::size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(a + i));
    sums = _mm_add_epi64(sums, _mm_sad_epu8(bytes, _mm_setzero_si128()));
  }
  std::int32_t total = _mm_cvtsi128_si32(sums) + _mm_extract_epi32(sums, 2);
  for (; i < count; ++i) total += a[i];
  return total;
}

template <class Isa, int kCount>
inline void finish_pixels_avx2(const ConvTask& task, const std::int32_t* pixel, int pixels,
                               std::size_t channel, const std::int32_t* dots) {
  const bool rounds = task.requantize.plain_offset != nullptr;  // of 32 bits, always cheap
  const bool cheap = task.requantize.low_bits_suffice &&
                     (task.act.data == nullptr || task.act_requantize.low_bits_suffice);
  for (std::size_t c = 0; c < kCount; c += 8) {
    if (rounds && whole8<Isa>(task, channel + c)) {
      finish8<Isa, Round8<Isa>>(task, pixel, pixels, channel + c, dots + c, kCount);
      continue;
    }
    if (cheap && whole8<Isa>(task, channel + c)) {
      finish8<Isa, Scale8<Isa>>(task, pixel, pixels, channel + c, dots + c, kCount);
      continue;
    }
    for (int i = 0; i < pixels; ++i) {
      if (pixel[i] < 0) continue;
      finish_plain<Isa>(task, static_cast<std::size_t>(pixel[i]), channel + c, 8,
                        dots + i * kCount + c);
    }
  }
}

}  // namespace absim::models::fast
