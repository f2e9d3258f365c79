// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4), to name file contents in dumps and manifests.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace absim::models {

class Sha256 {
 public:
  void update(const void* data, std::size_t size);
  /// 64 lower-case hexadecimal digits; the object is spent afterwards.
  [[nodiscard]] std::string hex_digest();

 private:
  void block(const std::uint8_t* bytes);
  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, 64> pending_{};
  std::uint64_t size_bytes_ = 0;
};

std::string sha256_of(const std::string& bytes);

/// Throws Error naming a file that cannot be read.
std::string sha256_of_file(const std::string& path);

}  // namespace absim::models
