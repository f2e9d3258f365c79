// SPDX-License-Identifier: Apache-2.0
// The checks of bit-parallel networks, DFP and posit: codes, parameters, and the proof that the sum
// of products, offset and residual fits the accelerator's registers.
#include "models/network/dump_check.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

#include "models/core/error.hpp"
#include "models/network/dump_complaint.hpp"

namespace absim::models {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t kSumMax = std::numeric_limits<std::int32_t>::max();
constexpr std::uint16_t kDfpLowest = 128;  // the code of -128, beyond the symmetric range

/// Largest magnitude of a DFP activation.
std::uint64_t dfp_magnitude(ElementType type) { return type == ElementType::kU8 ? 255 : 128; }

std::uint64_t magnitude(std::int64_t value) {
  return value < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(value)
                   : static_cast<std::uint64_t>(value);
}

/// a + b and a * b, or `limit` + 1 where that is more than `limit`.
Wide add_limited(Wide a, Wide b, Wide limit) {
  return a > limit || b > limit - a ? limit + 1 : a + b;
}
Wide multiply_limited(Wide a, Wide b, Wide limit) {
  return b != 0 && a > limit / b ? limit + 1 : a * b;
}

/// ceil(value * 2^exponent), or `limit` + 1.
Wide scaled_limited(std::uint64_t value, int exponent, Wide limit) {
  if (value == 0) return 0;
  if (exponent <= -64) return 1;
  if (exponent < 0) {
    const std::uint64_t rest = value & ((std::uint64_t{1} << -exponent) - 1);
    return (value >> -exponent) + (rest != 0 ? 1 : 0);
  }
  return exponent > 126 ? limit + 1 : multiply_limited(value, Wide{1} << exponent, limit);
}

/// How often each weight meets an activation in one output.
std::size_t uses_of(const Layer& layer) { return layer.shared_kernel() ? layer.in.pixels() : 1; }

void check_ones(const Complaint& fail, const PostprocParams& params) {
  for (std::size_t c = 0; c < params.multiplier.size(); ++c) {
    if (params.multiplier[c] != 1) {
      fail("multiplier", "found {} in channel {}; allowed: 1, the format has none",
           params.multiplier[c], c);
    }
  }
}

void check_zero(const Complaint& fail, const char* name, int found, const char* reason) {
  if (found != 0) fail(name, "found {}; allowed: 0, {}", found, reason);
}

std::uint64_t dfp_bound(const QuantizedNetwork& network, std::size_t index, std::size_t channel) {
  const Layer& layer = network.graph.layers[index];
  const LayerValues& values = network.values[index];
  const PostprocParams& params = values.postproc.at(0);
  const std::size_t row = values.codes.size() / layer.out.channels;
  std::uint64_t sum = 0;
  for (std::size_t i = channel * row; i < (channel + 1) * row; ++i) {
    const std::int32_t weight =
        truncated_weight(network.format, network.bits, network.bits, values.codes[i]);
    sum += static_cast<std::uint64_t>(std::abs(weight));
  }
  sum *= uses_of(layer) * dfp_magnitude(tensor_type(network, layer.input));
  sum += magnitude(params.offset[channel]);
  if (layer.residual) {
    sum += dfp_magnitude(tensor_type(network, layer.residual->tensor)) *
           magnitude(params.residual_gain);
  }
  return sum;
}

void check_dfp(const QuantizedNetwork& network, std::size_t index, const Complaint& fail) {
  const Layer& layer = network.graph.layers[index];
  const LayerValues& values = network.values[index];
  const PostprocParams& params = values.postproc.at(0);
  if (std::count(values.codes.begin(), values.codes.end(), kDfpLowest) != 0) {
    fail("codes", "found -128; allowed: -{}..{}", kDfpWeightMax, kDfpWeightMax);
  }
  const std::int32_t gain = params.residual_gain;
  if (gain < 0 || (gain & (gain - 1)) != 0) {
    fail("residual_gain", "found {}; allowed: 0 or a power of two", gain);
  }
  check_zero(fail, "offset_shift", static_cast<int>(params.offset_shift), "it is of posit layers");
  check_zero(fail, "residual_exponent", params.residual_exponent, "it is of posit layers");
  check_zero(fail, "out_exponent", params.out_exponent, "it is of posit layers");
  for (std::size_t c = 0; c < layer.out.channels; ++c) {
    const std::uint64_t bound = dfp_bound(network, index, c);
    if (bound <= kSumMax) continue;
    fail(
        "codes",
        "found weights, offset and residual whose sum can reach {} in channel {}; allowed: at most "
        "{}",
        bound, c, kSumMax);
  }
}

/// |sum| of a channel in units of 2^M quire steps squared, that is of maxpos / minpos: every
/// activation counts as maxpos. More than `limit` is `limit` + 1.
Wide posit_bound(const QuantizedNetwork& network, std::size_t index, std::size_t channel,
                 Wide limit) {
  const Layer& layer = network.graph.layers[index];
  const LayerValues& values = network.values[index];
  const PostprocParams& params = values.postproc.at(0);
  const int m = network.posit.max_exponent();
  const std::size_t row = values.codes.size() / layer.out.channels;
  Wide weights = 0;  // in units of minpos: |w| 2^M is whole
  for (std::size_t i = channel * row; i < (channel + 1) * row; ++i) {
    const PositValue w = decode_posit(network.posit, values.codes[i]);
    if (w.kind != PositKind::kFinite) continue;
    const int exponent = w.exponent - static_cast<int>(w.fraction_bits) + m;
    weights = add_limited(weights, scaled_limited(w.significand, exponent, limit), limit);
  }
  Wide sum = multiply_limited(weights, uses_of(layer), limit);
  const int offset_exponent = static_cast<int>(params.offset_shift) - 2 * m;
  sum = add_limited(sum, scaled_limited(magnitude(params.offset[channel]), offset_exponent, limit),
                    limit);
  if (layer.residual) {
    sum = add_limited(sum, scaled_limited(1, m + params.residual_exponent, limit), limit);
  }
  return sum;
}

void check_exponent(const Complaint& fail, const char* name, int found, int low) {
  if (found < low || found > kMaxExponent) {
    fail(name, "found {}; allowed: {}..{}", found, low, kMaxExponent);
  }
}

void check_posit(const QuantizedNetwork& network, std::size_t index, const Complaint& fail) {
  const Layer& layer = network.graph.layers[index];
  const LayerValues& values = network.values[index];
  const PostprocParams& params = values.postproc.at(0);
  const bool logits = index + 1 == network.graph.layers.size();
  const auto nar = std::find(values.codes.begin(), values.codes.end(), network.posit.nar());
  if (nar != values.codes.end()) fail("codes", "found NaR; allowed: finite posits");
  if (params.offset_shift > kMaxPositShift) {
    fail("offset_shift", "found {}; allowed: 0..{}", params.offset_shift, kMaxPositShift);
  }
  check_zero(fail, "residual_gain", params.residual_gain, "residuals are scaled by an exponent");
  if (layer.residual) {
    check_exponent(fail, "residual_exponent", params.residual_exponent,
                   -network.posit.max_exponent());
  } else {
    check_zero(fail, "residual_exponent", params.residual_exponent, "the layer adds no residual");
  }
  if (logits) {
    check_zero(fail, "out_exponent", params.out_exponent, "logits are no posits");
  } else {
    check_exponent(fail, "out_exponent", params.out_exponent, kMinExponent);
    check_zero(fail, "shift", static_cast<int>(params.shift), "only logits are shifted");
  }
  // |sum| < 2^(4M + 15) quire steps, so in units of 2^(2M) steps less than 2^(2M + 15).
  const unsigned limit_bits = network_quire_bits(network.posit) - 1 -
                              2 * static_cast<unsigned>(network.posit.max_exponent());
  const Wide limit = (Wide{1} << limit_bits) - 1;
  for (std::size_t c = 0; c < layer.out.channels; ++c) {
    if (posit_bound(network, index, c, limit) <= limit) continue;
    fail("codes",
         "found weights, offset and residual whose sum can pass the quire's {} bits in channel {}; "
         "allowed: less than 2^{} steps",
         network_quire_bits(network.posit), c, network_quire_bits(network.posit) - 1);
  }
}

}  // namespace

