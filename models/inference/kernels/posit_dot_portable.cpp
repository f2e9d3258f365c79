// SPDX-License-Identifier: Apache-2.0
#include "models/inference/kernels/posit_dot.hpp"

namespace absim::models::fast {
namespace {

void dot(const PositDotTask& task) {
  for (std::size_t p = 0; p < kPositPixels; ++p) {
    std::int64_t sums[kPositChannels] = {};
    const std::int64_t* weights = task.weights;
    for (std::size_t r = 0; r < task.rows; ++r) {
      const std::int32_t* acts =
          task.acts + task.pixel[p] + static_cast<std::ptrdiff_t>(r) * task.pitch;
      for (std::size_t j = 0; j < task.row_values; ++j, weights += kPositChannels) {
        for (std::size_t c = 0; c < kPositChannels; ++c) sums[c] += acts[j] * weights[c];
      }
    }
    for (std::size_t c = 0; c < kPositChannels; ++c) task.sums[p * kPositChannels + c] = sums[c];
  }
}

}  // namespace

PositDot posit_dot_portable() { return &dot; }

PositDot posit_dot(SimdLevel level) {
#if defined(__x86_64__)
  switch (level) {
    case SimdLevel::kPortable:
      return posit_dot_portable();
    case SimdLevel::kAvx2:
      return __builtin_cpu_supports("avx2") != 0 ? posit_dot_avx2() : nullptr;
    case SimdLevel::kAvx512Vnni:
      return __builtin_cpu_supports("avx512f") != 0 ? posit_dot_avx512() : nullptr;
  }
  return nullptr;
#else
  return level == SimdLevel::kPortable ? posit_dot_portable() : nullptr;
#endif
}

}  // namespace absim::models::fast
