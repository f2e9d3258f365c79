// SPDX-License-Identifier: Apache-2.0
// The checks of a quantised network: types, sizes, widths, and the proof that no accumulator
// overflows.
#include "models/network/dump_check.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

#include "models/core/error.hpp"
#include "models/network/dump_complaint.hpp"

namespace absim::models {
namespace {

constexpr std::uint64_t kAccumulatorMax = std::numeric_limits<std::int32_t>::max();

// acc * M + B + res * R + half < 2^31 * 2^15 + 2^47 + 2^15 * 2^31 + 2^46, so 64 bits never
// overflow.
static_assert(31 + kMultiplierBits - 1 < 62 && kOffsetBits - 1 < 62 &&
                  15 + kResidualGainBits - 1 < 62 && kMaxShift - 1 < 62,
              "four terms of less than 2^61 fit 64 bits");

using Histogram = std::array<std::uint64_t, 256>;

Histogram code_histogram(const Layer& layer, const LayerValues& values, std::size_t channel) {
  const std::size_t count = layer.weight_count() / layer.out.channels;
  Histogram histogram{};
  for (std::size_t i = 0; i < count; ++i) ++histogram[values.codes[channel * count + i]];
  return histogram;
}

std::uint64_t bound_of(const QuantizedNetwork& network, const Layer& layer,
                       const Histogram& histogram, unsigned t) {
  const std::uint64_t largest = tensor_type(network, layer.input) == ElementType::kU8 ? 255 : 128;
  const std::uint64_t uses = layer.shared_kernel() ? layer.in.pixels() : 1;  // of each weight
  std::uint64_t sum = 0;
  for (std::size_t code = 0; code < (std::size_t{1} << network.bits); ++code) {
    if (histogram[code] == 0) continue;
    const std::int32_t weight =
        truncated_weight(network.format, network.bits, t, static_cast<std::uint16_t>(code));
    sum += histogram[code] * static_cast<std::uint64_t>(std::abs(weight) + 1);
  }
  return sum * uses * largest;
}

void check_offsets(const Complaint& fail, const char* tensor,
                   const std::vector<std::int64_t>& offsets, unsigned t) {
  constexpr std::int64_t kLimit = std::int64_t{1} << (kOffsetBits - 1);
  for (std::size_t c = 0; c < offsets.size(); ++c) {
    if (offsets[c] < -kLimit || offsets[c] >= kLimit) {
      fail(tensor, "found {} in channel {} at t = {}; allowed: signed {} bits", offsets[c], c, t,
           kOffsetBits);
    }
  }
}

void check_params(const Complaint& fail, const Layer& layer, const PostprocParams& params,
                  unsigned t, unsigned max_shift) {
  const std::size_t channels = layer.out.channels;
  const std::size_t act_channels = layer.emits_activation ? channels : 0;
  fail.size("multiplier", params.multiplier.size(), channels);
  fail.size("offset", params.offset.size(), channels);
  fail.size("act_multiplier", params.act_multiplier.size(), act_channels);
  fail.size("act_offset", params.act_offset.size(), act_channels);
  check_offsets(fail, "offset", params.offset, t);
  check_offsets(fail, "act_offset", params.act_offset, t);
  if (params.shift > max_shift) {
    fail("shift", "found {} at t = {}; allowed: 0..{}", params.shift, t, max_shift);
  }
  if (params.act_shift > (layer.emits_activation ? kMaxShift : 0)) {
    fail("act_shift", "found {} at t = {}; allowed: 0..{}", params.act_shift, t,
         layer.emits_activation ? kMaxShift : 0);
  }
  if (!layer.residual && params.residual_gain != 0) {
    fail("residual_gain", "found {} at t = {}; allowed: 0, the layer adds no residual",
         params.residual_gain, t);
  }
}

unsigned max_shift(WeightFormat format) {
  if (is_bit_serial(format)) return kMaxShift;
  return format == WeightFormat::kDfp ? kMaxDfpShift : kMaxPositShift;
}

void check_scales(const Complaint& fail, const char* name, const std::vector<double>& scales,
                  std::size_t count, std::size_t other_count) {
  if (!scales.empty() && scales.size() != count && scales.size() != other_count) {
    fail(name, "found {} values; allowed: none or {}", scales.size(), count);
  }
  for (const double scale : scales) {
    if (!std::isfinite(scale) || scale < 0) {
      fail(name, "found {}; allowed: a finite number of at least 0", scale);
    }
  }
}

void check_accumulators(const QuantizedNetwork& network, std::size_t index,
                        const std::string& where) {
  const Layer& layer = network.graph.layers[index];
  for (std::size_t c = 0; c < layer.out.channels; ++c) {
    const Histogram histogram = code_histogram(layer, network.values[index], c);
    for (unsigned t = 1; t <= network.bits; ++t) {
      const std::uint64_t bound = bound_of(network, layer, histogram, t);
      if (bound <= kAccumulatorMax) continue;
      throw FormatError(
          fmt::format("{}: tensor '{}.codes': found weights whose accumulator can reach {} in "
                      "channel {} at t = {}; "
                      "allowed: at most {}",
                      where, layer.name, bound, c, t, kAccumulatorMax));
    }
  }
}

void check_layer(const QuantizedNetwork& network, std::size_t index, const std::string& where) {
  const Layer& layer = network.graph.layers[index];
  const LayerValues& values = network.values[index];
  const Complaint fail(where, layer.name);
  if (const auto found = type_problem(network, index)) {
    throw ConfigError(fmt::format("{}: layer '{}': output: {}", where, layer.name, *found));
  }
  check_scales(fail, "weight_scale", values.weight_scale, layer.out.channels, 1);
  const std::size_t sets = parameter_sets(network);
  check_scales(fail, "output_scale", values.output_scale, sets, sets);
  check_scales(fail, "act_scale", values.act_scale, layer.emits_activation ? sets : 0,
               layer.emits_activation ? sets : 0);
  if (!layer.has_weights()) {
    fail.size("codes", values.codes.size(), 0);
    fail.size("multiplier", values.postproc.size(), 0);
    return;
  }
  fail.size("codes", values.codes.size(), layer.weight_count());
  const std::uint16_t largest = *std::max_element(values.codes.begin(), values.codes.end());
  if (std::uint32_t{largest} >> network.bits != 0) {
    fail("codes", "found code {}; allowed: 0..{} in {} bits", largest, (1U << network.bits) - 1,
         network.bits);
  }
  if (values.postproc.size() != sets) {
    fail("multiplier", "found {} truncation lengths; allowed: {}", values.postproc.size(), sets);
  }
  for (unsigned t = least_truncation(network); t <= network.bits; ++t) {
    check_params(fail, layer, params_at(network, index, t), t, max_shift(network.format));
  }
  if (is_bit_serial(network.format)) {
    check_accumulators(network, index, where);
  } else {
    check_parallel_layer(network, index, where);
  }
}

}  // namespace

const char* type_name(ElementType type) {
  switch (type) {
    case ElementType::kU8:
      return "u8";
    case ElementType::kS8:
      return "s8";
    case ElementType::kS16:
      return "s16";
    case ElementType::kS32:
      return "s32";
    case ElementType::kPosit8:
      return "posit8";
    case ElementType::kPosit16:
      return "posit16";
  }
  return "";
}

const char* format_name(WeightFormat format) {
  switch (format) {
    case WeightFormat::kBwb:
      return "bwb";
    case WeightFormat::kTwosComplement:
      return "twos_complement";
    case WeightFormat::kDfp:
      return "dfp";
    case WeightFormat::kPosit:
      return "posit";
  }
  return "";
}

std::optional<std::string> type_problem(const QuantizedNetwork& network, std::size_t index) {
  const Layer& layer = network.graph.layers[index];
  const ElementType output = network.values[index].output;
  const ElementType input = tensor_type(network, layer.input);
  const auto wrong = [&](const std::string& allowed) {
    return fmt::format("found {}; allowed: {}", type_name(output), allowed);
  };
  if (!layer.has_weights()) {
    if (output != input) return wrong(fmt::format("{}, as the pooled tensor", type_name(input)));
    if (network.format == WeightFormat::kPosit && layer.op == LayerOp::kAvgPool) {
      return "found a mean of posits; allowed: max_pool";
    }
    return {};
  }
  if (!is_bit_serial(network.format)) return parallel_type_problem(network, index);
  if (input != ElementType::kU8 && input != ElementType::kS8) {
    return fmt::format("found {} as type of the input '{}'; allowed: u8 | s8", type_name(input),
                       layer.input);
  }
  if (index + 1 == network.graph.layers.size()) {
    if (output != ElementType::kS32) return wrong("s32, the logits");
  } else if (layer.relu) {
    if (output != ElementType::kU8) return wrong("u8 after relu");
  } else if (layer.emits_activation) {
    if (output != ElementType::kS16) return wrong("s16, a residual stream");
  } else if (output != ElementType::kS8 && output != ElementType::kS16) {
    return wrong("s8 | s16 without relu");
  }
  return {};
}

std::uint64_t accumulator_bound(const QuantizedNetwork& network, std::size_t layer,
                                std::size_t channel, unsigned t) {
  const Layer& l = network.graph.layers[layer];
  return bound_of(network, l, code_histogram(l, network.values[layer], channel), t);
}

void check_network(const QuantizedNetwork& network, const std::string& where) {
  check_graph(network.graph, where);
  const auto fail = [&](const std::string& text) { throw FormatError(where + ": " + text); };
  if (is_bit_serial(network.format)) {
    if (network.bits < 1 || network.bits > kMaxWeightBits) {
      fail(fmt::format("bits: found {}; allowed: 1..{}", network.bits, kMaxWeightBits));
    }
  } else {
    check_parallel_format(network, where);
  }
  if (network.values.size() != network.graph.layers.size()) {
    fail(fmt::format("layers: found values of {}; allowed: of {}", network.values.size(),
                     network.graph.layers.size()));
  }
  const std::size_t input_codes = network.graph.input.shape.channels * 256;
  if (network.input_codes.size() != input_codes) {
    fail(fmt::format("tensor 'input.codes': found {} values; allowed: {}",
                     network.input_codes.size(), input_codes));
  }
  const auto [low, high] = input_code_range(network);
  for (const std::int16_t code : network.input_codes) {
    if (code < low || code > high) {
      fail(fmt::format("tensor 'input.codes': found code {}; allowed: {}..{}", code, low, high));
    }
  }
  if (!std::isfinite(network.input_scale) || network.input_scale <= 0) {
    fail(fmt::format("input_scale: found {}; allowed: more than 0", network.input_scale));
  }
  if (!(network.float_top1_percent >= 0 && network.float_top1_percent <= 100)) {
    fail(fmt::format("float_top1_percent: found {}; allowed: 0..100", network.float_top1_percent));
  }
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(network.provenance.begin(), network.provenance.end(), is_control)) {
    fail("provenance: found control characters; allowed: one line of text");
  }
  for (std::size_t i = 0; i < network.values.size(); ++i) check_layer(network, i, where);
}

}  // namespace absim::models
