// SPDX-License-Identifier: Apache-2.0
// A network at one truncation length, prepared for one instruction set: packed weights, where every
// tensor lies in a thread's arena, and tables of pixel positions. Immutable while images run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "models/inference/kernels/kernel.hpp"
#include "models/network/dump.hpp"

namespace absim::models::fast {

/// One cache line; vectors of it are aligned memory.
struct alignas(64) Line {
  std::byte bytes[64];
};
using Lines = std::vector<Line>;

std::size_t lines_for(std::size_t bytes);

/// A tensor in the arena: rows of `width` pixels, border included.
struct Map {
  std::string name;
  MapShape shape;
  ElementType type = ElementType::kU8;
  Storage storage = Storage::kS16;
  std::int32_t zero_point = 0;  ///< stored value of 0; the border is filled with it
  Padding border;
  std::size_t line = 0;  ///< position in the arena

  [[nodiscard]] std::size_t width() const { return border.left + shape.width + border.right; }
  [[nodiscard]] std::size_t height() const { return border.top + shape.height + border.bottom; }
  [[nodiscard]] std::size_t pitch() const { return width() * shape.channels; }
  [[nodiscard]] std::size_t bytes() const;
  /// Element of pixel (y, x), channel 0; at most one border outside the map.
  [[nodiscard]] std::ptrdiff_t element(std::ptrdiff_t y, std::ptrdiff_t x) const;
};

inline constexpr std::size_t kNone = static_cast<std::size_t>(-1);

/// Parameters of one requantisation, padded to whole vectors.
struct RequantizeValues {
  std::vector<std::int64_t> multiplier;
  std::vector<std::int64_t> offset;  ///< with the rounding half
  std::vector<std::int32_t> plain_offset;  ///< of dynamic fixed point, which has no multiplier
  Requantize task;                   ///< pointers are set when a step runs
};

enum class StepKind { kDirect, kWinograd, kLinear, kPool };

/// One layer.
struct Step {
  Layer layer;
  StepKind kind = StepKind::kPool;
  std::size_t input = kNone;  ///< indices of maps
  std::size_t residual = kNone;
  std::size_t output = kNone;
  std::size_t act = kNone;
  std::vector<std::int32_t> input_pixel;
  std::vector<std::int32_t> residual_pixel;
  std::vector<std::int32_t> output_pixel;
  std::vector<std::int32_t> act_pixel;
  Lines weights;                            ///< packed for the kernel
  std::vector<std::int32_t> plain_weights;  ///< kLinear: [Cout][Cin]
  bool half_weights = false;  ///< packed T of W = 2T + 1, so the window's sum is added
  std::vector<std::int32_t> correction;
  RequantizeValues requantize;
  RequantizeValues act_requantize;
};

struct Plan {
  const KernelTable* kernels = nullptr;
  std::vector<Map>
      maps;  ///< maps[0] is the input; two maps may share memory if never alive together
  std::vector<Step> steps;
  std::vector<std::int16_t>
      input_table;  ///< [channel][256]: stored input value of each pixel value
  std::size_t scratch_line = 0;
  std::size_t arena_lines = 0;
};

/// Layers of fewer input channels are not worth Winograd's transforms.
inline constexpr std::size_t kMinWinogradChannels = 8;
std::size_t winograd_tile_bytes(const KernelTable& kernels, std::size_t in_channels);

Plan make_plan(const QuantizedNetwork& network, unsigned truncation, const KernelTable& kernels);

/// Weights and parameters of one layer (fast_pack.cpp). Sets kind, weights, correction, requantize.
void pack_layer(const QuantizedNetwork& network, std::size_t layer, unsigned truncation,
                const KernelTable& kernels, Step& step);

/// Smallest and largest value of a tensor element.
struct Limits {
  std::int32_t low;
  std::int32_t high;
};
Limits limits(ElementType type);

}  // namespace absim::models::fast
