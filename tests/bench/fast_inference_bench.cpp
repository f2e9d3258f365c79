// SPDX-License-Identifier: Apache-2.0
// Exact inference of CIFAR ResNet-20 (40.55 million multiply-accumulates an image), by instruction
// set, truncation length and threads.
#include <benchmark/benchmark.h>

#include <string>

#include "models/inference/inference.hpp"
#include "tests/bench/limits.hpp"
#include "tests/bench/networks.hpp"

namespace absim::bench {
namespace {

using namespace models;

/// The limit: images per second on two cores with AVX-512 VNNI. For comparison, libtorch in float
/// runs about 3,500 on such a machine.
constexpr double kImagesPerSecond = 4000;
constexpr std::size_t kImages = 512;

void BM_fast_inference_resnet20(benchmark::State& state) {
  const auto level = static_cast<SimdLevel>(state.range(0));
  std::string label;
  const QuantizedNetwork network = resnet20(label);
  const ImageSet images = random_images(network, kImages);
  const FastInference inference(network, static_cast<unsigned>(state.range(1)), level);
  const auto threads = static_cast<unsigned>(state.range(2));
  state.SetLabel(std::string(simd_name(level)) + ", " + label);
  const Meter meter(state);
  double done = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(evaluate(inference, images, network.graph.classes, threads));
    done += kImages;
  }
  meter.report("images", done, kImagesPerSecond);
}

void BM_fast_inference_sdfp(benchmark::State& state) {
  const auto rounding = static_cast<Rounding>(state.range(0));
  const QuantizedNetwork network = resnet20_dfp(rounding);
  const ImageSet images = random_images(network, kImages);
  const FastInference inference(network, network.bits);
  state.SetLabel(std::string(simd_name(best_simd_level())) + ", " + rounding_name(rounding));
  const Meter meter(state);
  double done = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(evaluate(inference, images, network.graph.classes, 2));
    done += kImages;
  }
  meter.report("images", done, kImagesPerSecond);
}

BENCHMARK(BM_fast_inference_sdfp)
    ->ArgName("rounding")
    ->DenseRange(0, static_cast<int>(Rounding::kTowardZero))
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// The levels of this machine; all truncation lengths at the best one.
void add_arguments(benchmark::internal::Benchmark* bench) {
  const SimdLevel best = best_simd_level();
  for (const SimdLevel level : {SimdLevel::kPortable, SimdLevel::kAvx2, SimdLevel::kAvx512Vnni}) {
    if (level > best) continue;
    bench->Args({static_cast<std::int64_t>(level), 8, 1});
    for (std::int64_t t = level == best ? 1 : 8; t <= 8; ++t) {
      bench->Args({static_cast<std::int64_t>(level), t, 2});
    }
  }
}

BENCHMARK(BM_fast_inference_resnet20)
    ->ArgNames({"simd", "t", "threads"})
    ->Apply(add_arguments)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace absim::bench
