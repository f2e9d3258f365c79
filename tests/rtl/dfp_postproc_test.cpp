// SPDX-License-Identifier: Apache-2.0
// Post-processing of dynamic fixed point against exact division, four cycles later.
#include <catch2/catch.hpp>

#include <Vdfp_postproc_lane_o0.h>
#include <Vdfp_postproc_lane_o3.h>

#include <deque>
#include <limits>

#include "tests/rtl/bits.hpp"
#include "tests/rtl/dut.hpp"
#include "tests/rtl/layer_case.hpp"
#include "tests/support/sdfp_oracle.hpp"

namespace absim::tests {
namespace {

using models::IntegerRange;
using models::Rounding;

struct Beat {
  std::int32_t acc = 0, offset = 0;
  std::int16_t residual = 0;
  unsigned residual_shift = 0, kind = 0, shift = 0;
  Rounding rounding = Rounding::kNearestEven;
  std::uint64_t unused = 0;  // bits of the parameters that this format does not use

  [[nodiscard]] std::int64_t sum() const {
    return std::int64_t{acc} + offset +
           std::int64_t{residual} * (std::int64_t{1} << residual_shift);
  }
  [[nodiscard]] test::SdfpResult expected() const {
    constexpr IntegerRange kRanges[] = {
        {0, 255},
        {-128, 127},
        {-32768, 32767},
        {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()}};
    return test::sdfp_oracle(static_cast<std::int32_t>(sum()), static_cast<int>(shift), rounding,
                             kRanges[kind], 0);
  }
};

// A beat whose sum fits 32 bits and lies near a boundary: the offset brings it there.
Beat random_beat(Rng& rng) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int32_t>::max();
  for (;;) {
    Beat b;
    b.shift = static_cast<unsigned>(chance(rng, 10) ? uniform(rng, 32, 255) : uniform(rng, 0, 31));
    b.rounding = test::kAllRoundings[rng() % 5];  // never stochastic
    b.kind = static_cast<unsigned>(rng() % 4);
    b.residual_shift = static_cast<unsigned>(rng() % 31);
    b.residual = chance(rng, 40) ? std::int16_t{0} : static_cast<std::int16_t>(rng());
    if (chance(rng, 50)) b.residual = static_cast<std::int16_t>(b.residual % 129);
    b.acc = static_cast<std::int32_t>(static_cast<std::uint32_t>(rng())) >> (rng() % 32);
    b.unused = rng();
    const std::int64_t wanted = test::interesting_accumulator(rng, static_cast<int>(b.shift));
    const std::int64_t offset = wanted - b.sum();
    if (offset < -kMax - 1 || offset > kMax) continue;
    b.offset = static_cast<std::int32_t>(offset);
    return b;
  }
}

template <typename Model>
void drive_beat(Dut<Model>& dut, const Beat& first, const Beat& second) {
  Bits params(128);
  params.put(0, 16, first.unused);
  params.put(16, 32, static_cast<std::uint32_t>(first.offset));
  params.put(48, 16, first.unused >> 16);  // offset[47:32]
  params.put(64, 64, first.unused);
  params.to(dut->param_i);
  dut->acc_i = static_cast<std::uint32_t>(first.acc);
  dut->residual_i = static_cast<std::uint16_t>(first.residual);
  dut->residual_shift_i = static_cast<unsigned char>(first.residual_shift);
  dut->out_kind_i = static_cast<unsigned char>(second.kind);
  dut->shift_i = static_cast<unsigned char>(second.shift);
  dut->rounding_i = static_cast<unsigned char>(second.rounding);
}

TEMPLATE_TEST_CASE("dfp_postproc_lane RTL equals exact division, four cycles later",
                   "[rtl][random]", Vdfp_postproc_lane_o0, Vdfp_postproc_lane_o3) {
  Dut<TestType> dut;
  Rng rng(83);
  std::deque<Beat> beats(5);  // [0]: entered in this cycle; [4]: leaves in this cycle
  std::uint64_t wrong = 0, saturated = 0, ties = 0, residuals = 0, inside = 0;
  for (unsigned n = 0; n < 200000; ++n) {
    beats.push_front(random_beat(rng));
    beats.pop_back();
    drive_beat(dut, beats[0], beats[1]);
    dut.settle();
    if (n >= 4) {
      const test::SdfpResult e = beats[4].expected();
      wrong += static_cast<std::int32_t>(dut->value_o) != e.value;
      wrong += dut->activation_o != 0;
      saturated += e.saturated;
      inside += !e.saturated;
      ties += e.tie;
      residuals += beats[4].residual != 0;
    }
    dut.tick();
  }
  CAPTURE(saturated, inside, ties, residuals);
  REQUIRE(wrong == 0);
  REQUIRE(saturated > 10000);
  REQUIRE(inside > 10000);
  REQUIRE(ties > 10000);
  REQUIRE(residuals > 10000);
}

}  // namespace
}  // namespace absim::tests
