// SPDX-License-Identifier: Apache-2.0
// Posit PE, narrow window and post-processing lane against golden arithmetic and the SystemC twins,
// Verilated at -O0 and at -O3.
#include <catch2/catch.hpp>

#include <Vposit_pe_16_1_o0.h>
#include <Vposit_pe_16_1_o3.h>
#include <Vposit_pe_8_1_o0.h>
#include <Vposit_pe_8_1_o3.h>
#include <Vposit_window_o0.h>
#include <Vposit_window_o3.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>

#include "sim/units/posit_pe.hpp"
#include "sim/units/posit_postproc.hpp"
#include "tests/rtl/bits.hpp"
#include "tests/rtl/dut.hpp"
#include "tests/rtl/posit_models.hpp"

namespace absim::tests {
namespace {

using models::PositCode;
using models::PositFormat;
using models::PositQuire;

unsigned quire_bits(PositFormat format) {
  return 4 * static_cast<unsigned>(format.max_exponent()) + 16;
}

/// The low bits of a quire, as the hardware's register has them.
Bits register_of(const PositQuire& quire, unsigned bits) {
  Bits result(bits);
  for (unsigned at = 0; at < bits; at += 16) {
    result.put(at, std::min(16U, bits - at), quire.words()[at / 64] >> at % 64);
  }
  return result;
}

template <typename Port>
bool equal_bits(const Port& port, const Bits& expected, unsigned bits) {
  const Bits found = Bits::from(port);
  for (unsigned at = 0; at < bits; at += 16) {
    const unsigned width = std::min(16U, bits - at);
    if (found.get(at, width) != expected.get(at, width)) return false;
  }
  return true;
}

template <typename Model>
void check_pe(PositFormat format, unsigned lanes) {
  Dut<Model> dut;
  sim::PositPe twin(format, lanes);
  PositQuire golden(format);
  std::deque<PositQuire> visible(4, golden);  // what acc_o shows in the next cycles
  Rng rng(lanes);
  const unsigned bits = quire_bits(format);
  std::size_t wrong = 0, nars = 0, gaps = 0, tiles = 0;
  for (unsigned cycle = 0; cycle < 20000; ++cycle) {
    const bool en = chance(rng, 80);
    const bool clear = cycle == 0 || chance(rng, 3);
    std::vector<PositCode> acts(lanes), weights(lanes);
    Bits act(format.n * lanes), weight(format.n * lanes);
    for (unsigned j = 0; j < lanes; ++j) {
      const bool extreme = chance(rng, 10);
      acts[j] = extreme ? format.maxpos() : random_code(rng, format);
      weights[j] = extreme ? format.maxpos() : middle_code(rng, format);
      if (acts[j] == format.nar()) acts[j] = 0;
      if (rng() % 500 == 0) acts[j] = format.nar();
      act.put(format.n * j, format.n, acts[j]);
      weight.put(format.n * j, format.n, weights[j]);
    }
    dut->en_i = en;
    dut->clear_i = clear;
    act.to(dut->act_i);
    weight.to(dut->weight_i);
    dut.tick();
    if (en) {
      twin.tick(clear, acts, weights);
      if (clear) golden.clear();
      for (unsigned j = 0; j < lanes; ++j) golden.add_product(acts[j], weights[j]);
      tiles += clear;
    } else {
      twin.tick(clear, {}, {});
      ++gaps;
    }
    visible.push_back(golden);
    visible.pop_front();
    const PositQuire& now = visible.front();
    wrong += !equal_bits(dut->acc_o, register_of(now, bits), bits);
    wrong += (dut->nar_o != 0) != now.is_nar();
    wrong +=
        twin.accumulator().words() != now.words() || twin.accumulator().is_nar() != now.is_nar();
    nars += now.is_nar();
  }
  CAPTURE(lanes);
  REQUIRE(wrong == 0);
  REQUIRE(nars > 100);
  REQUIRE(nars < 19000);
  REQUIRE(gaps > 1000);
  REQUIRE(tiles > 200);
}

TEST_CASE("posit_pe RTL holds the exact sum four cycles after every word", "[rtl][posit][random]") {
  check_pe<Vposit_pe_8_1_o0>({8, 1}, 5);
  check_pe<Vposit_pe_8_1_o3>({8, 1}, 5);
  check_pe<Vposit_pe_16_1_o0>({16, 1}, 3);
  check_pe<Vposit_pe_16_1_o3>({16, 1}, 3);
}

// posit(8,1), window [2^-10, 2^7), 6 guard bits; products are exact in double.
TEMPLATE_TEST_CASE("posit_window RTL with a narrow register clips every pair",
                   "[rtl][posit][exhaustive]", Vposit_window_o0, Vposit_window_o3) {
  constexpr PositFormat kFormat{8, 1};
  constexpr unsigned kBits = 6 + 7 + 10 + 1;
  Dut<TestType> dut;
  dut->low_i = static_cast<std::uint16_t>(-10 & 0x1ff);
  dut->high_i = 7;
  dut->en_i = 1;
  std::deque<std::int64_t> expected(3, 0);
  std::int64_t sum = 0;
  std::size_t wrong = 0, above = 0, below = 0;
  for (unsigned pair = 0; pair < 65536; ++pair) {
    const auto a = static_cast<PositCode>(pair >> 8);
    const auto b = static_cast<PositCode>(pair & 0xff);
    const bool nar = a == kFormat.nar() || b == kFormat.nar();
    const double product =
        nar ? 0 : models::posit_to_double(kFormat, a) * models::posit_to_double(kFormat, b);
    double magnitude = std::floor(std::ldexp(std::fabs(product), 10));
    above += magnitude >= 131072;  // 2^(7 + 10)
    below += product != 0 && magnitude == 0;
    if (magnitude >= 131072) magnitude = 131071;
    if (pair % 64 == 0) sum = 0;  // 2^6 products fill the guard bits
    sum += static_cast<std::int64_t>(product < 0 ? -magnitude : magnitude);
    dut->clear_i = pair % 64 == 0;
    dut->a_i = static_cast<std::uint8_t>(a);
    dut->b_i = static_cast<std::uint8_t>(b);
    dut.tick();
    expected.push_back(sum);
    wrong += Bits::from(dut->acc_o).get_signed(0, kBits) != expected.front();
    expected.pop_front();
  }
  REQUIRE(wrong == 0);
  REQUIRE(above > 1000);
  REQUIRE(below > 1000);
}

struct Beat {
  PositQuire acc;
  sim::PositPostprocParams params;
  bool skipped = false;  // out of the proved range
};

std::int64_t signed_bits(Rng& rng, unsigned bits) {
  return uniform(rng, -(std::int64_t{1} << (bits - 1)), (std::int64_t{1} << (bits - 1)) - 1);
}

Beat random_beat(Rng& rng, PositFormat format) {
  const int max = format.max_exponent();
  const auto width = static_cast<int>(quire_bits(format));
  Beat beat{PositQuire(format), {}, false};
  // A sum of two pieces at random places: leading one and sticky bits anywhere
  for (unsigned piece = 0; piece < 2; ++piece) {
    const auto bits = static_cast<unsigned>(uniform(rng, 2, std::min(40, width - 4)));
    beat.acc.add_units(signed_bits(rng, bits),
                       static_cast<unsigned>(uniform(rng, 0, width - 4 - static_cast<int>(bits))));
  }
  if (chance(rng, 10)) beat.acc.clear();
  sim::PositPostprocParams& p = beat.params;
  const auto bits = static_cast<unsigned>(uniform(rng, 1, std::min(48, width - 4)));
  p.offset = chance(rng, 20) ? 0 : signed_bits(rng, bits);
  p.offset_shift = static_cast<unsigned>(uniform(rng, 0, width - 4 - static_cast<int>(bits)));
  p.residual = chance(rng, 30) ? PositCode{0} : random_code(rng, format);
  if (p.residual == format.nar()) p.residual = 1;
  if (chance(rng, 2)) p.residual = format.nar();
  p.residual_exponent = static_cast<int>(uniform(rng, -max, max + 10));
  p.relu = chance(rng, 30);
  p.toward_zero = chance(rng, 20);
  p.out_exponent =
      static_cast<int>(chance(rng, 10) ? uniform(rng, -512, 511) : uniform(rng, -2 * max, 2 * max));
  p.is_s32 = chance(rng, 30);
  p.shift = static_cast<unsigned>(chance(rng, 10) ? uniform(rng, 0, 255) : uniform(rng, 0, width));
  if (chance(rng, 15)) {  // offset takes everything away but one unit
    beat.acc.clear();
    beat.acc.add_units(-p.offset, p.offset_shift);
    beat.acc.add_units(signed_bits(rng, 3));
    p.residual = 0;
  }
  PositQuire sum = beat.acc;
  sum.add_units(p.offset, p.offset_shift);
  sum.add_posit(p.residual, p.residual_exponent);
  if (sum.is_nar()) p.is_s32 = false;  // no network has one
  beat.skipped = !sum.fits(quire_bits(format));
  return beat;
}

/// floor((sum + half) / 2^shift), clamped, in 128-bit arithmetic; for formats of up to 112 bits.
std::int32_t golden_s32(const Beat& beat, PositFormat format) {
  __extension__ using Wide = __int128;
  PositQuire sum = beat.acc;
  sum.add_units(beat.params.offset, beat.params.offset_shift);
  sum.add_posit(beat.params.residual, beat.params.residual_exponent);
  __extension__ using Pattern = unsigned __int128;
  const auto value = static_cast<Wide>(static_cast<Pattern>(sum.words()[1]) << 64 | sum.words()[0]);
  if (beat.params.relu && value < 0) return 0;
  const unsigned shift = beat.params.shift;
  if (shift > quire_bits(format)) return 0;
  const Wide half = shift == 0 ? 0 : static_cast<Wide>(1) << (shift - 1);
  const Wide result = (value + half) >> shift;
  return static_cast<std::int32_t>(std::min<Wide>(std::max<Wide>(result, INT32_MIN), INT32_MAX));
}

template <typename Model>
void drive(Model& model, const Beat& beat, PositFormat format) {
  const sim::PositPostprocParams& p = beat.params;
  register_of(beat.acc, quire_bits(format)).to(model->acc_i);
  model->acc_nar_i = beat.acc.is_nar();
  model->offset_i = static_cast<std::uint64_t>(p.offset) & 0xffffffffffffU;
  model->offset_shift_i = static_cast<std::uint8_t>(p.offset_shift);
  sim::set_port(model->residual_i, p.residual);
  model->residual_exponent_i =
      static_cast<std::uint16_t>(static_cast<unsigned>(p.residual_exponent) & 0x3ffU);
  model->relu_i = p.relu;
  model->toward_zero_i = p.toward_zero;
  model->out_exponent_i =
      static_cast<std::uint16_t>(static_cast<unsigned>(p.out_exponent) & 0x3ffU);
  model->out_kind_i = p.is_s32 ? 3 : 1;
  model->shift_i = static_cast<std::uint8_t>(p.shift);
}

TEMPLATE_TEST_CASE("posit post-processing RTL equals golden and SystemC, four cycles later",
                   "[rtl][posit][random]", Posit7x1O0, Posit7x1O3, Posit8x0O0, Posit8x0O3,
                   Posit8x1O0, Posit8x1O3, Posit8x2O0, Posit8x2O3, Posit16x1O0, Posit16x1O3,
                   Posit16x2O0, Posit16x2O3) {
  constexpr PositFormat kFormat = TestType::kFormat;
  sim::PositDriver<typename TestType::Model> rtl(kFormat);
  sim::PositPostprocLane twin(kFormat);
  std::deque<Beat> pipeline;
  Rng rng(kFormat.n * 4 + kFormat.es);
  std::size_t wrong = 0, zero = 0, extreme = 0, inside = 0, s32_inside = 0, s32_clamped = 0,
              nar = 0;
  // rounding toward zero is one input of the whole model, so it is held for a run of beats
  bool toward_zero = false;
  for (unsigned n = 0; n < 20000; ++n) {
    Beat beat = random_beat(rng, kFormat);
    while (beat.skipped) beat = random_beat(rng, kFormat);
    if (n % 100 == 0) toward_zero = chance(rng, 30);
    beat.params.toward_zero = toward_zero;
    drive(rtl, beat, kFormat);
    rtl.tick();
    twin.tick(beat.acc, beat.params);
    pipeline.push_back(beat);
    if (pipeline.size() < 4) continue;
    const Beat& old = pipeline.front();
    std::int32_t golden = sim::posit_postprocess(kFormat, old.acc, old.params);
    if (old.params.is_s32 && quire_bits(kFormat) <= 112) golden = golden_s32(old, kFormat);
    const auto found = static_cast<std::int32_t>(rtl->value_o);
    wrong += found != golden || twin.value() != golden;
    const bool clamped = golden == INT32_MIN || golden == INT32_MAX;
    const auto max = std::int32_t{kFormat.maxpos()};
    s32_clamped += old.params.is_s32 && clamped;
    s32_inside += old.params.is_s32 && !clamped && golden != 0;
    zero += golden == 0;
    extreme += !old.params.is_s32 && (std::abs(golden) == max || std::abs(golden) == 1);
    nar += !old.params.is_s32 && golden == -max - 1;
    inside += !old.params.is_s32 && std::abs(golden) > 1 && std::abs(golden) < max;
    pipeline.pop_front();
  }
  REQUIRE(wrong == 0);
  REQUIRE(zero > 100);
  REQUIRE(extreme > 100);
  REQUIRE(inside > 500);
  REQUIRE(nar > 5);
  REQUIRE(s32_inside > 500);
  REQUIRE(s32_clamped > 5);
}

}  // namespace
}  // namespace absim::tests
