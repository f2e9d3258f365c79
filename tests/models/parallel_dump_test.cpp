// SPDX-License-Identifier: Apache-2.0
// Dumps of DFP and posit networks: they come back as written, and every wrong one gives one clear
// line.
#include <catch2/catch.hpp>

#include <algorithm>

#include "models/network/dump_check.hpp"
#include "tests/support/broken_dump.hpp"
#include "tests/support/parallel_networks.hpp"

using namespace absim;
using namespace absim::models;
using namespace absim::test;
using Catch::Matchers::Contains;

namespace {

using N = QuantizedNetwork;

template <typename Change>
std::string broken(const N& good, Change&& change) {
  N network = good;
  change(network);
  return message_of<Error>([&] { check_network(network, "net"); });
}

void require_round_trip(const N& network) {
  const TempDir dir;
  write_dump(dir.path("d"), network, false);
  const N found = read_dump(dir.path("d"));
  REQUIRE(found.format == network.format);
  REQUIRE(found.bits == network.bits);
  REQUIRE(found.rounding == network.rounding);
  REQUIRE(found.input_codes == network.input_codes);
  REQUIRE(found.input_exponent == network.input_exponent);
  for (std::size_t i = 0; i < network.values.size(); ++i) {
    const LayerValues& a = network.values[i];
    const LayerValues& b = found.values[i];
    REQUIRE(a.codes == b.codes);
    REQUIRE(a.output == b.output);
    REQUIRE(a.weight_exponent == b.weight_exponent);
    REQUIRE(a.output_exponent == b.output_exponent);
    REQUIRE(a.postproc.size() == b.postproc.size());
    for (std::size_t k = 0; k < a.postproc.size(); ++k) {
      const PostprocParams& p = a.postproc[k];
      const PostprocParams& q = b.postproc[k];
      REQUIRE(p.multiplier == q.multiplier);
      REQUIRE(p.offset == q.offset);
      REQUIRE(p.residual_gain == q.residual_gain);
      REQUIRE(p.shift == q.shift);
      REQUIRE(p.offset_shift == q.offset_shift);
      REQUIRE(p.residual_exponent == q.residual_exponent);
      REQUIRE(p.out_exponent == q.out_exponent);
    }
  }
}

}  // namespace

TEST_CASE("dump: DFP and posit networks come back as they were written", "[models][dump]") {
  for (const Rounding rounding : {Rounding::kNearestEven, Rounding::kHalfAway, Rounding::kHalfUp,
                                  Rounding::kFloor, Rounding::kTowardZero}) {
    require_round_trip(make_dfp_network(4, rounding));
  }
  for (const PositFormat format :
       {PositFormat{8, 0}, PositFormat{8, 1}, PositFormat{8, 2}, PositFormat{6, 1},
        PositFormat{16, 1}, PositFormat{16, 2}, PositFormat{11, 0}}) {
    CAPTURE(posit_name(format));
    require_round_trip(make_posit_network(4, format));
  }
}

TEST_CASE("dump: a wrong format line is refused with its place", "[models][dump][negative]") {
  BrokenDump dfp(make_dfp_network(1));
  REQUIRE(dfp.message() == "(no error)");
  CHECK_THAT(dfp.yaml("bits: 8", "bits: 7"),
             Contains("format.bits: found '7'; allowed: a whole number 8..8"));
  CHECK_THAT(dfp.yaml("rounding: nearest_even", "rounding: stochastic"),
             Contains("format.rounding: found 'stochastic'; allowed: nearest_even | half_away | "
                      "half_up | floor | toward_zero"));
  CHECK_THAT(dfp.yaml(", rounding: nearest_even", ""), Contains("format.rounding: found no such key"));
  CHECK_THAT(dfp.yaml("rounding: nearest_even", "rounding: floor, es: 1"),
             Contains("format.es: found an unknown key"));
  CHECK_THAT(dfp.yaml("weight_beta: -1", "weight_beta: far"),
             Contains("layers[0].weight_beta: found 'far'"));
  CHECK_THAT(dfp.yaml("output: s8", "output: s16"),
             Contains("layers[4].output: found s16; allowed: s8 without relu"));
  CHECK_THAT(dfp.yaml("output: u8", "output: posit8"),
             Contains("layers[0].output: found posit8; allowed: u8 after relu"));
  BrokenDump posit(make_posit_network(1, {8, 1}));
  REQUIRE(posit.message() == "(no error)");
  CHECK_THAT(posit.yaml("bits: 8", "bits: 17"),
             Contains("format.bits: found '17'; allowed: a whole number 3..16"));
  CHECK_THAT(posit.yaml("es: 1", "es: 3"), Contains("format.es: found '3'; allowed: a whole number 0..2"));
  CHECK_THAT(posit.yaml(", es: 1", ""), Contains("format.es: found no such key"));
  CHECK_THAT(posit.yaml("output: posit8", "output: u8"),
             Contains("layers[0].output: found u8; allowed: posit8, as all tensors"));
  CHECK_THAT(posit.yaml("bits: 8", "bits: 9"), Contains("found posit8; allowed: posit16"));
}

