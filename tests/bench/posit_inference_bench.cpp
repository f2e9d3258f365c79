// SPDX-License-Identifier: Apache-2.0
// Exact posit inference of CIFAR ResNet-20, every sum in a quire and rounded once.
#include <benchmark/benchmark.h>

#include <string>

#include "models/inference/inference.hpp"
#include "models/inference/kernels/posit_dot.hpp"
#include "tests/bench/limits.hpp"
#include "tests/bench/networks.hpp"

namespace absim::bench {
namespace {

using namespace models;

/// Limits on two cores with AVX2: images per second.
constexpr double kPosit8PerSecond = 150;
constexpr double kPosit16PerSecond = 40;
constexpr std::size_t kImages = 64;
constexpr unsigned kThreads = 2;

void BM_posit_inference_resnet20(benchmark::State& state, const std::string& format) {
  const auto level = static_cast<SimdLevel>(state.range(0));
  if (fast::posit_dot(level) == nullptr) {
    state.SkipWithError("this machine lacks the instructions");
    return;
  }
  const QuantizedNetwork network = resnet20_posit(format);
  const ImageSet images = random_images(network, kImages);
  const FastInference inference(network, network.bits, level);
  state.SetLabel(posit_name(network.posit) + ", " + simd_name(level));
  const Meter meter(state);
  double done = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(evaluate(inference, images, network.graph.classes, kThreads));
    done += kImages;
  }
  meter.report("images", done, network.bits > 8 ? kPosit16PerSecond : kPosit8PerSecond);
}

#define ABSIM_POSIT_BENCH(format)                                          \
  BENCHMARK_CAPTURE(BM_posit_inference_resnet20, format, #format)          \
      ->ArgName("simd")                                                    \
      ->DenseRange(0, static_cast<int>(SimdLevel::kAvx512Vnni))            \
      ->UseRealTime()                                                      \
      ->Unit(benchmark::kMillisecond)

ABSIM_POSIT_BENCH(posit8_0);
ABSIM_POSIT_BENCH(posit8_1);
ABSIM_POSIT_BENCH(posit8_2);
ABSIM_POSIT_BENCH(posit16_1);

}  // namespace
}  // namespace absim::bench
