// SPDX-License-Identifier: Apache-2.0
// The clocked SystemC accelerator on ResNet-20, 16x16x16, values included: one image a pass.
#include <benchmark/benchmark.h>

#include <ctime>
#include <string>

#include "sim/system/run_network.hpp"
#include "tests/bench/networks.hpp"

namespace absim::bench {
namespace {

using namespace sim;

/// The limit: cycles in which the 16x16x16 array works, per CPU second of one core with AVX2.
constexpr double kArrayCyclesPerCpuSecond = 1e6;

void BM_systemc_resnet20(benchmark::State& state) {
  std::string label;
  const models::QuantizedNetwork network = resnet20(label);
  const models::ImageSet images = random_images(network, 1);
  ArchConfig arch;  // 16x16x16, 64 KiB buffers, 16 bytes a cycle
  arch.plane_order = state.range(0) == 0 ? PlaneOrder::kProgressive : PlaneOrder::kStationary;
  const NetworkSimulator simulator(network, static_cast<unsigned>(state.range(1)), arch,
                                   CycleFidelity::kSystemC);
  state.SetLabel(std::string(has_avx2() ? "AVX2, " : "portable, ") + label);
  double cycles = 0;
  double array_cycles = 0;
  const std::clock_t begin = std::clock();
  for (auto _ : state) {
    for (const LayerRun& layer : simulator.run(images.pixels).layers) {
      cycles += static_cast<double>(layer.cycles);
      array_cycles += static_cast<double>(layer.compute_cycles);
    }
  }
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  state.counters["array_cycles/CPU_s"] = array_cycles / seconds;
  state.counters["limit"] = kArrayCyclesPerCpuSecond;
  state.counters["ratio"] = array_cycles / seconds / kArrayCyclesPerCpuSecond;
  state.counters["cycles/CPU_s"] = cycles / seconds;
}

BENCHMARK(BM_systemc_resnet20)
    ->ArgNames({"stationary", "t"})
    ->ArgsProduct({{0, 1}, {8, 4, 1}})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace absim::bench
