// SPDX-License-Identifier: Apache-2.0
#include "models/quantize/pool_codes.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace absim::models {
namespace {

std::int32_t round_half_up(std::int32_t sum, std::int32_t count) {
  const std::int32_t doubled = 2 * sum + count;
  const std::int32_t quotient = doubled / (2 * count);
  return doubled % (2 * count) < 0 ? quotient - 1 : quotient;
}

}  // namespace

void pool_codes(const Layer& layer, const std::int16_t* in, std::int16_t* out) {
  const bool maximum = layer.op == LayerOp::kMaxPool;
  const std::size_t channels = layer.in.channels;
  std::vector<std::int32_t> values(channels);
  for (std::size_t y = 0; y < layer.out.height; ++y) {
    for (std::size_t x = 0; x < layer.out.width; ++x, out += channels) {
      std::fill(values.begin(), values.end(),
                maximum ? std::numeric_limits<std::int32_t>::min() : 0);
      std::int32_t inside = 0;
      for (std::size_t k = 0; k < layer.kernel_h * layer.kernel_w; ++k) {
        const std::size_t iy = y * layer.stride + k / layer.kernel_w - layer.pad.top;
        const std::size_t ix = x * layer.stride + k % layer.kernel_w - layer.pad.left;
        if (iy >= layer.in.height || ix >= layer.in.width) continue;  // negative ones wrap around
        ++inside;
        const std::int16_t* from = in + (iy * layer.in.width + ix) * channels;
        for (std::size_t c = 0; c < channels; ++c) {
          values[c] = maximum ? std::max<std::int32_t>(values[c], from[c]) : values[c] + from[c];
        }
      }
      for (std::size_t c = 0; c < channels; ++c) {
        out[c] = static_cast<std::int16_t>(maximum ? values[c] : round_half_up(values[c], inside));
      }
    }
  }
}

}  // namespace absim::models