TEST_CASE("dump: wrong tensors of DFP and posit layers are refused by name",
          "[models][dump][negative]") {
  BrokenDump dfp(make_dfp_network(1));
  CHECK_THAT(dfp.tensors([](Tensors& t) { t["stem.codes"].bytes[3] = 128; }),
             Contains("tensor 'stem.codes': found -128; allowed: -127..127"));
  CHECK_THAT(dfp.tensors([](Tensors& t) { t["stem.multiplier"].bytes[2] = 2; }),
             Contains("tensor 'stem.multiplier': found 2 in channel 1; allowed: 1, the format has "
                      "none"));
  CHECK_THAT(dfp.tensors([](Tensors& t) { t["stem.shift"].bytes[0] = 32; }),
             Contains("tensor 'stem.shift': found 32 at t = 8; allowed: 0..31"));
  CHECK_THAT(dfp.tensors([](Tensors& t) {
    t["identity.residual_gain"] = make_tensor<std::int32_t>({1}, {3});
  }),
             Contains("tensor 'identity.residual_gain': found 3; allowed: 0 or a power of two"));
  BrokenDump posit(make_posit_network(1, {8, 1}));
  CHECK_THAT(posit.tensors([](Tensors& t) { t["stem.codes"].bytes[3] = 128; }),
             Contains("tensor 'stem.codes': found NaR; allowed: finite posits"));
  CHECK_THAT(posit.tensors([](Tensors& t) { t["input.codes"].bytes[3] = 128; }),
             Contains("tensor 'input.codes': found code -128; allowed: -127..127"));
  CHECK_THAT(posit.tensors([](Tensors& t) { t.erase("stem.out_exponent"); }),
             Contains("tensor 'stem.out_exponent': found none; allowed: I16 [1]"));
  CHECK_THAT(posit.tensors([](Tensors& t) {
    t["stem.multiplier"] = make_tensor<std::int16_t>({1, 5}, {1, 1, 1, 1, 1});
  }),
             Contains("tensor 'stem.multiplier': found a tensor that no layer asks for"));
  BrokenDump wide(make_posit_network(1, {16, 1}));
  CHECK_THAT(wide.tensors([](Tensors& t) {
    t["stem.codes"] =
        make_tensor<std::uint8_t>({5, 3, 3, 3}, std::vector<std::uint8_t>(5 * 27, 1));
  }),
             Contains("tensor 'stem.codes': found U8 [5, 3, 3, 3]; allowed: U16 [5, 3, 3, 3]"));
}

