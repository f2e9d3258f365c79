// SPDX-License-Identifier: Apache-2.0
// The checks of a network in memory: shapes, types, ranges, accumulators that cannot overflow.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

#include "models/core/error.hpp"
#include "models/network/dump.hpp"
#include "models/network/dump_check.hpp"
#include "tests/support/message_of.hpp"
#include "tests/support/oracle.hpp"
#include "tests/support/test_networks.hpp"

using namespace absim;
using namespace absim::models;
using namespace absim::test;
using Catch::Matchers::Contains;

TEST_CASE("dump: an accumulator that could overflow is refused", "[models][dump][negative]") {
  QuantizedNetwork network;
  network.graph.name = "wide";
  network.graph.classes = 1;
  network.graph.input.shape = {1, 1, 65536};
  network.graph.input.mean.assign(65536, 0);
  network.graph.input.std_dev.assign(65536, 1);
  Layer layer;
  layer.name = "fc";
  layer.op = LayerOp::kLinear;
  layer.input = "input";
  layer.in = {1, 1, 65536};
  layer.out = {1, 1, 1};
  network.graph.layers = {layer};
  network.input_codes.assign(65536 * 256, 0);
  LayerValues values;
  values.output = ElementType::kS32;
  values.codes.assign(65536, 128);
  values.postproc.resize(8);
  for (PostprocParams& params : values.postproc) {
    params.multiplier = {1};
    params.offset = {0};
  }
  network.values = {values};
  CHECK_NOTHROW(check_network(network, "net"));
  CHECK(accumulator_bound(network, 0, 0, 8) == 65536ULL * 128 * 2);  // |W_8| = 1
  network.values[0].codes.assign(65536, 255);
  CHECK(message_of<FormatError>([&] { check_network(network, "net"); }) ==
        "net: tensor 'fc.codes': found weights whose accumulator can reach 2147483648 in channel 0 "
        "at t = 8; "
        "allowed: at most 2147483647");
  network.values[0].codes[9] = 128;
  CHECK_NOTHROW(check_network(network, "net"));
}

TEST_CASE("dump: no accumulator exceeds its bound", "[models][dump][random]") {
  const QuantizedNetwork network = make_awkward_network(4, WeightFormat::kTwosComplement);
  double closest = 0;
  for (unsigned t = 1; t <= 8; ++t) {
    const TensorMap tensors = oracle_infer(network, t, random_image(network, 1));
    for (std::size_t i = 0; i < network.values.size(); ++i) {
      const Layer& layer = network.graph.layers[i];
      const auto sums = oracle_accumulators(network, i, t, tensors.at(layer.input));
      for (std::size_t k = 0; k < sums.size(); ++k) {
        const auto bound =
            static_cast<double>(accumulator_bound(network, i, k % layer.out.channels, t));
        const auto sum = std::abs(static_cast<double>(sums[k]));
        REQUIRE(sum <= bound);
        closest = std::max(closest, sum / bound);
      }
    }
  }
  REQUIRE(closest > 0.2);
}

TEST_CASE("check_network names what a network in memory lacks", "[models][dump][negative]") {
  const QuantizedNetwork good = make_awkward_network(5, WeightFormat::kBwb);
  const auto broken = [&](auto&& change) {
    QuantizedNetwork network = good;
    change(network);
    return message_of<Error>([&] { check_network(network, "net"); });
  };
  using N = QuantizedNetwork;
  CHECK(broken([](N&) {}) == "(no error)");
  CHECK(broken([](N& n) { n.bits = 0; }) == "net: bits: found 0; allowed: 1..8");
  CHECK(broken([](N& n) { n.bits = 9; }) == "net: bits: found 9; allowed: 1..8");
  CHECK(broken([](N& n) { n.values.pop_back(); }) ==
        "net: layers: found values of 10; allowed: of 11");
  CHECK(broken([](N& n) { n.input_codes.pop_back(); }) ==
        "net: tensor 'input.codes': found 767 values; allowed: 768");
  CHECK_THAT(broken([](N& n) { n.input_scale = NAN; }), Contains("net: input_scale: found nan"));
  CHECK_THAT(broken([](N& n) { n.float_top1_percent = -1; }),
             Contains("net: float_top1_percent: found -1"));
  CHECK_THAT(broken([](N& n) { n.provenance = "a\nb"; }),
             Contains("net: provenance: found control characters"));
  CHECK(broken([](N& n) { n.values[2].codes.pop_back(); }) ==
        "net: tensor 'a.conv1.codes': found 584 values; allowed: 585");
  CHECK_THAT(broken([](N& n) { n.values[2].postproc.pop_back(); }),
             Contains("'a.conv1.multiplier': found 7 truncation lengths; allowed: 8"));
  CHECK_THAT(broken([](N& n) { n.values[2].postproc[1].multiplier.pop_back(); }),
             Contains("'a.conv1.multiplier': found 12 values; allowed: 13"));
  CHECK_THAT(broken([](N& n) { n.values[2].postproc[1].offset.pop_back(); }),
             Contains("'a.conv1.offset': found 12 values; allowed: 13"));
  CHECK_THAT(broken([](N& n) { n.values[2].postproc[1].act_multiplier.push_back(1); }),
             Contains("'a.conv1.act_multiplier': found 1 values; allowed: 0"));
  CHECK_THAT(broken([](N& n) { n.values[7].postproc[1].act_offset.pop_back(); }),
             Contains("'c.stream.act_offset': found 10 values; allowed: 11"));
  CHECK_THAT(broken([](N& n) { n.values[2].postproc[1].act_shift = 1; }),
             Contains("'a.conv1.act_shift': found 1 at t = 2; allowed: 0..0"));
  CHECK_THAT(broken([](N& n) { n.values[7].output = ElementType::kS8; }),
             Contains("net: layer 'c.stream': output: found s8; allowed: s16, a residual stream"));
  CHECK_THAT(broken([](N& n) { n.values[0].weight_scale = {INFINITY}; }),
             Contains("'stem.weight_scale': found inf"));
  CHECK_THAT(broken([](N& n) { n.values[0].act_scale = {1}; }),
             Contains("'stem.act_scale': found 1 values; allowed: none or 0"));
  CHECK_THAT(broken([](N& n) { n.graph.layers[0].stride = 2; }),
             Contains("net: layer 'stem': out: found 11x9x5; allowed: 6x5x5"));
}

TEST_CASE("check_network: pools carry the type of their input and no values",
          "[models][dump][negative]") {
  const QuantizedNetwork good = make_pool_network(3);
  QuantizedNetwork network = good;
  network.values[1].output = ElementType::kS8;
  CHECK_THAT(message_of<Error>([&] { check_network(network, "net"); }),
             Contains("layer 'max': output: found s8; allowed: u8, as the pooled tensor"));
  network = good;
  network.values[1].codes = {1};
  CHECK_THAT(message_of<Error>([&] { check_network(network, "net"); }),
             Contains("'max.codes': found 1 values; allowed: 0"));
  network = good;
  network.values[1].postproc.resize(8);
  CHECK_THAT(message_of<Error>([&] { check_network(network, "net"); }),
             Contains("'max.multiplier': found 8 values; allowed: 0"));
}
