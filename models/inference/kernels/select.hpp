// SPDX-License-Identifier: Apache-2.0
// From a SIMD level to its kernels.
#pragma once

#include "models/inference/inference.hpp"
#include "models/inference/kernels/kernel.hpp"

namespace absim::models::fast {

/// Kernels of `level`; null where this machine or this build lacks its instructions.
const KernelTable* kernels(SimdLevel level);

}  // namespace absim::models::fast
