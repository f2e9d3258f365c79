// SPDX-License-Identifier: Apache-2.0
// The fp32 and bfloat16 MACs against golden arithmetic, the host's fused multiply-add and, for a
// part, the exact oracle; with bubbles in between, and not a cycle early or late.
#include <catch2/catch.hpp>

#include <Vbf16_mac_o0.h>
#include <Vbf16_mac_o3.h>
#include <Vfp32_mac_o0.h>
#include <Vfp32_mac_o3.h>

#include <type_traits>

#include "models/formats/float_mac.hpp"
#include "tests/rtl/mac_pipeline.hpp"
#include "tests/support/float_cases.hpp"
#include "tests/support/float_oracle.hpp"

namespace absim::tests {
namespace {

using test::FloatStratum;
using test::FloatTriple;
using test::Multiplicand;

constexpr unsigned kLatency = 5;

template <typename Model>
constexpr Multiplicand multiplicand() {
  return std::is_same<Model, Vfp32_mac_o0>::value || std::is_same<Model, Vfp32_mac_o3>::value
             ? Multiplicand::kFp32
             : Multiplicand::kBf16;
}

template <typename Model>
class FloatMacCheck {
 public:
  static constexpr Multiplicand kKind = multiplicand<Model>();
  MacPipeline<Model, kLatency> pipeline;
  test::FloatReached reached;
  std::uint64_t models_differ = 0;  // golden from host, or from the oracle

  void send(const FloatTriple& t, bool with_oracle) {
    const unsigned unused = kKind == Multiplicand::kBf16 ? 16 : 0;
    typename MacPipeline<Model, kLatency>::Operation operation;
    operation.valid = true;
    operation.a = t.a >> unused;
    operation.b = t.b >> unused;
    operation.c = t.c;
    operation.want = golden(operation);
    models_differ += operation.want != test::host_fma(t.a, t.b, t.c) ? 1U : 0U;
    if (with_oracle) {
      models_differ += operation.want != test::oracle_fma(t.a, t.b, t.c).bits ? 1U : 0U;
    }
    reached.note(t, operation.want);
    pipeline.cycle(operation);
  }
  // Operands change in a bubble as well: they must not count.
  void bubble(const FloatTriple& t) {
    typename MacPipeline<Model, kLatency>::Operation operation;
    operation.a = t.b >> 16;
    operation.b = t.a >> 16;
    operation.c = t.c;
    pipeline.cycle(operation);
  }
  void require_clean() {
    pipeline.drain();
    CAPTURE(pipeline.first_wrong.valid, pipeline.first_wrong.a, pipeline.first_wrong.b);
    CAPTURE(pipeline.first_wrong.c, pipeline.first_wrong.want, pipeline.first_found);
    REQUIRE(models_differ == 0);
    REQUIRE(pipeline.wrong == 0);
  }

 private:
  static std::uint32_t golden(const typename MacPipeline<Model, kLatency>::Operation& o) {
    if (kKind == Multiplicand::kFp32) return models::fp32_mac(o.a, o.b, o.c);
    return models::bf16_mac(static_cast<std::uint16_t>(o.a), static_cast<std::uint16_t>(o.b), o.c);
  }
};

template <typename Model>
void run_strata(std::uint64_t each, std::uint64_t seed) {
  CAPTURE(seed);
  FloatMacCheck<Model> check;
  test::FloatRng rng(seed);
  for (std::uint64_t i = 0; i < each; ++i) {
    for (unsigned s = 0; s < test::kFloatStrata; ++s) {
      const FloatTriple t =
          test::draw(static_cast<FloatStratum>(s), FloatMacCheck<Model>::kKind, rng);
      check.send(t, i % 50 == 0);
      while (rng() % 8 == 0) check.bubble(t);
    }
  }
  check.require_clean();
  REQUIRE(check.pipeline.compared == each * test::kFloatStrata);
  REQUIRE(check.pipeline.bubbles > each);
  const std::uint64_t some = each / 100;
  CHECK(check.reached.subnormal_results > some);
  CHECK(check.reached.subnormal_multiplicands > some);
  CHECK(check.reached.overflows > some);
  CHECK(check.reached.largest > some);
  CHECK(check.reached.exact_zeros > some);
  CHECK(check.reached.cancelled > some);
  CHECK(check.reached.invalid > some / 30);
  CHECK(check.reached.negative_zeros > some);
  CHECK(check.reached.addend_alone > some);
  CHECK(check.reached.product_alone > some);
}

}  // namespace

TEMPLATE_TEST_CASE("float MAC RTL equals golden and host on every triple of special values",
                   "[rtl][exhaustive]", Vfp32_mac_o0, Vfp32_mac_o3, Vbf16_mac_o0, Vbf16_mac_o3) {
  FloatMacCheck<TestType> check;
  const std::vector<std::uint32_t> factors = test::special_values(FloatMacCheck<TestType>::kKind);
  const std::vector<std::uint32_t> addends = test::special_values(Multiplicand::kFp32);
  for (const std::uint32_t a : factors) {
    for (const std::uint32_t b : factors) {
      for (const std::uint32_t c : addends) check.send({a, b, c}, false);
    }
  }
  check.require_clean();
  REQUIRE(check.pipeline.compared == factors.size() * factors.size() * addends.size());
  REQUIRE(check.pipeline.compared > 250000);
}

TEMPLATE_TEST_CASE("float MAC RTL equals golden and host on a million random triples",
                   "[rtl][random]", Vfp32_mac_o0, Vfp32_mac_o3, Vbf16_mac_o0, Vbf16_mac_o3) {
  run_strata<TestType>(120000, 83);
}

TEMPLATE_TEST_CASE("float MAC RTL equals golden and host on ten million random triples",
                   "[rtl][random][slow]", Vfp32_mac_o0, Vfp32_mac_o3, Vbf16_mac_o0, Vbf16_mac_o3) {
  run_strata<TestType>(1200000, 89);
}

}  // namespace absim::tests
