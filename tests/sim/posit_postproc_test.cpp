// SPDX-License-Identifier: Apache-2.0
// The posit post-processing lane and the core's, which counts in 128 bits, against the oracle.
#include "sim/units/posit_postproc.hpp"

#include <catch2/catch.hpp>
#include <deque>

#include "sim/units/postproc.hpp"
#include "tests/support/posit_post_case.hpp"

namespace absim::sim {
namespace {

using models::PositFormat;
using test::PositOracle;
using test::PositPost;
using test::PositPostCase;

constexpr PositFormat kFormats[] = {{7, 1}, {8, 0}, {8, 1}, {8, 2}, {16, 1}, {16, 2}};

PositPostprocParams params_of(const PositPost& post) {
  PositPostprocParams p;
  p.offset = post.offset;
  p.offset_shift = post.offset_shift;
  p.residual = post.residual;
  p.residual_exponent = post.residual_exponent;
  p.relu = post.relu;
  p.toward_zero = post.mode.rounding == models::PositRounding::kTowardZero;
  p.out_exponent = post.out_exponent;
  p.is_s32 = post.is_s32;
  p.shift = post.shift;
  return p;
}

TileTag tag_of(const PositPost& post) {
  TileTag tag;
  tag.has_residual = true;
  tag.relu = post.relu;
  tag.out_kind = post.is_s32 ? OutKind::kS32 : OutKind::kS8;
  tag.shift = static_cast<std::uint8_t>(post.shift);
  tag.offset_shift = static_cast<std::uint8_t>(post.offset_shift);
  tag.residual_exponent = post.residual_exponent;
  tag.out_exponent = post.out_exponent;
  return tag;
}

/// The low 128 bits, as the array's accumulators have them.
WideInt low_bits(const test::WideFixed& units) {
  __extension__ using Pattern = unsigned __int128;
  Pattern pattern = 0;
  for (int bit = 0; bit < 128; ++bit) pattern |= static_cast<Pattern>(units.bit(bit)) << bit;
  return static_cast<WideInt>(pattern);
}

}  // namespace

TEST_CASE("PositPostprocLane equals wide arithmetic, four cycles later", "[sim][posit][random]") {
  for (const PositFormat format : kFormats) {
    const std::uint64_t seed = format.n * 4 + format.es + 1000;
    CAPTURE(format.n, format.es, seed);
    test::Random random(seed);
    const PositOracle oracle(format);
    PositPostprocLane lane(format);
    std::deque<std::int32_t> expected(4, 0);  // of the empty pipeline
    test::PositPostReached reached;
    std::size_t wrong = 0;
    for (unsigned n = 0; n < 20000; ++n) {
      const PositPostCase c = random_post_case(random, oracle);
      reached.add(c, oracle);
      wrong += lane.value() != expected.front();
      expected.pop_front();
      lane.tick(c.quire(format), params_of(c.post));
      expected.push_back(c.expected);
    }
    REQUIRE(wrong == 0);
    reached.require_all();
  }
}

TEST_CASE("the core's posit post-processing equals wide arithmetic", "[sim][posit][random]") {
  for (const PositFormat format : kFormats) {
    const std::uint64_t seed = format.n * 4 + format.es + 2000;
    CAPTURE(format.n, format.es, seed);
    test::Random random(seed);
    const PositOracle oracle(format);
    if (oracle.sum_bits() > 128) continue;  // no such core
    const PositPostproc postproc(format);
    std::size_t wrong = 0, posits = 0, logits = 0;
    for (unsigned n = 0; n < 20000; ++n) {
      PositPostCase c = random_post_case(random, oracle);
      if (c.any_nar(oracle)) continue;  // in no network
      c.post.mode = {};                 // the core rounds to nearest only
      const std::int32_t expected = oracle.postprocess(c.accumulator, c.post);
      ChannelParams params;
      params.offset = c.post.offset;
      const std::int32_t residual = oracle.extended(c.post.residual);
      const OutElement found =
          postproc.run(low_bits(c.accumulator), params, residual, tag_of(c.post));
      wrong += found.value != expected || found.activation != 0;
      ++(c.post.is_s32 ? logits : posits);
    }
    REQUIRE(wrong == 0);
    REQUIRE(posits > 5000);
    REQUIRE(logits > 5000);
  }
}

}  // namespace absim::sim
