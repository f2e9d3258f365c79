// SPDX-License-Identifier: Apache-2.0
// Rounding of whole tensors to posits and dynamic fixed point, one thread, in place of nothing:
// the source is read again in every pass.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "models/formats/dfp_round.hpp"
#include "models/formats/posit_round.hpp"
#include "tests/bench/limits.hpp"

namespace absim::bench {
namespace {

using namespace models;

/// Limits on one core with AVX2: values per second.
constexpr double kPosit8PerSecond = 500e6;   // 2 ns a value
constexpr double kPosit16PerSecond = 167e6;  // 6 ns
constexpr double kDfpPerSecond = 667e6;      // 1.5 ns
constexpr double kExponentPerSecond = 100e6;
constexpr std::size_t kValues = 1U << 16U;

/// Bell-shaped, deviation 1.
std::vector<float> values() {
  std::mt19937_64 random(1);
  std::vector<float> all(kValues);
  for (float& value : all) {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += static_cast<double>(random() >> 11) * 0x1p-53;
    value = static_cast<float>(sum);
  }
  return all;
}

const rounding::RoundKernels* kernels(benchmark::State& state) {
  const rounding::RoundKernels* const found =
      state.range(0) == 0 ? &rounding::portable_round_kernels() : rounding::avx2_round_kernels();
  if (found == nullptr) state.SkipWithError("this machine lacks AVX2");
  return found;
}

template <typename Work>
void measure(benchmark::State& state, double limit, Work&& work) {
  const Meter meter(state);
  double done = 0;
  for (auto _ : state) {
    work();
    benchmark::ClobberMemory();
    done += double{kValues};
  }
  meter.report("values", done, limit);
}

void BM_round_posit(benchmark::State& state, unsigned n, unsigned es) {
  const rounding::RoundKernels* const table = kernels(state);
  if (table == nullptr) return;
  PositMode mode;
  if (state.range(1) != 0) mode.underflow = PositUnderflow::kToZero;
  const PositRounder rounder({n, es}, mode, *table);
  const std::vector<float> in = values();
  std::vector<float> out(kValues);
  measure(state, n <= 8 ? kPosit8PerSecond : kPosit16PerSecond, [&] { rounder.round(in, out); });
}

void BM_round_dfp(benchmark::State& state) {
  const rounding::RoundKernels* const table = kernels(state);
  if (table == nullptr) return;
  const auto rounding = static_cast<Rounding>(state.range(1));
  state.SetLabel(rounding_name(rounding));
  const std::vector<float> in = values();
  std::vector<float> out(kValues);
  measure(state, kDfpPerSecond, [&] {
    dfp_round(in, out, -5, {-127, 127}, rounding, 1, 0, *table);
  });
}

void BM_choose_dfp_exponent(benchmark::State& state) {
  DfpPolicyConfig config;
  config.policy = static_cast<DfpPolicy>(state.range(0));
  const std::vector<float> in = values();
  measure(state, kExponentPerSecond, [&] {
    benchmark::DoNotOptimize(choose_dfp_exponent(in, 8, {-127, 127}, config).exponent);
  });
}

#define ABSIM_POSIT_ROUND_BENCH(n, es)               \
  BENCHMARK_CAPTURE(BM_round_posit, n##_##es, n, es) \
      ->ArgNames({"avx2", "zero"})                   \
      ->ArgsProduct({{0, 1}, {0, 1}})                \
      ->Unit(benchmark::kMicrosecond)

ABSIM_POSIT_ROUND_BENCH(8, 1);
ABSIM_POSIT_ROUND_BENCH(16, 1);
BENCHMARK(BM_round_dfp)
    ->ArgNames({"avx2", "rounding"})
    ->ArgsProduct({{0, 1}, benchmark::CreateDenseRange(0, 5, 1)})
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_choose_dfp_exponent)
    ->ArgName("policy")
    ->DenseRange(0, 3)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace absim::bench