TEST_CASE("check_network names what is wrong in bit-parallel networks",
          "[models][dump][negative]") {
  const N dfp = make_dfp_network(2);
  CHECK(broken(dfp, [](N&) {}) == "(no error)");
  CHECK(broken(dfp, [](N& n) { n.bits = 7; }) == "net: bits: found 7; allowed: 8");
  CHECK(broken(dfp, [](N& n) { n.rounding = Rounding::kStochastic; }) ==
        "net: rounding: found stochastic; allowed: a deterministic one");
  CHECK_THAT(broken(dfp, [](N& n) { n.graph.layers[0].emits_activation = true; }),
             Contains("layer 'stem': output: found a second output; allowed: none in dfp networks"));
  CHECK_THAT(broken(dfp, [](N& n) { n.values[0].postproc[0].out_exponent = 1; }),
             Contains("'stem.out_exponent': found 1; allowed: 0, it is of posit layers"));
  CHECK_THAT(broken(dfp, [](N& n) { n.values[0].postproc.emplace_back(n.values[0].postproc[0]); }),
             Contains("'stem.multiplier': found 2 truncation lengths; allowed: 1"));
  const N posit = make_posit_network(2, {8, 1});
  CHECK(broken(posit, [](N&) {}) == "(no error)");
  CHECK(broken(posit, [](N& n) { n.bits = 7; }) ==
        "net: bits: found 7; allowed: 8, as the posit format");
  CHECK_THAT(broken(posit, [](N& n) { n.posit.es = 3; }), Contains("net"));
  CHECK_THAT(broken(posit, [](N& n) { n.values[0].postproc[0].residual_exponent = 1; }),
             Contains("'stem.residual_exponent': found 1; allowed: 0, the layer adds no residual"));
  CHECK_THAT(broken(posit, [](N& n) { n.values[1].postproc[0].residual_exponent = -13; }),
             Contains("'identity.residual_exponent': found -13; allowed: -12..511"));
  CHECK_THAT(broken(posit, [](N& n) { n.values[1].postproc[0].out_exponent = 512; }),
             Contains("'identity.out_exponent': found 512; allowed: -512..511"));
  CHECK_THAT(broken(posit, [](N& n) { n.values[0].postproc[0].shift = 1; }),
             Contains("'stem.shift': found 1; allowed: 0, only logits are shifted"));
  CHECK_THAT(broken(posit, [](N& n) { n.values.back().postproc[0].out_exponent = 1; }),
             Contains("'linear.out_exponent': found 1; allowed: 0, logits are no posits"));
  CHECK_THAT(broken(posit, [](N& n) { n.values[0].postproc[0].offset_shift = 256; }),
             Contains("'stem.offset_shift': found 256; allowed: 0..255"));
  CHECK_THAT(broken(posit, [](N& n) { n.values[0].postproc[0].residual_gain = 1; }),
             Contains("'stem.residual_gain': found 1; allowed: 0"));
  CHECK_THAT(broken(posit, [](N& n) {
               n.graph.layers[7].op = LayerOp::kAvgPool;
             }),
             Contains("layer 'max': output: found a mean of posits; allowed: max_pool"));
}

TEST_CASE("dump: a DFP sum that could pass 32 bits is refused", "[models][dump][negative]") {
  const N good = make_dfp_network(2);
  // stem: 27 weights of at most 127 by 128, no residual: what is left to the offset is exact.
  std::int64_t products = 0;
  for (std::size_t i = 0; i < 27; ++i) {
    const auto weight = static_cast<std::int8_t>(good.values[0].codes[i]);
    products += std::abs(std::int64_t{weight}) * 128;
  }
  const std::int64_t most = 2147483647 - products;
  CHECK(broken(good, [&](N& n) { n.values[0].postproc[0].offset[0] = most; }) == "(no error)");
  CHECK(broken(good, [&](N& n) { n.values[0].postproc[0].offset[0] = -most - 1; }) ==
        "net: tensor 'stem.codes': found weights, offset and residual whose sum can reach "
        "2147483648 in channel 0; allowed: at most 2147483647");
  CHECK_THAT(broken(good, [](N& n) { n.values[1].postproc[0].residual_gain = 1 << 24; }),
             Contains("'identity.codes': found weights, offset and residual whose sum can reach"));
}

TEST_CASE("dump: a posit sum that could pass the quire is refused", "[models][dump][negative]") {
  const PositFormat format{8, 0};  // M = 6: 40 bits, so |sum| < 2^39 steps of 2^-12
  const N good = make_posit_network(2, format);
  CHECK(network_quire_bits(format) == 40);
  CHECK_THAT(broken(good, [](N& n) {
               n.values[0].postproc[0].offset[0] = std::int64_t{1} << 39;
               n.values[0].postproc[0].offset_shift = 0;
             }),
             Contains("'stem.codes': found weights, offset and residual whose sum can pass the "
                      "quire's 40 bits in channel 0; allowed: less than 2^39 steps"));
  CHECK_THAT(broken(good, [](N& n) { n.values[1].postproc[0].residual_exponent = 21; }),
             Contains("'identity.codes': found weights, offset and residual"));
  CHECK(broken(good, [](N& n) { n.values[1].postproc[0].residual_exponent = 19; }) ==
        "(no error)");
  CHECK_THAT(broken(good, [](N& n) { n.values[0].postproc[0].offset_shift = 200; }),
             Contains("'stem.codes': found weights, offset and residual"));
}
