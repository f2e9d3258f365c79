// SPDX-License-Identifier: Apache-2.0
// Posit PE and narrow window against golden arithmetic and the SystemC twins, Verilated at -O0 and
// at -O3.
#include <catch2/catch.hpp>

#include <Vposit_pe_16_1_o0.h>
#include <Vposit_pe_16_1_o3.h>
#include <Vposit_pe_8_1_o0.h>
#include <Vposit_pe_8_1_o3.h>
#include <Vposit_window_o0.h>
#include <Vposit_window_o3.h>

#include <algorithm>
#include <cmath>
#include <deque>

#include "sim/units/posit_pe.hpp"
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

}  // namespace
}  // namespace absim::tests
