// SPDX-License-Identifier: Apache-2.0
// The schedule of CIFAR ResNet-20 on the 16x16x16 array: timing of given plans, and planning, by
// order of planes and truncation length. One thread.
#include <benchmark/benchmark.h>

#include <string>

#include "sim/schedule/network_timing.hpp"
#include "tests/bench/limits.hpp"
#include "tests/bench/networks.hpp"

namespace absim::bench {
namespace {

/// The limits, on one core: 1 ms to time a network, 20 ms to plan it.
constexpr double kTimingsPerSecond = 1000;
constexpr double kPlansPerSecond = 50;

sim::ArchConfig arch_of(const benchmark::State& state) {
  sim::ArchConfig arch;
  arch.plane_order =
      state.range(0) == 0 ? sim::PlaneOrder::kProgressive : sim::PlaneOrder::kStationary;
  return arch;
}

void BM_time_resnet20(benchmark::State& state) {
  std::string label;
  const models::QuantizedNetwork network = resnet20(label);
  const sim::ArchConfig arch = arch_of(state);
  const auto t = static_cast<unsigned>(state.range(1));
  const sim::NetworkPlan plan = sim::plan_network(network, t, arch);
  state.SetLabel(label);
  const Meter meter(state);
  double done = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(sim::time_network(network, plan, arch));
    ++done;
  }
  meter.report("networks", done, kTimingsPerSecond);
}

void BM_plan_resnet20(benchmark::State& state) {
  std::string label;
  const models::QuantizedNetwork network = resnet20(label);
  const sim::ArchConfig arch = arch_of(state);
  const auto t = static_cast<unsigned>(state.range(1));
  state.SetLabel(label);
  const Meter meter(state);
  double done = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(sim::plan_network(network, t, arch));
    ++done;
  }
  meter.report("networks", done, kPlansPerSecond);
}

BENCHMARK(BM_time_resnet20)
    ->ArgNames({"stationary", "t"})
    ->ArgsProduct({{0, 1}, {1, 4, 8}})
    ->Unit(benchmark::kMillisecond);
BENCHMARK(BM_plan_resnet20)
    ->ArgNames({"stationary", "t"})
    ->ArgsProduct({{0, 1}, {1, 4, 8}})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace absim::bench
