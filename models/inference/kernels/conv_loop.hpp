// SPDX-License-Identifier: Apache-2.0
// The blocked convolution that all instruction sets share. An `Isa` is a struct of an anonymous
// namespace:
//   Act, Weight              element types in memory
//   Acc, Acts, Weights       registers
//   kGroup, kLanes           activations per lane and step, output channels per vector
//   kPixels, kVectors        block: output pixels x vectors of output channels held in registers
//   zero() load(w) broadcast(a) dot(acc, a, w) store(to, acc)
//   finish<kCount>(task, pixel, pixels, channel, dots)   as finish_pixels_plain
// where dot adds, in each lane, the products of kGroup activations and kGroup weights, modulo 2^32.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/inference/kernels/finish.hpp"
#include "models/inference/kernels/kernel.hpp"

namespace absim::models::fast {

/// Dot products of kPixels output pixels with V vectors of channels: out[pixel][V * kLanes]. A
/// kernel row is one contiguous run of activations, so that no inner loop knows about columns or
/// borders.
template <class Isa, int V>
[[gnu::always_inline]] inline void dot_block(const typename Isa::Act* const* pixel,
                                             std::size_t rows, std::size_t row_pitch,
                                             std::size_t row_groups,
                                             const typename Isa::Weight* weights,
                                             std::int32_t* out) {
  constexpr int P = Isa::kPixels;
  typename Isa::Acc acc[P][V];
  const typename Isa::Act* at[P];
#pragma GCC unroll 32
  for (int p = 0; p < P; ++p) {
    at[p] = pixel[p];
#pragma GCC unroll 32
    for (int v = 0; v < V; ++v) acc[p][v] = Isa::zero();
  }
  for (std::size_t row = 0; row < rows; ++row) {
#pragma GCC unroll 2
    for (std::size_t k = 0; k < row_groups; ++k) {
      typename Isa::Weights w[V];
#pragma GCC unroll 32
      for (int v = 0; v < V; ++v) w[v] = Isa::load(weights + v * Isa::kLanes * Isa::kGroup);
      weights += V * Isa::kLanes * Isa::kGroup;
#pragma GCC unroll 32
      for (int p = 0; p < P; ++p) {
        const typename Isa::Acts a = Isa::broadcast(at[p] + k * Isa::kGroup);
#pragma GCC unroll 32
        for (int v = 0; v < V; ++v) acc[p][v] = Isa::dot(acc[p][v], a, w[v]);
      }
    }
#pragma GCC unroll 32
    for (int p = 0; p < P; ++p) at[p] += row_pitch;
  }
#pragma GCC unroll 32
  for (int p = 0; p < P; ++p) {
#pragma GCC unroll 32
    for (int v = 0; v < V; ++v) Isa::store(out + (p * V + v) * Isa::kLanes, acc[p][v]);
  }
}

/// All output pixels of one block of V vectors of channels.
template <class Isa, int V>
void conv_channels(const ConvTask& task, std::size_t channel, const typename Isa::Weight* weights) {
  constexpr int P = Isa::kPixels;
  constexpr int kCount = V * Isa::kLanes;
  const auto* const input = static_cast<const typename Isa::Act*>(task.input);
  for (std::size_t i = 0; i < task.pixels; i += P) {
    const typename Isa::Act* pixel[P];
    for (int p = 0; p < P; ++p)
      pixel[p] = input + task.input_pixel[i + static_cast<std::size_t>(p)];
    alignas(64) std::int32_t dots[P * kCount];
    dot_block<Isa, V>(pixel, task.kernel_rows, task.row_pitch, task.row_groups, weights, dots);
    std::int32_t index[P];
    for (std::size_t p = 0; p < P; ++p) {
      index[p] = i + p < task.pixels ? static_cast<std::int32_t>(i + p) : -1;
    }
    Isa::template finish<kCount>(task, index, P, channel, dots);
  }
}

template <class Isa>
void conv(const ConvTask& task) {
  static_assert(Isa::kVectors == 1 || Isa::kVectors == 2,
                "conv covers blocks of one or two vectors");
  const std::size_t vector_weights = task.kernel_rows * task.row_groups * Isa::kLanes * Isa::kGroup;
  const auto* weights = static_cast<const typename Isa::Weight*>(task.weights);
  std::size_t vectors = (task.channels + Isa::kLanes - 1) / Isa::kLanes;
  for (std::size_t channel = 0; vectors != 0;) {
    const std::size_t block = vectors < Isa::kVectors ? vectors : Isa::kVectors;
    if (block == Isa::kVectors) {
      conv_channels<Isa, Isa::kVectors>(task, channel, weights);
    } else {
      conv_channels<Isa, 1>(task, channel, weights);
    }
    weights += block * vector_weights;
    channel += block * Isa::kLanes;
    vectors -= block;
  }
}

/// Post-processing of one pixel whose dot products were computed elsewhere.
template <class Isa>
void finish_one(const ConvTask& task, const std::int32_t* dots) {
  finish_plain<Isa>(task, 0, 0, task.channels, dots);
}

/// First the sum of every map pixel's channels, then of the pixels in each window.
template <class Isa>
void window_sums(const WindowSumTask& task) {
  const auto* const input = static_cast<const typename Isa::Act*>(task.input);
  for (std::size_t i = 0; i < task.map_pixels; ++i) {
    task.pixel_sum[i] = Isa::sum(input + i * task.channels, task.channels);
  }
  for (std::size_t y = 0; y < task.out_height; ++y) {
    std::int32_t* const to = task.window_sum + y * task.out_width;
    for (std::size_t x = 0; x < task.out_width; ++x) to[x] = 0;
    for (std::size_t ky = 0; ky < task.kernel_h; ++ky) {
      const std::int32_t* const row =
          task.pixel_sum + task.first_pixel + (y * task.stride + ky) * task.map_width;
      for (std::size_t kx = 0; kx < task.kernel_w; ++kx) {
        for (std::size_t x = 0; x < task.out_width; ++x) to[x] += row[x * task.stride + kx];
      }
    }
  }
}

/// What every instruction set's table says in the same way.
template <class Isa>
constexpr KernelTable make_table() {
  KernelTable table;
  table.activation = sizeof(typename Isa::Act) == 1 ? Storage::kU8 : Storage::kS16;
  table.weight_bytes = sizeof(typename Isa::Weight);
  table.group = Isa::kGroup;
  table.lanes = Isa::kLanes;
  table.vectors = Isa::kVectors;
  table.pixels = Isa::kPixels;
  table.conv = conv<Isa>;
  table.finish = finish_one<Isa>;
  return table;
}

}  // namespace absim::models::fast
