// SPDX-License-Identifier: Apache-2.0
// The PE against the dot product with W_t, Verilated at -O0 and at -O3.
#include <catch2/catch.hpp>

#include <Vabs_pe_l16_o0.h>
#include <Vabs_pe_l16_o3.h>
#include <Vabs_pe_l1_o0.h>
#include <Vabs_pe_l1_o3.h>
#include <Vabs_pe_l4_o0.h>
#include <Vabs_pe_l4_o3.h>
#include <Vabs_pe_l7_o0.h>
#include <Vabs_pe_l7_o3.h>
#include <Vabs_pe_l8_o0.h>
#include <Vabs_pe_l8_o3.h>

#include <string>

#include "sim/cosim/abs_pe_driver.hpp"
#include "sim/cosim/verilated_abs_pe.hpp"
#include "tests/rtl/layer_case.hpp"

namespace absim::tests {
namespace {

using models::WeightFormat;
using sim::AbsPeDriver;
using sim::DotProduct;
using sim::PlaneOrder;

std::int32_t golden(const DotProduct& what, const std::vector<std::uint8_t>& acts,
                    const std::vector<std::uint8_t>& codes) {
  std::int32_t sum = 0;
  for (std::size_t k = 0; k < acts.size(); ++k) {
    const int a = what.act_signed ? static_cast<std::int8_t>(acts[k]) : acts[k];
    const int prefix = codes[k] >> (what.bits - what.truncation);
    const int full = 1 << what.truncation;
    const int bwb = 2 * prefix + 1 - full;
    const int twos = prefix >= full / 2 ? prefix - full : prefix;
    sum += a * (what.format == WeightFormat::kBwb ? bwb : twos);
  }
  return sum;
}

std::string describe(const DotProduct& what) {
  return std::string(what.format == WeightFormat::kBwb ? "BWB" : "two's complement") +
         (what.order == PlaneOrder::kStationary ? ", stationary" : ", progressive") +
         (what.act_signed ? ", s8" : ", u8") + ", t " + std::to_string(what.truncation) + " of " +
         std::to_string(what.bits);
}

template <typename Visit>
void for_each_mode(const Visit& visit) {
  for (const WeightFormat format : {WeightFormat::kBwb, WeightFormat::kTwosComplement}) {
    for (const PlaneOrder order : {PlaneOrder::kProgressive, PlaneOrder::kStationary}) {
      for (const bool act_signed : {false, true}) {
        visit(DotProduct{format, order, act_signed, 8, 8});
      }
    }
  }
}

TEMPLATE_TEST_CASE("abs_pe RTL equals a * W_t for every 8-bit pair and every t",
                   "[rtl][exhaustive]", Vabs_pe_l1_o0, Vabs_pe_l1_o3) {
  AbsPeDriver<TestType> pe(1);
  for_each_mode([&pe](DotProduct what) {
    for (what.truncation = 1; what.truncation <= 8; ++what.truncation) {
      std::size_t wrong = 0;
      std::vector<std::uint8_t> a(1), w(1), bad;
      for (unsigned pair = 0; pair < 65536; ++pair) {
        a[0] = static_cast<std::uint8_t>(pair >> 8);
        w[0] = static_cast<std::uint8_t>(pair);
        if (pe.run(what, a, w) == golden(what, a, w)) continue;
        if (wrong++ == 0) bad = {a[0], w[0]};
      }
      CAPTURE(describe(what), bad);
      REQUIRE(wrong == 0);
    }
  });
}

template <typename Model>
void check_long_products(unsigned lanes) {
  AbsPeDriver<Model> pe(lanes);
  Rng rng(lanes);
  unsigned partial = 0, extreme = 0, negative = 0;
  for_each_mode([&](DotProduct what) {
    for (unsigned n = 0; n < 150; ++n) {
      what.bits = n % 3 == 0 ? 8 : static_cast<unsigned>(uniform(rng, 1, 8));
      what.truncation = static_cast<unsigned>(uniform(rng, 1, what.bits));
      const auto k = static_cast<std::size_t>(uniform(rng, 1, n % 10 == 0 ? 600 : 40));
      const bool all_extreme = chance(rng, 20);
      std::vector<std::uint8_t> a(k), w(k);
      for (std::size_t i = 0; i < k; ++i) {
        a[i] = all_extreme ? (what.act_signed ? 0x80 : 0xff) : static_cast<std::uint8_t>(rng());
        w[i] = static_cast<std::uint8_t>((all_extreme ? 0 : rng()) & ((1U << what.bits) - 1));
      }
      const std::int32_t expected = golden(what, a, w);
      partial += k % lanes != 0;
      extreme += all_extreme;
      negative += expected < 0;
      CAPTURE(lanes, n, k, describe(what));
      REQUIRE(pe.run(what, a, w) == expected);
    }
  });
  CAPTURE(lanes, partial, extreme, negative);
  if (lanes > 1) REQUIRE(partial > 100);
  REQUIRE(extreme > 100);
  REQUIRE(negative > 100);
}

TEST_CASE("abs_pe RTL equals random dot products at every lane count", "[rtl][random]") {
  check_long_products<Vabs_pe_l1_o0>(1);
  check_long_products<Vabs_pe_l1_o3>(1);
  check_long_products<Vabs_pe_l4_o0>(4);
  check_long_products<Vabs_pe_l4_o3>(4);
  check_long_products<Vabs_pe_l7_o0>(7);
  check_long_products<Vabs_pe_l7_o3>(7);
  check_long_products<Vabs_pe_l8_o0>(8);
  check_long_products<Vabs_pe_l8_o3>(8);
  check_long_products<Vabs_pe_l16_o0>(16);
  check_long_products<Vabs_pe_l16_o3>(16);
}

TEST_CASE("abs_pe RTL holds the integer dot product after every plane", "[rtl][random]") {
  // Progressive: stopping after n planes is a run at truncation n, so the accumulator refines as
  // a whole.
  AbsPeDriver<Vabs_pe_l7_o3> pe(7);
  Rng rng(99);
  std::vector<std::uint8_t> a(61), w(61);
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = static_cast<std::uint8_t>(rng());
    w[i] = static_cast<std::uint8_t>(rng());
  }
  DotProduct what{WeightFormat::kBwb, PlaneOrder::kProgressive, false, 8, 8};
  std::int32_t before = 0;
  for (what.truncation = 1; what.truncation <= 8; ++what.truncation) {
    const std::uint64_t cycles = pe.cycles();
    const std::int32_t now = pe.run(what, a, w);
    std::int32_t plane = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      plane += (w[i] >> (8 - what.truncation) & 1) != 0 ? a[i] : -a[i];
    }
    REQUIRE(now == 2 * before + plane);
    REQUIRE(pe.cycles() - cycles == 9 * what.truncation);  // ceil(61 / 7) words a plane
    before = now;
  }
}

