// SPDX-License-Identifier: Apache-2.0
// What the plan of fast inference and its vector kernels share: plain structs of pointers, so that
// files compiled for one instruction set pull in no library code that other files could link to.
#pragma once

#include <cstddef>
#include <cstdint>

namespace absim::models::fast {

/// Element of a stored map. A stored value is the tensor's value plus the map's zero point.
enum class Storage : std::uint8_t { kU8, kS16, kS32 };

/// A map in memory: output pixel i begins at element pixel[i].
struct Target {
  void* data = nullptr;
  const std::int32_t* pixel = nullptr;
  Storage storage = Storage::kS16;
  std::int32_t zero_point = 0;
};

/// The residual operand: output pixel i, channel c takes element pixel[i] + c - first_channel, or
/// nothing where that channel does not exist.
struct ResidualSource {
  const void* data = nullptr;  ///< null where the layer has no residual
  const std::int32_t* pixel = nullptr;
  Storage storage = Storage::kS16;
  std::int32_t zero_point = 0;
  std::int32_t first_channel = 0;
  std::int32_t channels = 0;
};

/// y = clamp((x * multiplier[c] + offset[c] + residual * residual_gain) >> shift, low, high);
/// `offset` holds the rounding half. Arrays are padded with zeros to whole vectors and ordered by
/// parameter_index().
struct Requantize {
  const std::int64_t* multiplier = nullptr;
  const std::int64_t* offset = nullptr;
  std::int64_t residual_gain = 0;
  std::uint32_t shift = 0;
  std::int32_t low = 0;
  std::int32_t high = 0;
  bool low_bits_suffice = false;  ///< proved: the shifted value fits 32 bits, and shift <= 32

  // Dynamic fixed point, in place of the above where `plain_offset` is there. The sum
  // v = x + plain_offset[c] + residual * residual_gain is proved to fit 32 bits, shift <= 31, and
  //   y = clamp(floor(v / 2^shift) + ((f + bias + ((v >> carry_shift) & carry_mask)) >> shift))
  // where f are the `shift` discarded bits: every rounding is a constant and a carry.
  const std::int32_t* plain_offset = nullptr;  ///< [channels] in their own order, padded
  std::uint32_t bias = 0;
  std::uint32_t carry_shift = 0;  ///< 0..31, arithmetic
  std::int32_t carry_mask = 0;
};

/// One convolution of one image. Activations and weights have the kernel table's types.
struct ConvTask {
  const void* input = nullptr;
  const std::int32_t* input_pixel = nullptr;  ///< element of each output pixel's first operand;
                                              ///< the last entry repeats up to whole pixel blocks
  std::size_t pixels = 0;
  std::size_t kernel_rows = 0;
  std::size_t row_pitch = 0;      ///< elements between two kernel rows
  std::size_t row_groups = 0;     ///< groups of `group` activations in one kernel row
  const void* weights = nullptr;  ///< [vector block][kernel row][group][vector][lane][in group]
  std::size_t channels = 0;
  // accumulator = dot + correction[channel], or where the weights W are packed as (W - 1) / 2,
  // 2 * dot + window_sum[pixel] + correction[channel]; modulo 2^32
  const std::int32_t* window_sum = nullptr;
  const std::int32_t* correction = nullptr;  ///< padded to whole vectors
  Requantize requantize;
  ResidualSource residual;
  Target output;
  Requantize act_requantize;  ///< from the clamped output
  Target act;                 ///< data null where there is no second output
};

/// The same convolution in Winograd's form F(2x2, 3x3), for stride 1. 16-bit activations only.
struct WinogradTask {
  ConvTask conv;  ///< weights: [vector block][point 0..15][group][vector][lane][in group]
  std::size_t in_channels = 0;
  std::size_t tiles_x = 0;  ///< tiles of 2x2 output pixels
  std::size_t tiles_y = 0;
  std::size_t out_width = 0;
  std::size_t out_height = 0;
  std::int16_t* tiles = nullptr;     ///< [16][tile_strip][in_channels in whole groups], scratch
  std::int32_t* products = nullptr;  ///< [16][tile_strip][vectors * lanes], scratch
};

/// Sums of all activations under each output pixel's window.
struct WindowSumTask {
  const void* input = nullptr;
  std::size_t map_pixels = 0;  ///< of the padded map
  std::size_t map_width = 0;
  std::size_t channels = 0;
  std::size_t first_pixel = 0;  ///< of output pixel 0's window, in the padded map
  std::size_t out_width = 0;
  std::size_t out_height = 0;
  std::size_t kernel_h = 0;
  std::size_t kernel_w = 0;
  std::size_t stride = 1;
  std::int32_t* pixel_sum = nullptr;   ///< [map_pixels], scratch
  std::int32_t* window_sum = nullptr;  ///< [out_height * out_width]
};

/// One instruction set's code and the shapes that it wants its operands in.
struct KernelTable {
  Storage activation = Storage::kS16;  ///< of all u8 and s8 tensors; s8 has zero point 128 in kU8
  std::size_t weight_bytes = 0;        ///< 1 or 2, signed
  std::size_t group = 0;               ///< activations per lane and step
  std::size_t lanes = 0;               ///< output channels per vector
  std::size_t vectors = 0;             ///< vectors per block; a last block may have fewer
  std::size_t pixels = 0;              ///< output pixels per block
  std::size_t tile_strip = 0;          ///< Winograd tiles per pass; 0: no Winograd
  void (*conv)(const ConvTask&) = nullptr;
  void (*finish)(const ConvTask&, const std::int32_t* dots) = nullptr;  ///< of one pixel
  void (*winograd)(const WinogradTask&) = nullptr;
  void (*window_sums)(const WindowSumTask&) = nullptr;  ///< null where every weight fits
};

/// Kernels of this build; null where the compiler's target has no such instructions.
const KernelTable* portable_kernels();
const KernelTable* avx2_kernels();
const KernelTable* avx512_vnni_kernels();

}  // namespace absim::models::fast
