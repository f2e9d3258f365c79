// SPDX-License-Identifier: Apache-2.0
// PE array of every kind: results, weight addresses and the cycle of every operand and result,
// under random stalls of operands, weights and drain.
#include <catch2/catch.hpp>

#include <Vpe_array_dfp_o0.h>
#include <Vpe_array_dfp_o3.h>
#include <Vpe_array_o0.h>
#include <Vpe_array_o3.h>
#include <Vpe_array_posit_o0.h>
#include <Vpe_array_posit_o3.h>

#include "tests/rtl/pe_array_run.hpp"
#include "tests/support/posit_oracle.hpp"

namespace absim::tests {
namespace {

// Parameters of the models under test: rtl/unit_models.cmake.
struct Size {
  static constexpr unsigned kRows = 2, kCols = 3, kLanes = 5;

  static std::uint16_t act(const TileCase& t, unsigned word, unsigned row, unsigned lane) {
    return t.acts[(word * kRows + row) * kLanes + lane];
  }
  static std::uint16_t code(const TileCase& t, unsigned word, unsigned col, unsigned lane) {
    return t.codes[(word * kCols + col) * kLanes + lane];
  }
  static std::int32_t integer(const TileCase& t, std::uint16_t act) {
    return t.act_signed ? static_cast<std::int8_t>(act) : act;
  }
  static Bits bits_of(std::int32_t sum) {
    Bits bits(32);
    bits.put(0, 32, static_cast<std::uint32_t>(sum));
    return bits;
  }
};

template <typename Verilated>
struct AbsArray : Size {
  using Model = Verilated;
  static constexpr unsigned kActBits = 8, kWeightBits = 1, kAccBits = 32, kLatency = 0;
  static constexpr unsigned kMostPlanes = 8;

  static unsigned weight(std::uint16_t code, unsigned plane) { return code >> (7 - plane) & 1U; }
  static Bits result(const TileCase& t, unsigned row, unsigned col) {
    std::int32_t sum = 0;
    for (unsigned w = 0; w < t.words; ++w) {
      for (unsigned j = 0; j < kLanes; ++j) {
        const int prefix = code(t, w, col, j) >> (8 - t.planes);
        const int full = 1 << t.planes;
        const int weight = !t.twos_complement   ? 2 * prefix + 1 - full
                           : prefix >= full / 2 ? prefix - full
                                                : prefix;
        sum += weight * integer(t, act(t, w, row, j));
      }
    }
    return bits_of(sum);
  }
};

template <typename Verilated>
struct DfpArray : Size {
  using Model = Verilated;
  static constexpr unsigned kActBits = 8, kWeightBits = 8, kAccBits = 32, kLatency = 1;
  static constexpr unsigned kMostPlanes = 1;

  static unsigned weight(std::uint16_t code, unsigned) { return code; }
  static Bits result(const TileCase& t, unsigned row, unsigned col) {
    std::int32_t sum = 0;
    for (unsigned w = 0; w < t.words; ++w) {
      for (unsigned j = 0; j < kLanes; ++j) {
        sum += static_cast<std::int8_t>(code(t, w, col, j)) * integer(t, act(t, w, row, j));
      }
    }
    return bits_of(sum);
  }
};

template <typename Verilated>
struct PositArray : Size {
  using Model = Verilated;
  static constexpr models::PositFormat kFormat{8, 1};
  static constexpr unsigned kActBits = 8, kWeightBits = 8, kAccBits = 64, kLatency = 3;
  static constexpr unsigned kMostPlanes = 1;

  static unsigned weight(std::uint16_t code, unsigned) { return code; }
  static Bits result(const TileCase& t, unsigned row, unsigned col) {
    static const test::PositOracle oracle(kFormat);
    std::vector<models::PositCode> acts, weights;
    for (unsigned w = 0; w < t.words; ++w) {
      for (unsigned j = 0; j < kLanes; ++j) {
        acts.push_back(act(t, w, row, j));
        weights.push_back(code(t, w, col, j));
      }
    }
    const test::WideFixed units = oracle.in_units(oracle.dot(acts, weights));
    Bits bits(kAccBits);
    for (unsigned i = 0; i < kAccBits; ++i) bits.put(i, 1, units.bit(static_cast<int>(i)));
    return bits;
  }
};

template <typename Kind>
TileCase random_tile(Rng& rng) {
  TileCase t;
  t.stationary = chance(rng, 50);
  t.twos_complement = chance(rng, 50);
  t.act_signed = chance(rng, 50);
  t.planes = static_cast<unsigned>(uniform(rng, 1, Kind::kMostPlanes));
  t.words = static_cast<unsigned>(uniform(rng, 1, 6));
  t.acts.resize(t.words * Kind::kRows * Kind::kLanes);
  t.codes.resize(t.words * Kind::kCols * Kind::kLanes);
  const auto code = [&rng] {  // no network holds a NaR
    const auto random = static_cast<std::uint16_t>(rng() & 0xffU);
    return Kind::kLatency == 3 && random == 0x80 ? std::uint16_t{0} : random;
  };
  for (std::uint16_t& a : t.acts) a = code();
  for (std::uint16_t& c : t.codes) c = code();
  return t;
}

TEMPLATE_TEST_CASE("pe_array RTL equals the dot products of every tile under random stalls",
                   "[rtl][random]", AbsArray<Vpe_array_o0>, AbsArray<Vpe_array_o3>,
                   DfpArray<Vpe_array_dfp_o0>, DfpArray<Vpe_array_dfp_o3>,
                   PositArray<Vpe_array_posit_o0>, PositArray<Vpe_array_posit_o3>) {
  ArrayReached reached;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Rng rng(seed);
    std::vector<TileCase> tiles;
    for (unsigned n = 0; n < 60; ++n) tiles.push_back(random_tile<TestType>(rng));
    CAPTURE(seed);
    REQUIRE(ArrayRun<TestType>(tiles, rng, reached).run() == "");
  }
  CAPTURE(reached.early_starts, reached.held_back, reached.two_results);
  REQUIRE(reached.weight_waits > 1000);
  REQUIRE(reached.capture_waits > 500);
  REQUIRE(reached.same_cycle_captures > 100);
  REQUIRE(reached.gaps > 1000);
  if (TestType::kLatency == 0) {  // a result is valid in the first cycle that could begin a tile
    REQUIRE(reached.early_starts == 0);
    REQUIRE(reached.two_results == 0);
    return;
  }
  REQUIRE(reached.early_starts > 100);
  REQUIRE(reached.held_back > 50);
  REQUIRE(reached.two_results > 100);
}

}  // namespace
}  // namespace absim::tests
