// SPDX-License-Identifier: Apache-2.0
#include "tests/support/format_networks.hpp"

#include <random>

#include "tests/support/network_builder.hpp"

namespace absim::test {
namespace {

using namespace models;

/// The graph, in a format whose parameters are then thrown away.
QuantizedNetwork graph_of(std::uint64_t seed) {
  NetworkBuilder builder("parallel", {11, 9, 3}, seed, WeightFormat::kBwb, 1);
  const auto conv = [](const char* name, std::size_t channels, std::size_t stride) {
    NetworkBuilder::Spec spec;
    spec.name = name;
    spec.channels = channels;
    spec.kernel_h = spec.kernel_w = 3;
    spec.stride = stride;
    spec.pad = {1, 1, 1, 1};
    return spec;
  };
  builder.add(conv("stem", 5, 1)).add(conv("a", 5, 1));
  NetworkBuilder::Spec last = conv("b", 5, 1);
  Residual residual;
  residual.tensor = "stem";
  last.residual = residual;
  builder.add(last).add(conv("c", 9, 2)).add_linear("linear", 10);
  return builder.finish();
}

/// One set of parameters that a test may then change.
PostprocParams plain_params(std::size_t channels) {
  PostprocParams params;
  params.multiplier.assign(channels, 1);
  params.offset.assign(channels, 0);
  return params;
}

}  // namespace

QuantizedNetwork make_small_dfp_network(std::uint64_t seed, int beta) {
  QuantizedNetwork network = graph_of(seed);
  std::mt19937_64 random(seed);
  network.format = WeightFormat::kDfp;
  network.bits = kDfpBits;
  network.float_top1_percent = 50.0;
  for (std::size_t i = 0; i < network.values.size(); ++i) {
    const Layer& layer = network.graph.layers[i];
    LayerValues& values = network.values[i];
    for (std::uint16_t& code : values.codes) {
      code = static_cast<std::uint16_t>((random() % 255 + 129) % 256);  // all but -128
    }
    PostprocParams params = plain_params(layer.out.channels);
    for (std::int64_t& offset : params.offset) offset = static_cast<std::int64_t>(random() % 4096);
    params.residual_gain = layer.residual ? 512 : 0;
    params.shift = i + 1 == network.values.size() ? 0 : 9;
    values.postproc = {params};
    values.weight_exponent = TensorExponent{-7 + beta, beta};
    values.output_exponent = TensorExponent{-5, 0};
  }
  check_network(network, "test");
  return network;
}

QuantizedNetwork make_small_posit_network(std::uint64_t seed, PositFormat format) {
  QuantizedNetwork network = graph_of(seed);
  std::mt19937_64 random(seed);
  network.format = WeightFormat::kPosit;
  network.bits = format.n;
  network.posit = format;
  network.float_top1_percent = 50.0;
  // Codes near 1, so that sums stay far from the quire's ends: the regime of one bit.
  const auto near_one = [&] {
    const auto one = static_cast<std::uint16_t>(1U << (format.n - 2));
    auto code = static_cast<std::uint16_t>(one + random() % (one / 2U));
    if (random() % 2 == 0) code = static_cast<std::uint16_t>((~code + 1U) & format.mask());
    return code;
  };
  const int sign_bits = 16 - static_cast<int>(format.n);
  for (std::int16_t& code : network.input_codes) {
    const auto word = static_cast<std::int16_t>(static_cast<std::uint16_t>(near_one() << sign_bits));
    code = static_cast<std::int16_t>(word / (1 << sign_bits));
  }
  for (std::size_t i = 0; i < network.values.size(); ++i) {
    const Layer& layer = network.graph.layers[i];
    LayerValues& values = network.values[i];
    for (std::uint16_t& code : values.codes) code = near_one();
    PostprocParams params = plain_params(layer.out.channels);
    const bool logits = i + 1 == network.values.size();
    params.shift = logits ? static_cast<unsigned>(2 * format.max_exponent()) : 0;
    params.out_exponent = logits ? 0 : -3;
    values.output = logits ? ElementType::kS32
                           : (format.n <= 8 ? ElementType::kPosit8 : ElementType::kPosit16);
    values.postproc = {params};
  }
  check_network(network, "test");
  return network;
}

}  // namespace absim::test
