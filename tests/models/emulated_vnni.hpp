// SPDX-License-Identifier: Apache-2.0
// The AVX-512 VNNI kernel with its few 512-bit instructions written out in scalar code; the loops
// around them, and with AVX2 the post-processing, are those of the real kernel.
#pragma once

#include "models/inference/kernels/kernel.hpp"

namespace absim::test {

const models::fast::KernelTable* emulated_vnni_kernels();

/// Null where the compiler's target has no AVX2; only for machines that have it.
const models::fast::KernelTable* emulated_vnni_avx2_kernels();

}  // namespace absim::test