TEST_CASE("AbsPeRtl refuses what it cannot run", "[rtl][negative]") {
  using Catch::Contains;
  REQUIRE_THROWS_WITH(sim::AbsPeRtl(5),
                      Contains("lanes: found 5") && Contains("1, 4, 7, 8 and 16"));
  sim::AbsPeRtl pe(4);
  const std::vector<std::uint8_t> one(1), two(2), big(1, 8), none;
  const auto run = [&pe](unsigned bits, unsigned t, const std::vector<std::uint8_t>& a,
                         const std::vector<std::uint8_t>& w) {
    return pe.run(WeightFormat::kBwb, PlaneOrder::kProgressive, false, bits, t, a, w);
  };
  REQUIRE_THROWS_WITH(run(9, 1, one, one), Contains("bits: found 9"));
  REQUIRE_THROWS_WITH(run(8, 0, one, one), Contains("truncation: found 0"));
  REQUIRE_THROWS_WITH(run(4, 5, one, one), Contains("truncation: found 5"));
  REQUIRE_THROWS_WITH(run(8, 8, one, two), Contains("1 activations and 2 weights"));
  REQUIRE_THROWS_WITH(run(8, 8, none, none), Contains("at least 1"));
  REQUIRE_THROWS_WITH(run(3, 3, one, big), Contains("weight code: found 8"));
}

}  // namespace
}  // namespace absim::tests
