// SPDX-License-Identifier: Apache-2.0
#include "models/inference/posit_run.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "models/core/error.hpp"

namespace absim::models::fast {
namespace {

__extension__ using Wide = __int128;
__extension__ using UnsignedWide = unsigned __int128;

/// sum * 2^shift, on the bits: the sum is known to fit.
Wide shifted(Wide value, unsigned shift) {
  return shift >= 128 ? Wide{0} : static_cast<Wide>(static_cast<UnsignedWide>(value) << shift);
}

/// round(sum * 2^exponent), sum in units of 2^(-2M).
PositCode round_sum(PositFormat format, Wide sum, int exponent) {
  if (sum == 0) return 0;
  const bool negative = sum < 0;
  const UnsignedWide magnitude =
      negative ? 0 - static_cast<UnsignedWide>(sum) : static_cast<UnsignedWide>(sum);
  const auto high = static_cast<std::uint64_t>(magnitude >> 64U);
  const int lead = high != 0 ? 127 - __builtin_clzll(high)
                             : 63 - __builtin_clzll(static_cast<std::uint64_t>(magnitude));
  // The leading one falls out at the left.
  const UnsignedWide aligned = lead == 0 ? 0 : magnitude << (128U - static_cast<unsigned>(lead));
  return round_posit(format, negative, lead - 2 * format.max_exponent() + exponent,
                     static_cast<std::uint64_t>(aligned >> 64U),
                     static_cast<std::uint64_t>(aligned) != 0);
}

std::int32_t logit(Wide sum, unsigned shift) {
  // Beyond the sum's width only the sign is left, and half rounds it to 0.
  if (shift > 127) return 0;
  const Wide floor = shift == 0 ? sum : sum >> shift;
  const Wide carry = shift == 0 ? 0 : (sum >> (shift - 1)) & 1;
  return static_cast<std::int32_t>(std::clamp<Wide>(floor + carry,
                                                    std::numeric_limits<std::int32_t>::min(),
                                                    std::numeric_limits<std::int32_t>::max()));
}

bool products_fit(std::uint64_t act, std::uint64_t weight_sum) {
  return static_cast<UnsignedWide>(act) * weight_sum < UnsignedWide{1} << 62U;
}

}  // namespace

PositRunner::PositRunner(const PositPlan& plan) : plan_(plan) {
  for (std::size_t i = 0; i < plan.table.size(); ++i) {
    tensors_.emplace_back(plan.table[i].shape.elements());
  }
}

void PositRunner::run(Span<const std::uint8_t> pixels) {
  const std::size_t channels = plan_.network.graph.input.shape.channels;
  std::vector<std::int32_t>& input = tensors_[0];
  ABSIM_CHECK(pixels.size() == input.size(), "pixels of another number of images");
  for (std::size_t i = 0; i < input.size(); ++i) {
    input[i] = plan_.network.input_codes[i % channels * 256 + pixels[i]];
  }
  for (const PositStep& step : plan_.steps) {
    switch (plan_.network.graph.layers[step.layer].op) {
      case LayerOp::kConv:
        if (expand(step)) {
          run_conv(step);
        } else {
          run_exact(step);
        }
        break;
      case LayerOp::kLinear:
        if (plan_.fixed.empty()) {
          run_exact(step);
        } else {
          run_linear(step);
        }
        break;
      case LayerOp::kMaxPool:
        run_max_pool(step);
        break;
      case LayerOp::kAvgPool:
        throw InvariantError("posit plan: avg_pool");
    }
  }
}

/// Fixed-point activations with the layer's padding, in as few limbs as keep all sums within 63
/// bits. False where there is no such number.
bool PositRunner::expand(const PositStep& step) {
  if (step.limbs.empty()) return false;
  const Layer& layer = plan_.network.graph.layers[step.layer];
  const std::vector<std::int32_t>& codes = tensors_[step.input];
  const std::uint32_t mask = plan_.network.posit.mask();
  std::int32_t highest = 0;  // posits are ordered like their codes
  for (const std::int32_t code : codes) highest = std::max(highest, std::abs(code));
  const std::int64_t largest = plan_.fixed[static_cast<std::uint32_t>(highest) & mask];
  const auto all_fit = [&](std::int64_t act) {
    return std::all_of(step.limbs.begin(), step.limbs.end(), [&](const WeightLimb& limb) {
      return products_fit(static_cast<std::uint64_t>(act), limb.largest_sum);
    });
  };
  constexpr std::int64_t kHalfLimb = std::int64_t{1} << (kLimbBits - 1);
  const std::int64_t high_limb = (largest + kHalfLimb) >> kLimbBits;
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  if (largest <= kMost && all_fit(largest)) {
    act_limbs_ = 1;
  } else if (high_limb < kMost && all_fit(std::max(high_limb, kHalfLimb))) {
    act_limbs_ = 2;
  } else {
    return false;
  }
  const std::size_t width = layer.pad.left + layer.in.width + layer.pad.right;
  const std::size_t height = layer.pad.top + layer.in.height + layer.pad.bottom;
  const std::size_t row = layer.in.width * layer.in.channels;
  for (std::size_t l = 0; l < act_limbs_; ++l) {
    acts_[l].assign(width * height * layer.in.channels, 0);
  }
  for (std::size_t y = 0; y < layer.in.height; ++y) {
    const std::int32_t* from = codes.data() + y * row;
    const std::size_t at = ((y + layer.pad.top) * width + layer.pad.left) * layer.in.channels;
    for (std::size_t i = 0; i < row; ++i) {
      const std::int64_t value = plan_.fixed[static_cast<std::uint32_t>(from[i]) & mask];
      if (act_limbs_ == 1) {
        acts_[0][at + i] = static_cast<std::int32_t>(value);
      } else {
        const auto parts = split_limbs(value);
        acts_[0][at + i] = parts[0];
        acts_[1][at + i] = parts[1];
      }
    }
  }
  ++(act_limbs_ * step.limbs.size() == 1 ? paths_.one_limb : paths_.limbs);
  return true;
}

/// Sums of kPositPixels output pixels from (y, x) on and one block of channels; pixels beyond the
/// row repeat its last one.
void PositRunner::dot_row(const PositStep& step, std::size_t y, std::size_t x, std::size_t block,
                          Wide* sums) {
  const Layer& layer = plan_.network.graph.layers[step.layer];
  const std::size_t channels = layer.in.channels;
  const std::size_t pitch = (layer.pad.left + layer.in.width + layer.pad.right) * channels;
  const std::size_t row = layer.weight_count() / layer.out.channels;
  std::int64_t part[kPositPixels * kPositChannels];
  PositDotTask task;
  for (std::size_t p = 0; p < kPositPixels; ++p) {
    const std::size_t column = std::min(x + p, layer.out.width - 1);
    task.pixel[p] =
        static_cast<std::ptrdiff_t>(y * layer.stride * pitch + column * layer.stride * channels);
  }
  task.rows = layer.kernel_h;
  task.row_values = layer.kernel_w * channels;
  task.pitch = static_cast<std::ptrdiff_t>(pitch);
  task.sums = part;
  std::fill(sums, sums + kPositPixels * kPositChannels, Wide{0});
  for (std::size_t a = 0; a < act_limbs_; ++a) {
    for (std::size_t w = 0; w < step.limbs.size(); ++w) {
      task.acts = acts_[a].data();
      task.weights = step.limbs[w].values.data() + block * row * kPositChannels;
      plan_.dot(task);
      const auto shift = static_cast<unsigned>(a + w) * kLimbBits;
      for (std::size_t i = 0; i < kPositPixels * kPositChannels; ++i) {
        sums[i] += shifted(part[i], shift);
      }
    }
  }
}

void PositRunner::run_conv(const PositStep& step) {
  const Layer& layer = plan_.network.graph.layers[step.layer];
  Wide sums[kPositPixels * kPositChannels];
  for (std::size_t y = 0; y < layer.out.height; ++y) {
    for (std::size_t first = 0; first < layer.out.channels; first += kPositChannels) {
      const std::size_t count = std::min(kPositChannels, layer.out.channels - first);
      for (std::size_t x = 0; x < layer.out.width; x += kPositPixels) {
        dot_row(step, y, x, first / kPositChannels, sums);
        const std::size_t pixels = std::min(kPositPixels, layer.out.width - x);
        for (std::size_t p = 0; p < pixels; ++p) {
          for (std::size_t c = 0; c < count; ++c) {
            finish(step, y * layer.out.width + x + p, first + c, sums[p * kPositChannels + c]);
          }
        }
      }
    }
  }
}

PositCode PositRunner::residual_code(const PositStep& step, std::size_t y, std::size_t x,
                                     std::size_t channel) const {
  const Residual& residual = *plan_.network.graph.layers[step.layer].residual;
  const MapShape& shape = plan_.table[step.residual].shape;
  if (channel < residual.channel_offset || channel - residual.channel_offset >= shape.channels) {
    return 0;
  }
  const std::size_t pixel = y * residual.stride * shape.width + x * residual.stride;
  return posit_from_signed(
      plan_.network.posit,
      tensors_[step.residual][pixel * shape.channels + channel - residual.channel_offset]);
}

/// Offset, residual and the one rounding.
void PositRunner::finish(const PositStep& step, std::size_t pixel, std::size_t channel, Wide sum) {
  const Layer& layer = plan_.network.graph.layers[step.layer];
  const PostprocParams& p = params(step);
  const PositFormat format = plan_.network.posit;
  sum += shifted(p.offset[channel], p.offset_shift);
  if (layer.residual) {
    const PositCode code =
        residual_code(step, pixel / layer.out.width, pixel % layer.out.width, channel);
    // Units of minpos = 2^-M become units of 2^(-2M).
    sum += shifted(plan_.fixed[code],
                   static_cast<unsigned>(format.max_exponent() + p.residual_exponent));
  }
  std::int32_t value = 0;
  if (plan_.network.values[step.layer].output == ElementType::kS32) {
    value = logit(sum, p.shift);
  } else if (!(layer.relu && sum < 0)) {
    value = posit_signed(format, round_sum(format, sum, p.out_exponent));
  }
  tensors_[step.output][pixel * layer.out.channels + channel] = value;
}

/// Mean over the map and fully connected: sums of the map first, exactly.
void PositRunner::run_linear(const PositStep& step) {
  const Layer& layer = plan_.network.graph.layers[step.layer];
  const std::vector<std::uint16_t>& codes = plan_.network.values[step.layer].codes;
  const std::uint32_t mask = plan_.network.posit.mask();
  std::vector<Wide> sums(layer.in.channels, 0);
  for (std::size_t i = 0; i < tensors_[step.input].size(); ++i) {
    sums[i % layer.in.channels] +=
        plan_.fixed[static_cast<std::uint32_t>(tensors_[step.input][i]) & mask];
  }
  for (std::size_t c = 0; c < layer.out.channels; ++c) {
    Wide sum = 0;
    for (std::size_t k = 0; k < layer.in.channels; ++k) {
      // On the bits: partial sums may wrap, the whole sum fits (check_network).
      sum = static_cast<Wide>(static_cast<UnsignedWide>(sum) +
                              static_cast<UnsignedWide>(sums[k]) *
                                  static_cast<UnsignedWide>(static_cast<Wide>(
                                      plan_.fixed[codes[c * layer.in.channels + k]])));
    }
    finish(step, 0, c, sum);
  }
}

/// Any format and any magnitude, product by product.
void PositRunner::run_exact(const PositStep& step) {
  ++paths_.quire;
  const Layer& layer = plan_.network.graph.layers[step.layer];
  const PostprocParams& p = params(step);
  const PositFormat format = plan_.network.posit;
  const std::vector<std::uint16_t>& codes = plan_.network.values[step.layer].codes;
  const std::vector<std::int32_t>& in = tensors_[step.input];
  const bool logits = plan_.network.values[step.layer].output == ElementType::kS32;
  PositQuire quire(format);
  for (std::size_t i = 0; i < layer.out.elements(); ++i) {
    const std::size_t channel = i % layer.out.channels;
    const std::size_t x = i / layer.out.channels % layer.out.width;
    const std::size_t y = i / layer.out.channels / layer.out.width;
    quire.clear();
    for (std::size_t k = 0; k < layer.products(); ++k) {
      const std::size_t position = k / layer.in.channels;
      const std::size_t iy = y * layer.stride + position / layer.kernel_w - layer.pad.top;
      const std::size_t ix = x * layer.stride + position % layer.kernel_w - layer.pad.left;
      if (iy >= layer.in.height || ix >= layer.in.width) continue;  // wraps below zero
      const std::size_t weight = layer.shared_kernel()
                                     ? channel * layer.in.channels + k % layer.in.channels
                                     : channel * layer.products() + k;
      quire.add_product(
          posit_from_signed(
              format, in[(iy * layer.in.width + ix) * layer.in.channels + k % layer.in.channels]),
          codes[weight]);
    }
    quire.add_units(p.offset[channel], p.offset_shift);
    if (layer.residual) {
      quire.add_posit(residual_code(step, y, x, channel), p.residual_exponent);
    }
    std::int32_t value =
        logits ? quire.read_s32(p.shift) : posit_signed(format, quire.read(p.out_exponent));
    if (layer.relu && value < 0) value = 0;
    tensors_[step.output][i] = value;
  }
}

void PositRunner::run_max_pool(const PositStep& step) {
  const Layer& layer = plan_.network.graph.layers[step.layer];
  const std::vector<std::int32_t>& in = tensors_[step.input];
  for (std::size_t i = 0; i < layer.out.elements(); ++i) {
    const std::size_t channel = i % layer.out.channels;
    const std::size_t x = i / layer.out.channels % layer.out.width;
    const std::size_t y = i / layer.out.channels / layer.out.width;
    std::int32_t largest = std::numeric_limits<std::int32_t>::min();
    for (std::size_t k = 0; k < layer.kernel_h * layer.kernel_w; ++k) {
      const std::size_t iy = y * layer.stride + k / layer.kernel_w - layer.pad.top;
      const std::size_t ix = x * layer.stride + k % layer.kernel_w - layer.pad.left;
      if (iy >= layer.in.height || ix >= layer.in.width) continue;  // wraps below zero
      largest = std::max(largest, in[(iy * layer.in.width + ix) * layer.in.channels + channel]);
    }
    tensors_[step.output][i] = largest;
  }
}

}  // namespace absim::models::fast
