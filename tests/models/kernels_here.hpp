// SPDX-License-Identifier: Apache-2.0
// Every vector kernel that runs on this machine, emulations included.
#pragma once

#include <catch2/catch.hpp>

#include <vector>

#include "models/inference/fast_run.hpp"
#include "models/inference/inference.hpp"
#include "models/inference/kernels/select.hpp"
#include "tests/models/emulated_vnni.hpp"

namespace absim::test {

using models::IntMap;
using models::SimdLevel;
using models::simd_name;
using models::Span;
using models::TensorMap;
namespace fast = models::fast;

struct Kernels {
  const char* name;
  const fast::KernelTable* table;
};

inline constexpr SimdLevel kLevels[] = {SimdLevel::kPortable, SimdLevel::kAvx2, SimdLevel::kAvx512Vnni};

/// Everything that runs on this machine.
inline std::vector<Kernels> all_kernels() {
  std::vector<Kernels> kernels;
  const bool avx2_built = emulated_vnni_avx2_kernels() != nullptr;
  const bool avx2_runs = fast::kernels(SimdLevel::kAvx2) != nullptr;
  if (!avx2_built || avx2_runs) kernels.push_back({"emulated VNNI", emulated_vnni_kernels()});
  if (avx2_built && avx2_runs) {
    kernels.push_back({"emulated VNNI with AVX2", emulated_vnni_avx2_kernels()});
  }
  for (const SimdLevel level : kLevels) {
    if (fast::kernels(level) == nullptr) continue;
    kernels.push_back({simd_name(level), fast::kernels(level)});
  }
  return kernels;
}

/// Says what all_kernels() leaves out.
inline void warn_of_missing_kernels() {
  for (const SimdLevel level : kLevels) {
    if (fast::kernels(level) == nullptr) {
      WARN(simd_name(level) << " skipped: this machine or build lacks it");
    }
  }
}

inline TensorMap run_plan(const fast::Plan& plan, Span<const std::uint8_t> pixels) {
  TensorMap tensors;
  fast::Runner runner(plan);
  runner.run(pixels, [&](std::size_t index) {
    IntMap& values = tensors[plan.maps[index].name];
    values.resize(plan.maps[index].shape.elements());
    runner.read(index, values.data());
  });
  return tensors;
}

}  // namespace absim::test
