// SPDX-License-Identifier: Apache-2.0
// 3x3 convolution of stride 1 in Winograd's form F(2x2, 3x3): 16 products for four outputs instead
// of 36. Integers throughout: with G doubled in both directions the result is exactly four times
// the output, modulo 2^32, and the plan uses this form only where |4 * output| < 2^31. Source: A.
// Lavin, S. Gray, "Fast algorithms for convolutional neural networks", CVPR 2016, section 4.1.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/inference/kernels/conv_loop.hpp"

namespace absim::models::fast {

inline constexpr std::size_t kWinogradPoints = 16;

/// One line of B^T d: four values whose distance is `pitch`, into out[0..3].
template <class Isa>
inline void transform_line(const std::int16_t* in, std::size_t pitch, std::int16_t* out,
                           std::size_t out_pitch) {
  const std::int16_t d0 = in[0];
  const std::int16_t d1 = in[pitch];
  const std::int16_t d2 = in[2 * pitch];
  const std::int16_t d3 = in[3 * pitch];
  out[0] = static_cast<std::int16_t>(d0 - d2);
  out[out_pitch] = static_cast<std::int16_t>(d1 + d2);
  out[2 * out_pitch] = static_cast<std::int16_t>(d2 - d1);
  out[3 * out_pitch] = static_cast<std::int16_t>(d1 - d3);
}

/// B^T d B of kCount channels: in 4x4 pixels, out[point * point_pitch + channel]. Activations are
/// 8-bit values, so the results are within 4 * 255.
template <class Isa, int kCount>
inline void transform_channels(const std::int16_t* __restrict in, std::size_t row_pitch,
                               std::size_t pixel_pitch, std::size_t point_pitch,
                               std::int16_t* __restrict out) {
  std::int16_t columns[4 * 4 * kCount];  // [y][x][channel]
  for (std::size_t x = 0; x < 4; ++x) {
    for (std::size_t c = 0; c < kCount; ++c) {
      transform_line<Isa>(in + x * pixel_pitch + c, row_pitch, columns + x * kCount + c,
                          4 * kCount);
    }
  }
  for (std::size_t y = 0; y < 4; ++y) {
    for (std::size_t c = 0; c < kCount; ++c) {
      transform_line<Isa>(columns + 4 * y * kCount + c, kCount, out + 4 * y * point_pitch + c,
                          point_pitch);
    }
  }
}

template <class Isa>
void transform_input(const std::int16_t* in, std::size_t row_pitch, std::size_t count,
                     std::size_t point_pitch, std::int16_t* out) {
  std::size_t c = 0;
  for (; c + 16 <= count; c += 16) {
    transform_channels<Isa, 16>(in + c, row_pitch, count, point_pitch, out + c);
  }
  for (; c < count; ++c) {
    transform_channels<Isa, 1>(in + c, row_pitch, count, point_pitch, out + c);
  }
}

/// A^T m A / 4: in[point * point_pitch + channel], out[2x2][kCount].
template <class Isa, int kCount>
inline void transform_output(const std::int32_t* __restrict in, std::size_t point_pitch,
                             std::int32_t* __restrict out) {
  std::uint32_t rows[2 * 4 * kCount];  // [y][x][channel]
  for (std::size_t x = 0; x < 4; ++x) {
    for (std::size_t c = 0; c < kCount; ++c) {
      const std::int32_t* const m = in + x * point_pitch + c;
      const auto m0 = static_cast<std::uint32_t>(m[0]);
      const auto m1 = static_cast<std::uint32_t>(m[4 * point_pitch]);
      const auto m2 = static_cast<std::uint32_t>(m[8 * point_pitch]);
      const auto m3 = static_cast<std::uint32_t>(m[12 * point_pitch]);
      rows[x * kCount + c] = m0 + m1 + m2;
      rows[(4 + x) * kCount + c] = m1 - m2 - m3;
    }
  }
  for (std::size_t y = 0; y < 2; ++y) {
    const std::uint32_t* const row = rows + 4 * y * kCount;
    std::int32_t* const to = out + 2 * y * kCount;
    for (std::size_t c = 0; c < kCount; ++c) {
      const std::uint32_t m1 = row[kCount + c];
      const std::uint32_t m2 = row[2 * kCount + c];
      to[c] = static_cast<std::int32_t>(row[c] + m1 + m2) >> 2;
      to[kCount + c] = static_cast<std::int32_t>(m1 - m2 - row[3 * kCount + c]) >> 2;
    }
  }
}

/// Strips of kStrip tiles: transform the strip, 16 small matrix products, transform back.
template <class Isa, std::size_t kStrip>
class Winograd {
 public:
  explicit Winograd(const WinogradTask& task)
      : task_(task),
        row_((task.in_channels + Isa::kGroup - 1) / Isa::kGroup * Isa::kGroup),
        tiles_(task.tiles),
        products_(task.products) {}

