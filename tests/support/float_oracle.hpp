// SPDX-License-Identifier: Apache-2.0
// a * b + c of binary32 by the book: the exact sum in 640-bit fixed point, bit by bit, then the
// nearest pattern by binary search over all patterns. Shares no step with any unit under test.
#pragma once

#include <cstdint>

namespace absim::test {

struct OracleResult {
  std::uint32_t bits = 0;
  bool inexact = false;
  bool tie = false;  ///< the sum lay halfway between two numbers
};

OracleResult oracle_fma(std::uint32_t a, std::uint32_t b, std::uint32_t c);

/// The same by the host's std::fma(float), with every NaN made the canonical one.
std::uint32_t host_fma(std::uint32_t a, std::uint32_t b, std::uint32_t c);

}  // namespace absim::test
