// SPDX-License-Identifier: Apache-2.0
// The user's own vectors for a bit-serial PE: a text file, one dot product a line.
//   t K a_1 .. a_K w_1 .. w_K expected
// t: truncation length 1..8; K: products; a: activations; w: 8-bit weight codes 0..255; all decimal;
// fields separated by blanks; `#` starts a comment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace absim::app {

inline constexpr std::size_t kMaxProducts = 16384;  // their sum fits 32 bits

struct PeVector {
  std::size_t line = 0;
  unsigned truncation = 8;
  std::vector<std::int32_t> activations;
  std::vector<std::uint8_t> codes;
  std::int64_t expected = 0;
};

/// Throws FormatError `file:line: found; allowed` for anything else, and for a file without vectors.
std::vector<PeVector> read_pe_vectors(const std::string& path, bool signed_activations);

}  // namespace absim::app
