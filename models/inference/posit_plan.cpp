// SPDX-License-Identifier: Apache-2.0
#include "models/inference/posit_plan.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

#include "models/core/error.hpp"
#include "models/inference/inference.hpp"

namespace absim::models::fast {
namespace {

constexpr std::int64_t kLimbRange = std::int64_t{1} << kLimbBits;
constexpr std::int64_t kMostNarrow = std::numeric_limits<std::int32_t>::max();

/// A code in units of minpos: at most 2^(2M), M <= 28.
std::int64_t fixed_value(PositFormat format, PositCode code) {
  const PositValue value = decode_posit(format, code);
  if (value.kind != PositKind::kFinite) return 0;
  const int shift = value.exponent - static_cast<int>(value.fraction_bits) + format.max_exponent();
  const std::int64_t magnitude = std::int64_t{value.significand} * (std::int64_t{1} << shift);
  return value.negative ? -magnitude : magnitude;
}

/// Weights of a convolution, as integers in the order of WeightLimb.
std::vector<std::int64_t> fixed_weights(const PositPlan& plan, std::size_t index) {
  const Layer& layer = plan.network.graph.layers[index];
  const std::vector<std::uint16_t>& codes = plan.network.values[index].codes;
  const std::size_t row = layer.weight_count() / layer.out.channels;
  const std::size_t blocks = (layer.out.channels + kPositChannels - 1) / kPositChannels;
  std::vector<std::int64_t> packed(blocks * row * kPositChannels, 0);
  for (std::size_t c = 0; c < layer.out.channels; ++c) {
    std::int64_t* block = packed.data() + c / kPositChannels * row * kPositChannels;
    for (std::size_t k = 0; k < row; ++k) {
      block[k * kPositChannels + c % kPositChannels] = plan.fixed[codes[c * row + k]];
    }
  }
  return packed;
}

void measure(WeightLimb& limb, const Layer& layer) {
  const std::size_t row = layer.weight_count() / layer.out.channels;
  for (std::size_t c = 0; c < layer.out.channels; ++c) {
    const std::int64_t* block = limb.values.data() + c / kPositChannels * row * kPositChannels;
    std::uint64_t sum = 0;
    for (std::size_t k = 0; k < row; ++k) {
      sum += static_cast<std::uint64_t>(std::llabs(block[k * kPositChannels + c % kPositChannels]));
    }
    limb.largest_sum = std::max(limb.largest_sum, sum);
  }
}

std::vector<WeightLimb> weight_limbs(const PositPlan& plan, std::size_t index) {
  std::vector<std::int64_t> values = fixed_weights(plan, index);
  std::int64_t largest = 0;
  for (const std::int64_t value : values)
    largest = std::max<std::int64_t>(largest, std::llabs(value));
  std::vector<WeightLimb> limbs;
  if (largest <= kMostNarrow) {
    limbs.resize(1);
    limbs[0].values = std::move(values);
  } else if (largest < (kMostNarrow - 1) * kLimbRange) {
    limbs.resize(kMostLimbs);
    for (const std::int64_t value : values) {
      const auto parts = split_limbs(value);
      for (std::size_t i = 0; i < kMostLimbs; ++i) limbs[i].values.push_back(parts[i]);
    }
  }
  for (WeightLimb& limb : limbs) measure(limb, plan.network.graph.layers[index]);
  return limbs;
}

}  // namespace

std::array<std::int32_t, kMostLimbs> split_limbs(std::int64_t x) {
  const std::int64_t high = (x + kLimbRange / 2) >> kLimbBits;
  return {static_cast<std::int32_t>(x - high * kLimbRange), static_cast<std::int32_t>(high)};
}

PositPlan::PositPlan(const QuantizedNetwork& from, SimdLevel level)
    : network(from), table(network.graph), dot(posit_dot(level)) {
  if (dot == nullptr) {
    throw ConfigError(
        fmt::format("simd level: found {}, which this machine or build lacks; "
                    "allowed: up to {}",
                    simd_name(level), simd_name(best_simd_level())));
  }
  const bool narrow = network.posit.max_exponent() <= kMostMaxExponent;
  if (narrow) {
    for (std::uint32_t code = 0; code <= network.posit.mask(); ++code) {
      fixed.push_back(fixed_value(network.posit, static_cast<PositCode>(code)));
    }
  }
  for (std::size_t i = 0; i < network.graph.layers.size(); ++i) {
    const Layer& layer = network.graph.layers[i];
    if (layer.op == LayerOp::kAvgPool) {
      throw ConfigError(
          fmt::format("layer '{}': found avg_pool in a {} network; allowed: conv, "
                      "linear and max_pool",
                      layer.name, posit_name(network.posit)));
    }
    PositStep step;
    step.layer = i;
    step.input = table.index(layer.input);
    step.output = table.index(layer.name);
    if (layer.residual) step.residual = table.index(layer.residual->tensor);
    if (narrow && layer.op == LayerOp::kConv) step.limbs = weight_limbs(*this, i);
    steps.push_back(std::move(step));
  }
}

}  // namespace absim::models::fast
