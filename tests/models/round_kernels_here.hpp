// SPDX-License-Identifier: Apache-2.0
// Every table of rounding loops that runs on this machine.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "models/formats/kernels/round_kernels.hpp"

namespace absim::test {

struct NamedRoundKernels {
  const char* name;
  const models::rounding::RoundKernels* table;
};

inline std::vector<NamedRoundKernels> all_round_kernels() {
  std::vector<NamedRoundKernels> all = {{"portable", &models::rounding::portable_round_kernels()}};
  if (models::rounding::avx2_round_kernels() != nullptr) {
    all.push_back({"AVX2", models::rounding::avx2_round_kernels()});
  }
  return all;
}

inline float float_of(std::uint32_t bits) {
  float x = 0;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

/// Bit for bit: tells -0 from 0.
inline std::size_t differences(const std::vector<float>& a, const std::vector<float>& b) {
  std::size_t count = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    count += std::memcmp(&a[i], &b[i], sizeof(float)) != 0;
  }
  return count;
}

}  // namespace absim::test
