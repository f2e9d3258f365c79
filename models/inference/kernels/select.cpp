// SPDX-License-Identifier: Apache-2.0
// Which instruction sets this machine has.
#include "models/inference/kernels/select.hpp"
#include "models/core/error.hpp"
#include "models/inference/inference.hpp"

namespace absim::models {

namespace fast {

const KernelTable* kernels(SimdLevel level) {
#if defined(__x86_64__)
  switch (level) {
    case SimdLevel::kPortable:
      return portable_kernels();
    case SimdLevel::kAvx2:
      return __builtin_cpu_supports("avx2") != 0 ? avx2_kernels() : nullptr;
    case SimdLevel::kAvx512Vnni:
      return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
                     __builtin_cpu_supports("avx512vl") != 0 &&
                     __builtin_cpu_supports("avx512vnni") != 0
                 ? avx512_vnni_kernels()
                 : nullptr;
  }
  return nullptr;
#else
  return level == SimdLevel::kPortable ? portable_kernels() : nullptr;
#endif
}

}  // namespace fast

SimdLevel best_simd_level() {
  for (const SimdLevel level : {SimdLevel::kAvx512Vnni, SimdLevel::kAvx2}) {
    if (fast::kernels(level) != nullptr) return level;
  }
  return SimdLevel::kPortable;
}

const char* simd_name(SimdLevel level) {
  switch (level) {
    case SimdLevel::kPortable:
      return "portable";
    case SimdLevel::kAvx2:
      return "AVX2";
    case SimdLevel::kAvx512Vnni:
      return "AVX-512 VNNI";
  }
  throw InvariantError("SIMD level out of range");
}

}  // namespace absim::models
