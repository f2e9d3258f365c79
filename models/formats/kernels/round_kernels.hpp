// SPDX-License-Identifier: Apache-2.0
// Loops that round many floats to a number format. One table an instruction set; every table gives
// the same bits. Arrays may be the same, but must not overlap otherwise.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/formats/dfp.hpp"

namespace absim::models::rounding {

/// x -> posit(x * 2^-s) * 2^s. Exponents are in units of 2^23, as in the bits of a float.
struct PositTask {
  const float* in = nullptr;
  float* out = nullptr;
  std::size_t count = 0;
  std::int32_t bits = 0;           ///< n, 3..16
  std::int32_t exponent_bits = 0;  ///< es, 0..2
  bool to_nearest = true;          ///< else toward zero
  std::int32_t offset = 0;         ///< (127 + s) * 2^23
  std::int32_t largest = 0;        ///< M * 2^23: maxpos; minpos is -largest
  std::int32_t vanishing = 0;      ///< exponents below this one round to zero
};

struct DfpTask {
  const float* in = nullptr;
  std::size_t count = 0;
  double step = 1;     ///< 2^exponent
  double inverse = 1;  ///< 2^-exponent
  double low = 0;      ///< the range of codes
  double high = 0;
};

/// Key of the random numbers; see dfp_random().
struct RandomKey {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
};

struct RoundKernels {
  void (*posit)(const PositTask& task) = nullptr;
  /// `index` of the first value: kStochastic only; index + count <= 2^32. False where a value is
  /// not finite; `out` is then of no use.
  bool (*dfp)(const DfpTask& task, float* out, Rounding rounding, RandomKey key,
              std::uint32_t index) = nullptr;
  /// Squared errors of rounding to nearest even, one a value.
  void (*dfp_errors)(const DfpTask& task, double* errors) = nullptr;
  /// Values whose nearest code (ties to even) is beyond the range.
  std::uint64_t (*dfp_saturated)(const DfpTask& task) = nullptr;
  /// The bits of max|x|.
  std::uint32_t (*largest)(const float* in, std::size_t count) = nullptr;
};

/// Of this machine.
const RoundKernels& best_round_kernels();

const RoundKernels& portable_round_kernels();
const RoundKernels* avx2_round_kernels();  ///< null where this machine or this build lacks AVX2

/// What the portable file calls; null where the build lacks it. Does not ask the machine.
const RoundKernels* avx2_round_kernels_built();

}  // namespace absim::models::rounding
