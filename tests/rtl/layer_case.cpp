// SPDX-License-Identifier: Apache-2.0
#include "tests/rtl/layer_case.hpp"

#include <algorithm>
#include <cstdlib>

namespace absim::tests {

using sim::ChannelParams;
using sim::OutKind;
using sim::PeKind;

std::int64_t uniform(Rng& rng, std::int64_t low, std::int64_t high) {
  const auto range = static_cast<std::uint64_t>(high - low) + 1;
  return low + static_cast<std::int64_t>(range == 0 ? rng() : rng() % range);
}

bool chance(Rng& rng, unsigned percent) { return rng() % 100 < percent; }

namespace {

void choose_geometry(Rng& rng, LayerCase& layer) {
  const sim::ArchConfig& arch = layer.arch;
  const auto size = [&rng](std::int64_t low, std::int64_t high) {
    return static_cast<unsigned>(uniform(rng, low, high));
  };
  layer.kernel_h = size(1, 4);
  layer.kernel_w = size(1, 4);
  layer.stride = size(1, 3);
  layer.pad_top = size(0, layer.kernel_h - 1);
  layer.pad_left = size(0, layer.kernel_w - 1);
  layer.out_height = size(1, 6);
  layer.out_width = size(1, 2 * arch.rows);
  layer.in_channels = size(1, 2 * arch.lanes + 1);
  layer.out_channels = size(1, 3 * arch.cols);
  if (chance(rng, 15)) {  // the classifier after global average pooling
    layer.shared_kernel = true;
    layer.kernel_h = size(2, 4);
    layer.kernel_w = size(2, 4);
    layer.pad_top = layer.pad_left = 0;
    layer.out_height = layer.out_width = 1;
  }
  // Rows and columns of padding on the far side: 0 to kernel - 1, so that the map is not empty.
  const unsigned pad_bottom = layer.shared_kernel ? 0 : size(0, layer.kernel_h - 1);
  const unsigned pad_right = layer.shared_kernel ? 0 : size(0, layer.kernel_w - 1);
  const unsigned height = (layer.out_height - 1) * layer.stride + layer.kernel_h;
  const unsigned width = (layer.out_width - 1) * layer.stride + layer.kernel_w;
  layer.in_height = height > layer.pad_top + pad_bottom ? height - layer.pad_top - pad_bottom : 1;
  layer.in_width = width > layer.pad_left + pad_right ? width - layer.pad_left - pad_right : 1;
}

std::uint16_t random_code(Rng& rng, const LayerCase& layer, unsigned bits) {
  const auto code = static_cast<std::uint16_t>(rng() % (1U << bits));
  if (layer.arch.pe != PeKind::kPosit) return code;
  const test::PositOracle& oracle = *layer.oracle;
  if (code == oracle.nar()) return 0;  // no network holds one
  // Most are of magnitude 1/4 to 4, so that the largest products do not hide the others.
  const unsigned one = oracle.codes() / 4;
  if (chance(rng, 10)) return code;
  const auto near = static_cast<unsigned>(uniform(rng, one / 2, one + one / 2));
  return static_cast<std::uint16_t>(chance(rng, 50) ? near : oracle.codes() - near);
}

void choose_codes(Rng& rng, LayerCase& layer) {
  const bool posit = layer.arch.pe == PeKind::kPosit;
  layer.acts.resize(std::size_t{layer.in_height} * layer.in_width * layer.in_channels);
  for (auto& a : layer.acts) a = random_code(rng, layer, posit ? layer.arch.posit_bits : 8);
  const std::size_t positions =
      layer.shared_kernel ? 1 : std::size_t{layer.kernel_h} * layer.kernel_w;
  layer.codes.resize(layer.out_channels * positions * layer.in_channels);
  for (auto& code : layer.codes) code = random_code(rng, layer, layer.bits);
  if (!chance(rng, 40)) return;
  layer.residual.resize(std::size_t{layer.out_height} * layer.out_width * layer.out_channels);
  for (std::int16_t& r : layer.residual) {
    r = static_cast<std::int16_t>(
        posit ? layer.oracle->extended(random_code(rng, layer, layer.arch.posit_bits))
              : uniform(rng, -32768, 32767));
  }
}

// What a kind of PE does not use is random as well.
void choose_params(Rng& rng, LayerCase& layer, unsigned offset_bits) {
  const std::int64_t limit = std::int64_t{1} << offset_bits;
  layer.params.resize(layer.out_channels);
  for (ChannelParams& p : layer.params) {
    p.multiplier = static_cast<std::int16_t>(uniform(rng, -32768, 32767));
    p.offset = uniform(rng, -limit, limit);
    p.act_multiplier = static_cast<std::int16_t>(uniform(rng, -32768, 32767));
    p.act_offset = uniform(rng, -(1LL << 24), 1LL << 24);
  }
}

void choose_abs_values(Rng& rng, LayerCase& layer) {
  choose_params(rng, layer, 34);
  layer.residual_gain = static_cast<std::int32_t>(uniform(rng, -(1 << 20), 1 << 20));
  layer.out_kind = static_cast<OutKind>(uniform(rng, 0, 3));
  layer.shift = static_cast<unsigned>(uniform(rng, layer.out_kind >= OutKind::kS16 ? 10 : 24,
                                              layer.out_kind >= OutKind::kS16 ? 24 : 32));
  layer.emits_activation = layer.out_kind == OutKind::kS16 && chance(rng, 60);
  layer.act_shift = static_cast<unsigned>(uniform(rng, 14, 24));
}

// Sums stay within 32 bits: 2^28 + 2^29 and 255 * 128 for each product.
void choose_dfp_values(Rng& rng, LayerCase& layer) {
  choose_params(rng, layer, static_cast<unsigned>(uniform(rng, 1, 28)));
  layer.residual_exponent = static_cast<int>(uniform(rng, 0, 14));
  layer.rounding = static_cast<models::Rounding>(uniform(rng, 0, 4));  // never stochastic
  layer.out_kind = static_cast<OutKind>(uniform(rng, 0, 3));
  // Mostly so that the first output is about as large as its range.
  const int bits[] = {8, 7, 15, 31};
  const std::int64_t sum = std::abs(layer.dfp_sum(0, 0, 0));
  int shift =
      static_cast<int>(uniform(rng, -1, 2)) - bits[static_cast<std::size_t>(layer.out_kind)];
  for (std::int64_t rest = sum; rest != 0; rest /= 2) ++shift;
  layer.shift =
      static_cast<unsigned>(chance(rng, 20) ? uniform(rng, 0, 31) : std::clamp(shift, 0, 31));
}

void choose_posit_values(Rng& rng, LayerCase& layer) {
  const int max = layer.oracle->max_exponent();
  const auto bits = static_cast<unsigned>(uniform(rng, 1, 46));
  choose_params(rng, layer, bits);
  layer.offset_shift = static_cast<unsigned>(
      std::max<std::int64_t>(0, 2 * max - static_cast<int>(bits) + uniform(rng, -3, 6)));
  layer.residual_exponent = static_cast<int>(uniform(rng, -max, 6));
  layer.relu = chance(rng, 40);
  layer.out_exponent = static_cast<int>(uniform(rng, -512, 511));
  layer.shift = static_cast<unsigned>(uniform(rng, 0, 255));
  const bool logits = chance(rng, 25);
  layer.out_kind = logits                      ? OutKind::kS32
                   : layer.arch.posit_bits > 8 ? OutKind::kS16
                                               : OutKind::kS8;
  const test::WideFixed sum = layer.posit_sum(0, 0, 0);
  if (sum.is_zero() || chance(rng, 10)) return;
  // So that the first output is about 1, or a logit of up to 34 bits.
  const auto some = static_cast<int>(uniform(rng, -4, 4));
  layer.out_exponent = 2 * max - sum.leading() + some;
  layer.shift =
      static_cast<unsigned>(std::max(0, sum.leading() - static_cast<int>(uniform(rng, 5, 33))));
}

void choose_values(Rng& rng, LayerCase& layer) {
  choose_codes(rng, layer);
  switch (layer.arch.pe) {
    case PeKind::kAbs:
      return choose_abs_values(rng, layer);
    case PeKind::kDfp:
      return choose_dfp_values(rng, layer);
    case PeKind::kPosit:
      return choose_posit_values(rng, layer);
  }
}

}  // namespace

LayerCase random_layer(Rng& rng, const sim::ArchConfig& arch, const test::PositOracle* oracle) {
  LayerCase layer;
  layer.arch = arch;
  layer.oracle = oracle;
  layer.arch.plane_order =
      chance(rng, 50) ? sim::PlaneOrder::kStationary : sim::PlaneOrder::kProgressive;
  layer.format =
      chance(rng, 50) ? models::WeightFormat::kTwosComplement : models::WeightFormat::kBwb;
  layer.bits = arch.pe != PeKind::kAbs ? arch.weight_bits()
               : chance(rng, 60)       ? 8
                                       : static_cast<unsigned>(uniform(rng, 1, 8));
  layer.truncation = static_cast<unsigned>(uniform(rng, 1, layer.bits));
  layer.act_signed = chance(rng, 50);
  choose_geometry(rng, layer);
  choose_values(rng, layer);
  layer.strip_rows = static_cast<unsigned>(uniform(rng, 1, layer.out_height));
  const unsigned groups = (layer.out_channels + arch.cols - 1) / arch.cols;
  layer.groups_of_job = static_cast<unsigned>(uniform(rng, 1, groups));
  if (!layer.shared_kernel && chance(rng, 30)) {
    layer.weight_streamed = true;
    const bool stationary = layer.arch.plane_order == sim::PlaneOrder::kStationary;
    const unsigned unit = stationary ? layer.planes() : 1;
    const unsigned units =
        layer.kernel_h * layer.kernel_w * layer.chunks() * (stationary ? 1 : layer.planes());
    layer.segment_words = unit * static_cast<unsigned>(uniform(rng, 1, units + 1));
  }
  return layer;
}

}  // namespace absim::tests
