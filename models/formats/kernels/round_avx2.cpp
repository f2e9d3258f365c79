// SPDX-License-Identifier: Apache-2.0
// The same loops, compiled for AVX2: shifts by a different count in each lane.
#include "models/formats/kernels/round_kernels.hpp"

#if defined(__AVX2__)
#include "models/formats/kernels/dfp_loops.hpp"
#include "models/formats/kernels/posit_loop.hpp"

namespace absim::models::rounding {
namespace {
struct Avx2 {};
}  // namespace

const RoundKernels* avx2_round_kernels_built() {
  static constexpr RoundKernels kTable = {&round_posits_either<Avx2>, &round_dfp_any<Avx2>,
                                          &dfp_errors<Avx2>, &dfp_saturated<Avx2>,
                                          &largest_magnitude<Avx2>};
  return &kTable;
}

}  // namespace absim::models::rounding

#else
const absim::models::rounding::RoundKernels* absim::models::rounding::avx2_round_kernels_built() {
  return nullptr;
}
#endif
