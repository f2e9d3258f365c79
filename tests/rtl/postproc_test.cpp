// SPDX-License-Identifier: Apache-2.0
// Post-processing against 128-bit arithmetic: corner values, random values, and beats with random
// gaps.
#include <catch2/catch.hpp>

#include <Vpostproc_o0.h>
#include <Vpostproc_o3.h>

#include <deque>
#include <limits>

#include "tests/rtl/bits.hpp"
#include "tests/rtl/dut.hpp"
#include "tests/rtl/layer_case.hpp"

namespace absim::tests {
namespace {

using sim::ChannelParams;
using sim::OutElement;
using sim::OutKind;

constexpr unsigned kLanes = 3;  // of the models under test

struct Beat {
  bool valid = false, last = false, has_residual = false, emits = false;
  OutKind kind = OutKind::kU8;
  unsigned shift = 0, act_shift = 0;
  std::int32_t gain = 0;
  std::int32_t acc[kLanes] = {};
  ChannelParams params[kLanes];
  std::int16_t residual[kLanes] = {};
};

struct Reached {
  std::uint64_t low = 0, high = 0, inside = 0, ties = 0, gaps = 0, act_low = 0, act_high = 0,
                act_inside = 0;
};

// Sends a beat each call and compares what leaves with the beat of four calls ago.
template <typename Model>
class PostprocCheck {
 public:
  Reached reached;
  std::uint64_t wrong = 0;

  void cycle(const Beat& beat) {
    drive(beat);
    dut_.settle();
    compare();
    dut_.tick();
    pipeline_.push_back(beat);
    if (pipeline_.size() > 4) pipeline_.pop_front();
  }

 private:
  void drive(const Beat& b) {
    Bits acc(32 * kLanes), params(128 * kLanes), residual(16 * kLanes);
    for (unsigned l = 0; l < kLanes; ++l) {
      acc.put(32 * l, 32, static_cast<std::uint32_t>(b.acc[l]));
      params.put(128 * l, 16, static_cast<std::uint16_t>(b.params[l].multiplier));
      params.put(128 * l + 16, 48, static_cast<std::uint64_t>(b.params[l].offset));
      params.put(128 * l + 64, 16, static_cast<std::uint16_t>(b.params[l].act_multiplier));
      params.put(128 * l + 80, 48, static_cast<std::uint64_t>(b.params[l].act_offset));
      residual.put(16 * l, 16, static_cast<std::uint16_t>(b.residual[l]));
    }
    dut_->valid_i = b.valid;
    dut_->last_i = b.last;
    dut_->has_residual_i = b.has_residual;
    pack_postproc(b.emits, static_cast<unsigned>(b.kind), b.shift, b.act_shift, b.gain)
        .to(dut_->postproc_i);
    acc.to(dut_->acc_i);
    params.to(dut_->param_i);
    residual.to(dut_->residual_i);
  }

  void compare() {
    const Beat* b = pipeline_.size() == 4 ? &pipeline_.front() : nullptr;
    const bool valid = b != nullptr && b->valid;
    wrong += (dut_->valid_o != 0) != valid;
    reached.gaps += !valid;
    if (!valid) return;
    wrong += (dut_->last_o != 0) != b->last;
    const Bits values = Bits::from(dut_->value_o);
    const Bits activations = Bits::from(dut_->activation_o);
    for (unsigned l = 0; l < kLanes; ++l) {
      const std::int32_t residual = b->has_residual ? b->residual[l] : 0;
      const OutElement e = golden_postproc(b->acc[l], b->params[l], residual, b->gain, b->shift,
                                           b->act_shift, b->kind, b->emits);
      wrong += values.get_signed(32 * l, 32) != e.value;
      wrong += activations.get(8 * l, 8) != e.activation;
      note(*b, e);
    }
  }

  void note(const Beat& b, const OutElement& e) {
    const int low[] = {0, -128, -32768, std::numeric_limits<int>::min()};
    const int high[] = {255, 127, 32767, std::numeric_limits<int>::max()};
    const auto kind = static_cast<std::size_t>(b.kind);
    reached.low += e.value == low[kind];
    reached.high += e.value == high[kind];
    reached.inside += e.value != low[kind] && e.value != high[kind];
    if (!b.emits) return;
    reached.act_low += e.activation == 0;
    reached.act_high += e.activation == 255;
    reached.act_inside += e.activation != 0 && e.activation != 255;
  }