unsigned network_quire_bits(PositFormat format) {
  return 4 * static_cast<unsigned>(format.max_exponent()) + kQuireCarryBits;
}

std::pair<std::int32_t, std::int32_t> input_code_range(const QuantizedNetwork& network) {
  if (network.format != WeightFormat::kPosit) return {-128, 127};
  const std::int32_t largest = network.posit.maxpos();
  return {-largest, largest};
}

void check_parallel_format(const QuantizedNetwork& network, const std::string& where) {
  if (network.format == WeightFormat::kDfp) {
    if (network.bits != kDfpBits) {
      throw FormatError(
          fmt::format("{}: bits: found {}; allowed: {}", where, network.bits, kDfpBits));
    }
    if (network.rounding == Rounding::kStochastic) {
      throw FormatError(fmt::format("{}: rounding: found {}; allowed: a deterministic one", where,
                                    rounding_name(network.rounding)));
    }
    return;
  }
  check_posit_format(network.posit, where);
  if (network.bits != network.posit.n) {
    throw FormatError(fmt::format("{}: bits: found {}; allowed: {}, as the posit format", where,
                                  network.bits, network.posit.n));
  }
}

std::optional<std::string> parallel_type_problem(const QuantizedNetwork& network,
                                                 std::size_t index) {
  const Layer& layer = network.graph.layers[index];
  const ElementType output = network.values[index].output;
  const bool posit = network.format == WeightFormat::kPosit;
  if (layer.emits_activation) {
    return fmt::format("found a second output; allowed: none in {} networks",
                       format_name(network.format));
  }
  const ElementType wanted = index + 1 == network.graph.layers.size() ? ElementType::kS32
                             : posit                                  ? input_type(network)
                             : layer.relu                             ? ElementType::kU8
                                                                      : ElementType::kS8;
  if (output == wanted) return {};
  const char* reason = wanted == ElementType::kS32  ? ", the logits"
                       : posit                      ? ", as all tensors"
                       : wanted == ElementType::kU8 ? " after relu"
                                                    : " without relu";
  return fmt::format("found {}; allowed: {}{}", type_name(output), type_name(wanted), reason);
}

void check_parallel_layer(const QuantizedNetwork& network, std::size_t index,
                          const std::string& where) {
  const Complaint fail(where, network.graph.layers[index].name);
  check_ones(fail, network.values[index].postproc.at(0));
  if (network.format == WeightFormat::kDfp) {
    check_dfp(network, index, fail);
  } else {
    check_posit(network, index, fail);
  }
}

}  // namespace absim::models
