// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>
#include <limits>

#include "tests/rtl/layer_case.hpp"
#include "tests/support/sdfp_oracle.hpp"

namespace absim::tests {

using sim::ChannelParams;
using sim::OutElement;
using sim::OutKind;
using sim::PeKind;

namespace {

models::IntegerRange range_of(OutKind kind) {
  switch (kind) {
    case OutKind::kU8:
      return {0, 255};
    case OutKind::kS8:
      return {-128, 127};
    case OutKind::kS16:
      return {-32768, 32767};
    case OutKind::kS32:
      break;
  }
  return {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
}

}  // namespace

// Visits activation and weight code of every product of an output; padding has none.
template <typename Visit>
void LayerCase::for_products(unsigned oy, unsigned ox, unsigned co, const Visit& visit) const {
  const unsigned positions = shared_kernel ? 1 : kernel_h * kernel_w;
  for (unsigned ky = 0; ky < kernel_h; ++ky) {
    for (unsigned kx = 0; kx < kernel_w; ++kx) {
      const int y = static_cast<int>(oy * stride + ky) - static_cast<int>(pad_top);
      const int x = static_cast<int>(ox * stride + kx) - static_cast<int>(pad_left);
      if (y < 0 || x < 0 || y >= static_cast<int>(in_height) || x >= static_cast<int>(in_width)) {
        continue;
      }
      const unsigned position = shared_kernel ? 0 : ky * kernel_w + kx;
      const std::size_t pixel =
          static_cast<std::size_t>(y) * in_width + static_cast<std::size_t>(x);
      for (unsigned c = 0; c < in_channels; ++c) {
        visit(acts[pixel * in_channels + c],
              codes[(std::size_t{co} * positions + position) * in_channels + c]);
      }
    }
  }
}

std::int32_t LayerCase::weight(std::uint16_t full_code) const {
  if (arch.pe == PeKind::kDfp) return static_cast<std::int8_t>(full_code);
  const std::int32_t code = full_code >> (bits - truncation);
  const std::int32_t full = 1 << truncation;
  if (format == models::WeightFormat::kBwb) return 2 * code + 1 - full;
  return code >= full / 2 ? code - full : code;
}

std::int32_t LayerCase::accumulator(unsigned oy, unsigned ox, unsigned co) const {
  std::int32_t sum = 0;
  for_products(oy, ox, co, [&](std::uint16_t act, std::uint16_t code) {
    sum += weight(code) * (act_signed ? static_cast<std::int8_t>(act) : act);
  });
  return sum;
}

std::int16_t LayerCase::residual_at(unsigned oy, unsigned ox, unsigned co) const {
  if (residual.empty()) return 0;
  return residual[(std::size_t{oy} * out_width + ox) * out_channels + co];
}

std::int64_t LayerCase::dfp_sum(unsigned oy, unsigned ox, unsigned co) const {
  return accumulator(oy, ox, co) + params[co].offset +
         residual_at(oy, ox, co) * (std::int64_t{1} << residual_exponent);
}

test::WideFixed LayerCase::posit_accumulator(unsigned oy, unsigned ox, unsigned co) const {
  std::vector<test::PositOracle::Code> a, w;
  for_products(oy, ox, co, [&](std::uint16_t act, std::uint16_t code) {
    a.push_back(act);
    w.push_back(code);
  });
  return oracle->in_units(oracle->dot(a, w));
}

test::PositPost LayerCase::posit_post(unsigned oy, unsigned ox, unsigned co) const {
  test::PositPost post;
  post.offset = params[co].offset;
  post.offset_shift = offset_shift;
  const auto code = static_cast<unsigned>(residual_at(oy, ox, co)) % oracle->codes();
  post.residual = static_cast<test::PositOracle::Code>(code);
  post.residual_exponent = residual_exponent;
  post.relu = relu;
  post.out_exponent = out_exponent;
  post.is_s32 = out_kind == OutKind::kS32;
  post.shift = shift;
  return post;
}

test::WideFixed LayerCase::posit_sum(unsigned oy, unsigned ox, unsigned co) const {
  return posit_accumulator(oy, ox, co) + oracle->addend(posit_post(oy, ox, co));
}

OutElement LayerCase::output(unsigned oy, unsigned ox, unsigned co) const {
  OutElement out;
  switch (arch.pe) {
    case PeKind::kAbs:
      return golden_postproc(accumulator(oy, ox, co), params[co], residual_at(oy, ox, co),
                             residual_gain, shift, act_shift, out_kind, emits_activation);
    case PeKind::kDfp:
      out.value = test::sdfp_oracle(static_cast<std::int32_t>(dfp_sum(oy, ox, co)),
                                    static_cast<int>(shift), rounding, range_of(out_kind), 0)
                      .value;
      break;
    case PeKind::kPosit:
      out.value = oracle->postprocess(posit_accumulator(oy, ox, co), posit_post(oy, ox, co));
      break;
  }
  return out;
}

bool LayerCase::is_inside(const OutElement& out) const {
  const models::IntegerRange range = range_of(out_kind);
  if (arch.pe == PeKind::kPosit && out_kind != OutKind::kS32) {
    const std::int32_t magnitude = std::abs(out.value);
    return magnitude > 1 && magnitude < std::int32_t{oracle->maxpos()};
  }
  return out.value != 0 && out.value != range.low && out.value != range.high;
}

OutElement golden_postproc(std::int32_t acc, const ChannelParams& params, std::int32_t residual,
                           std::int32_t gain, unsigned shift, unsigned act_shift, OutKind kind,
                           bool emits) {
  __extension__ using Wide = __int128;
  const auto rounded = [](Wide value, unsigned by) {  // floor(value / 2^by + 1/2)
    const Wide unit = Wide{1} << by;
    const Wide sum = value + unit / 2;
    return sum >= 0 ? sum / unit : -((-sum + unit - 1) / unit);
  };
  Wide low = -(Wide{1} << 31);
  Wide high = (Wide{1} << 31) - 1;
  if (kind == OutKind::kU8) low = 0, high = 255;
  if (kind == OutKind::kS8) low = -128, high = 127;
  if (kind == OutKind::kS16) low = -32768, high = 32767;
  const Wide y =
      rounded(Wide{acc} * params.multiplier + params.offset + Wide{residual} * gain, shift);
  const Wide value = std::clamp(y, low, high);
  OutElement out;
  out.value = static_cast<std::int32_t>(value);
  if (emits) {
    const Wide act = rounded(value * params.act_multiplier + params.act_offset, act_shift);
    out.activation = static_cast<std::uint8_t>(std::clamp(act, Wide{0}, Wide{255}));
  }
  return out;
}

}  // namespace absim::tests