  Dut<Model> dut_;
  std::deque<Beat> pipeline_;
};

template <typename T>
T pick(Rng& rng, const std::vector<T>& values) {
  return values[rng() % values.size()];
}

Beat corner_beat(Rng& rng) {
  constexpr std::int64_t kOffset = std::int64_t{1} << 47;
  const std::vector<std::int32_t> words = {0,
                                           1,
                                           -1,
                                           127,
                                           128,
                                           255,
                                           256,
                                           -128,
                                           -129,
                                           32767,
                                           -32768,
                                           std::numeric_limits<std::int32_t>::max(),
                                           std::numeric_limits<std::int32_t>::min()};
  const std::vector<std::int16_t> halves = {0, 1, -1, 2, 255, 256, 32767, -32768};
  const std::vector<std::int64_t> offsets = {0, 1, -1, 1 << 20, -(1 << 20), kOffset - 1, -kOffset};
  const std::vector<unsigned> shifts = {0, 1, 2, 8, 15, 16, 31, 32, 46, 47};
  Beat b;
  b.valid = true;
  b.last = chance(rng, 20);
  b.has_residual = chance(rng, 50);
  b.kind = static_cast<OutKind>(rng() % 4);
  b.emits = b.kind != OutKind::kS32 && chance(rng, 70);
  b.shift = pick(rng, shifts);
  b.act_shift = pick(rng, shifts);
  b.gain = pick(rng, words);
  for (unsigned l = 0; l < kLanes; ++l) {
    b.acc[l] = pick(rng, words);
    b.params[l] = {pick(rng, halves), pick(rng, offsets), pick(rng, halves), pick(rng, offsets)};
    b.residual[l] = pick(rng, halves);
  }
  return b;
}

// Sums near the middle of the clamp's range, many of them ties of the rounding.
Beat near_beat(Rng& rng, Reached& reached) {
  Beat b;
  b.valid = chance(rng, 70);
  b.last = chance(rng, 20);
  b.has_residual = chance(rng, 50);
  b.kind = static_cast<OutKind>(rng() % 4);
  b.emits = b.kind == OutKind::kS16 && chance(rng, 70);
  b.shift = static_cast<unsigned>(uniform(rng, 0, 40));
  b.act_shift = static_cast<unsigned>(uniform(rng, 0, 30));
  b.gain = static_cast<std::int32_t>(uniform(rng, -70000, 70000));
  const std::int64_t range[] = {255, 127, 32767, 0x7fffffff};
  const auto kind = static_cast<std::size_t>(b.kind);
  for (unsigned l = 0; l < kLanes; ++l) {
    b.acc[l] = static_cast<std::int32_t>(uniform(rng, -1000000, 1000000));
    b.params[l].multiplier = static_cast<std::int16_t>(uniform(rng, -32768, 32767));
    b.residual[l] = static_cast<std::int16_t>(uniform(rng, -32768, 32767));
    const std::int64_t rest = std::int64_t{b.acc[l]} * b.params[l].multiplier +
                              (b.has_residual ? std::int64_t{b.residual[l]} * b.gain : 0);
    const std::int64_t limit = std::int64_t{1} << 46;
    const std::int64_t wanted = std::min(range[kind] + 3, limit >> b.shift);
    std::int64_t sum = uniform(rng, -wanted, wanted) * (std::int64_t{1} << b.shift);
    const bool tie = b.shift > 0 && chance(rng, 50);
    if (tie) sum += std::int64_t{1} << (b.shift - 1);
    reached.ties += tie;
    if (chance(rng, 30)) sum -= 1;  // just below
    b.params[l].offset = std::min(std::max(sum - rest, -2 * limit), 2 * limit - 1);
    b.params[l].act_multiplier = static_cast<std::int16_t>(uniform(rng, -32768, 32767));
    const std::int64_t middle = uniform(rng, 0, 255) << b.act_shift;
    b.params[l].act_offset = middle - uniform(rng, 0, 100) * b.params[l].act_multiplier;
  }
  return b;
}

TEMPLATE_TEST_CASE("postproc RTL equals exact arithmetic, four cycles later", "[rtl][random]",
                   Vpostproc_o0, Vpostproc_o3) {
  PostprocCheck<TestType> check;
  Rng rng(3);
  for (unsigned n = 0; n < 30000; ++n) check.cycle(corner_beat(rng));
  REQUIRE(check.wrong == 0);
  for (unsigned n = 0; n < 30000; ++n) check.cycle(near_beat(rng, check.reached));
  REQUIRE(check.wrong == 0);
  REQUIRE(check.reached.low > 1000);
  REQUIRE(check.reached.high > 1000);
  REQUIRE(check.reached.inside > 1000);
  REQUIRE(check.reached.ties > 1000);
  REQUIRE(check.reached.gaps > 1000);
  REQUIRE(check.reached.act_low > 1000);
  REQUIRE(check.reached.act_high > 1000);
  REQUIRE(check.reached.act_inside > 1000);
}

}  // namespace
}  // namespace absim::tests
