// SPDX-License-Identifier: Apache-2.0
// From the dot products of one block of output channels to stored outputs: residual, fixed-point
// post-processing, clamp, store. Plain loops that make no assumption on ranges; every function is a
// template on the instruction set, so that each instruction set's file keeps its own copy.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/inference/kernels/kernel.hpp"

namespace absim::models::fast {

/// Where the parameters of channel c stand: in every eight channels the even ones first.
template <class Isa>
constexpr std::size_t parameter_index(std::size_t c) {
  return c / 8 * 8 + c % 2 * 4 + c % 8 / 2;
}

template <class Isa>
inline std::int64_t load_residual(const ResidualSource& source, std::size_t pixel,
                                  std::size_t channel) {
  const std::int32_t c = static_cast<std::int32_t>(channel) - source.first_channel;
  if (c < 0 || c >= source.channels) return 0;
  const std::ptrdiff_t element = source.pixel[pixel] + c;
  return source.storage == Storage::kU8
             ? static_cast<const std::uint8_t*>(source.data)[element] - source.zero_point
             : static_cast<const std::int16_t*>(source.data)[element] - source.zero_point;
}

/// The same of dynamic fixed point, in 32 bits; see Requantize.
template <class Isa>
inline std::int32_t round_shift(const Requantize& q, std::size_t channel, std::int32_t x,
                                std::int32_t residual) {
  const std::uint32_t sum = static_cast<std::uint32_t>(x) +
                            static_cast<std::uint32_t>(q.plain_offset[channel]) +
                            static_cast<std::uint32_t>(residual) *
                                static_cast<std::uint32_t>(q.residual_gain);
  const auto v = static_cast<std::int32_t>(sum);
  const std::uint32_t rest = sum & ((std::uint32_t{1} << q.shift) - 1);
  const auto carry = static_cast<std::uint32_t>((v >> q.carry_shift) & q.carry_mask);
  const std::int32_t y =
      (v >> q.shift) + static_cast<std::int32_t>((rest + q.bias + carry) >> q.shift);
  return y < q.low ? q.low : y > q.high ? q.high : y;
}

/// clamp((x * M + B + residual * R) >> S)
template <class Isa>
inline std::int32_t requantize(const Requantize& q, std::size_t channel, std::int32_t x,
                               std::int64_t residual) {
  if (q.plain_offset != nullptr) {
    return round_shift<Isa>(q, channel, x, static_cast<std::int32_t>(residual));
  }
  const std::size_t at = parameter_index<Isa>(channel);
  const std::int64_t y =
      (std::int64_t{x} * q.multiplier[at] + q.offset[at] + residual * q.residual_gain) >> q.shift;
  return static_cast<std::int32_t>(y < q.low ? q.low : y > q.high ? q.high : y);
}

template <class Isa>
inline void store(const Target& target, std::size_t pixel, std::size_t channel, std::int32_t y) {
  const std::size_t element = static_cast<std::size_t>(target.pixel[pixel]) + channel;
  const std::int32_t stored = y + target.zero_point;
  switch (target.storage) {
    case Storage::kU8:
      static_cast<std::uint8_t*>(target.data)[element] = static_cast<std::uint8_t>(stored);
      return;
    case Storage::kS16:
      static_cast<std::int16_t*>(target.data)[element] = static_cast<std::int16_t>(stored);
      return;
    case Storage::kS32:
      static_cast<std::int32_t*>(target.data)[element] = stored;
      return;
  }
}

/// Everything after the dot products of output pixel `pixel`, channels `channel` to channel +
/// count, as far as they exist.
template <class Isa>
void finish_plain(const ConvTask& task, std::size_t pixel, std::size_t channel, std::size_t count,
                  const std::int32_t* dots) {
  const std::size_t end = channel + count < task.channels ? channel + count : task.channels;
  for (std::size_t c = channel; c < end; ++c) {
    std::uint32_t x = static_cast<std::uint32_t>(dots[c - channel]);
    if (task.window_sum != nullptr) x = 2 * x + static_cast<std::uint32_t>(task.window_sum[pixel]);
    x += static_cast<std::uint32_t>(task.correction[c]);
    const std::int64_t residual =
        task.residual.data != nullptr ? load_residual<Isa>(task.residual, pixel, c) : 0;
    const std::int32_t y =
        requantize<Isa>(task.requantize, c, static_cast<std::int32_t>(x), residual);
    store<Isa>(task.output, pixel, c, y);
    if (task.act.data != nullptr) {
      store<Isa>(task.act, pixel, c, requantize<Isa>(task.act_requantize, c, y, 0));
    }
  }
}

/// `pixels` output pixels of kCount channels: dots[pixel][kCount]. A negative index is no output
/// pixel.
template <class Isa, int kCount>
inline void finish_pixels_plain(const ConvTask& task, const std::int32_t* pixel, int pixels,
                                std::size_t channel, const std::int32_t* dots) {
  for (int i = 0; i < pixels; ++i) {
    if (pixel[i] < 0) continue;
    finish_plain<Isa>(task, static_cast<std::size_t>(pixel[i]), channel, kCount, dots + i * kCount);
  }
}

}  // namespace absim::models::fast
