// SPDX-License-Identifier: Apache-2.0
#include "sim/units/postproc.hpp"

#include <catch2/catch.hpp>
#include <deque>
#include <vector>

#include "sim/system/kernel.hpp"
#include "tests/support/systemc_random.hpp"

namespace absim::sim {
namespace {

using test::Random;

// floor((value + 1/2) / 2^shift) in 128 bits, by division.
__extension__ typedef __int128 Wide;

Wide rounded(Wide value, unsigned shift) {
  if (shift == 0) return value;
  const Wide unit = Wide{1} << shift;
  const Wide sum = value + unit / 2;
  return sum >= 0 ? sum / unit : -((-sum + unit - 1) / unit);
}

std::int64_t clamped(Wide value, std::int64_t low, std::int64_t high) {
  return value < low ? low : value > high ? high : static_cast<std::int64_t>(value);
}

OutElement expected(std::int32_t acc, const ChannelParams& p, std::int32_t residual,
                    const TileTag& tile) {
  const std::int64_t lows[] = {0, -128, -32768, -2147483648LL};
  const std::int64_t highs[] = {255, 127, 32767, 2147483647LL};
  const auto kind = static_cast<std::size_t>(tile.out_kind);
  const Wide sum = Wide{acc} * p.multiplier + p.offset + Wide{residual} * tile.residual_gain;
  OutElement out;
  out.value = static_cast<std::int32_t>(clamped(rounded(sum, tile.shift), lows[kind], highs[kind]));
  if (tile.emits_activation) {
    out.activation = static_cast<std::uint8_t>(clamped(
        rounded(Wide{out.value} * p.act_multiplier + p.act_offset, tile.act_shift), 0, 255));
  }
  return out;
}

// Mostly extremes and halves of the shift's unit.
std::int64_t interesting(Random& random, unsigned bits) {
  const std::int64_t high = (std::int64_t{1} << (bits - 1)) - 1;
  switch (random.in(0, 4)) {
    case 0:
      return high;
    case 1:
      return -high - 1;
    case 2:
      return random.in<std::int64_t>(-2, 2);
    case 3:
      return std::int64_t{1} << random.in(0U, bits - 2);
    default:
      return random.in(-high - 1, high);
  }
}

}  // namespace

TEST_CASE("postprocess rounds half up and clamps at every width's extremes", "[sim][random]") {
  const std::uint64_t seed = 53;
  CAPTURE(seed);
  Random random(seed);
  std::size_t wrong = 0, inside = 0;
  for (int i = 0; i < 300000; ++i) {
    ChannelParams p;
    p.multiplier = static_cast<std::int16_t>(interesting(random, 16));
    p.offset = interesting(random, 48);
    p.act_multiplier = static_cast<std::int16_t>(interesting(random, 16));
    p.act_offset = interesting(random, 48);
    TileTag tile;
    tile.out_kind = static_cast<OutKind>(random.in(0, 3));
    tile.shift = random.in<std::uint8_t>(0, 47);
    tile.act_shift = random.in<std::uint8_t>(0, 47);
    tile.residual_gain = static_cast<std::int32_t>(interesting(random, 32));
    tile.emits_activation = random.one_in(2);
    const auto acc = static_cast<std::int32_t>(interesting(random, 32));
    const auto residual = static_cast<std::int32_t>(interesting(random, 16));
    const OutElement want = expected(acc, p, residual, tile);
    const OutElement got = postprocess(acc, p, residual, tile);
    wrong += got == want ? 0U : 1U;
    inside += want.value > 0 && want.value < 127 ? 1U : 0U;
  }
  REQUIRE(wrong == 0);
  REQUIRE(inside > 10000);
}

TEST_CASE("a beat leaves postproc four cycles after it was sent, in order", "[sim][random]") {
  const std::uint64_t seed = 59;
  CAPTURE(seed);
  Random random(seed);
  const KernelScope kernel;
  ArchConfig arch;
  arch.postproc_lanes = 3;
  Postproc postproc("postproc", arch);
  struct Sent {
    bool valid, last;
    std::vector<OutElement> word;
  };
  std::deque<Sent> pipe(4, Sent{false, false, {}});
  std::size_t beats = 0;
  for (int cycle = 0; cycle < 3000; ++cycle) {
    TileTag tile;
    tile.out_kind = OutKind::kS32;
    tile.has_residual = random.one_in(2);
    tile.residual_gain = 3;
    std::int32_t acc[3];
    ChannelParams params[3];
    std::int16_t residual[3];
    Sent sent{random.one_in(2), random.one_in(4), {}};
    for (int j = 0; j < 3; ++j) {
      acc[j] = random.in<std::int32_t>(-1000, 1000);
      params[j].multiplier = random.in<std::int16_t>(-5, 5);
      residual[j] = random.in<std::int16_t>(-5, 5);
      sent.word.push_back(expected(acc[j], params[j], tile.has_residual ? residual[j] : 0, tile));
    }
    CAPTURE(cycle);
    // What is in the last stage now was sent four cycles ago.
    REQUIRE(postproc.out_valid() == pipe.front().valid);
    if (postproc.out_valid()) {
      ++beats;
      REQUIRE(postproc.out_last() == pipe.front().last);
      for (std::size_t j = 0; j < 3; ++j) REQUIRE(postproc.out_word()[j] == pipe.front().word[j]);
    }
    postproc.tick(tile, {sent.valid ? acc : nullptr, nullptr}, params, tile.has_residual ? residual : nullptr,
                  sent.last);
    pipe.pop_front();
    pipe.push_back(sent);
  }
  REQUIRE(beats > 1000);
}

}  // namespace absim::sim