  void run() const {
    const std::size_t all = task_.tiles_x * task_.tiles_y;
    for (std::size_t first = 0; first < all; first += kStrip) {
      const std::size_t count = all - first < kStrip ? all - first : kStrip;
      transform_strip(first, count);
      const auto* weights = static_cast<const typename Isa::Weight*>(task_.conv.weights);
      std::size_t vectors = (task_.conv.channels + Isa::kLanes - 1) / Isa::kLanes;
      for (std::size_t channel = 0; vectors != 0;) {
        const std::size_t block = vectors < Isa::kVectors ? vectors : Isa::kVectors;
        if (block == Isa::kVectors) {
          channels<Isa::kVectors>(first, count, channel, weights);
        } else {
          channels<1>(first, count, channel, weights);
        }
        weights += kWinogradPoints * row_ * block * Isa::kLanes;
        channel += block * Isa::kLanes;
        vectors -= block;
      }
    }
  }

 private:
  void transform_strip(std::size_t first, std::size_t count) const {
    const auto* const input = static_cast<const std::int16_t*>(task_.conv.input);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t ty = (first + i) / task_.tiles_x;
      const std::size_t tx = (first + i) % task_.tiles_x;
      transform_input<Isa>(input + task_.conv.input_pixel[0] + 2 * ty * task_.conv.row_pitch +
                               2 * tx * task_.in_channels,
                           task_.conv.row_pitch, task_.in_channels, kStrip * row_,
                           tiles_ + i * row_);
    }
  }

  template <int V>
  void channels(std::size_t first, std::size_t count, std::size_t channel,
                const typename Isa::Weight* weights) const {
    constexpr std::size_t kCount = V * Isa::kLanes;
    constexpr std::size_t P = Isa::kPixels;
    static_assert(kStrip % P == 0, "whole pixel blocks in a strip");
    for (std::size_t point = 0; point < kWinogradPoints; ++point) {
      for (std::size_t i = 0; i < count; i += P) {
        const std::size_t at = point * kStrip + i;
        const std::int16_t* tile[P];
        for (std::size_t p = 0; p < P; ++p) tile[p] = tiles_ + (at + p) * row_;
        dot_block<Isa, V>(tile, 1, 0, row_ / Isa::kGroup, weights, products_ + at * kCount);
      }
      weights += row_ * kCount;
    }
    for (std::size_t i = 0; i < count; ++i) {
      alignas(64) std::int32_t dots[4 * kCount];
      transform_output<Isa, kCount>(products_ + i * kCount, kStrip * kCount, dots);
      const std::size_t y = 2 * ((first + i) / task_.tiles_x);
      const std::size_t x = 2 * ((first + i) % task_.tiles_x);
      std::int32_t index[4];
      for (std::size_t j = 0; j < 4; ++j) {
        const std::size_t oy = y + j / 2;
        const std::size_t ox = x + j % 2;
        const bool exists = oy < task_.out_height && ox < task_.out_width;
        index[j] = exists ? static_cast<std::int32_t>(oy * task_.out_width + ox) : -1;
      }
      Isa::template finish<kCount>(task_.conv, index, 4, channel, dots);
    }
  }

  const WinogradTask& task_;
  std::size_t row_;         ///< channels of one transformed pixel, in whole groups
  std::int16_t* tiles_;     ///< [point][tile][row_]
  std::int32_t* products_;  ///< [point][tile][kCount]
};

template <class Isa, std::size_t kStrip>
void winograd(const WinogradTask& task) {
  Winograd<Isa, kStrip>(task).run();
}

}  // namespace absim::models::fast
