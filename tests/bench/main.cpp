// SPDX-License-Identifier: Apache-2.0
// Runs all benchmarks; says on which instruction set.
#include <benchmark/benchmark.h>

#include "models/inference/inference.hpp"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::AddCustomContext("simd", absim::models::simd_name(absim::models::best_simd_level()));
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
