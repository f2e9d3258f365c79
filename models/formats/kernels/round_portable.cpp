// SPDX-License-Identifier: Apache-2.0
// The base instruction set, and the choice among all.
#include "models/formats/kernels/dfp_loops.hpp"
#include "models/formats/kernels/posit_loop.hpp"
#include "models/formats/kernels/round_kernels.hpp"

namespace absim::models::rounding {
namespace {
struct Portable {};
}  // namespace

const RoundKernels& portable_round_kernels() {
  static constexpr RoundKernels kTable = {&round_posits_either<Portable>, &round_dfp_any<Portable>,
                                          &dfp_errors<Portable>, &dfp_saturated<Portable>,
                                          &largest_magnitude<Portable>};
  return kTable;
}

const RoundKernels* avx2_round_kernels() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") != 0 ? avx2_round_kernels_built() : nullptr;
#else
  return nullptr;
#endif
}

const RoundKernels& best_round_kernels() {
  const RoundKernels* const avx2 = avx2_round_kernels();
  return avx2 != nullptr ? *avx2 : portable_round_kernels();
}

}  // namespace absim::models::rounding
