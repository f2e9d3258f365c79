// SPDX-License-Identifier: Apache-2.0
// The posit post-processing lane against the oracle, Verilated at -O0 and at -O3, four cycles
// later.
#include <catch2/catch.hpp>

#include <deque>

#include "tests/rtl/bits.hpp"
#include "tests/rtl/posit_models.hpp"
#include "tests/support/posit_post_case.hpp"

namespace absim::tests {
namespace {

using test::PositPostCase;

template <typename Model>
void drive(Model& model, const PositPostCase& c, unsigned bits) {
  const test::PositPost& p = c.post;
  Bits accumulator(bits);
  for (unsigned i = 0; i < bits; ++i) accumulator.put(i, 1, c.accumulator.bit(static_cast<int>(i)));
  accumulator.to(model->acc_i);
  model->acc_nar_i = c.is_nar;
  model->offset_i = static_cast<std::uint64_t>(p.offset) & 0xffffffffffffU;
  model->offset_shift_i = static_cast<std::uint8_t>(p.offset_shift);
  sim::set_port(model->residual_i, p.residual);
  model->residual_exponent_i =
      static_cast<std::uint16_t>(static_cast<unsigned>(p.residual_exponent) & 0x3ffU);
  model->relu_i = p.relu;
  model->toward_zero_i = p.mode.rounding == models::PositRounding::kTowardZero;
  model->out_exponent_i =
      static_cast<std::uint16_t>(static_cast<unsigned>(p.out_exponent) & 0x3ffU);
  model->out_kind_i = p.is_s32 ? 3 : 1;
  model->shift_i = static_cast<std::uint8_t>(p.shift);
}

TEMPLATE_TEST_CASE("posit post-processing RTL equals wide arithmetic, four cycles later",
                   "[rtl][posit][random]", Posit7x1O0, Posit7x1O3, Posit8x0O0, Posit8x0O3,
                   Posit8x1O0, Posit8x1O3, Posit8x2O0, Posit8x2O3, Posit16x1O0, Posit16x1O3,
                   Posit16x2O0, Posit16x2O3) {
  constexpr models::PositFormat kFormat = TestType::kFormat;
  const std::uint64_t seed = kFormat.n * 4 + kFormat.es;
  CAPTURE(seed);
  test::Random random(seed);
  const test::PositOracle oracle(kFormat);
  sim::PositDriver<typename TestType::Model> rtl(kFormat);
  std::deque<std::int32_t> expected;
  test::PositPostReached reached;
  std::size_t wrong = 0;
  for (unsigned n = 0; n < 20000; ++n) {
    const PositPostCase c = random_post_case(random, oracle);
    reached.add(c, oracle);
    drive(rtl, c, oracle.sum_bits());
    rtl.tick();
    expected.push_back(c.expected);
    if (expected.size() < 4) continue;
    wrong += static_cast<std::int32_t>(rtl->value_o) != expected.front();
    expected.pop_front();
  }
  REQUIRE(wrong == 0);
  reached.require_all();
}

}  // namespace
}  // namespace absim::tests
