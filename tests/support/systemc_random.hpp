// SPDX-License-Identifier: Apache-2.0
// Random numbers for the tests of the cycle model: same seed, same numbers on every standard
// library.
#pragma once

#include <cstdint>
#include <random>

namespace absim::test {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// low..high, both included.
  template <typename Int>
  Int in(Int low, Int high) {
    const auto span = static_cast<std::uint64_t>(static_cast<std::int64_t>(high) -
                                                 static_cast<std::int64_t>(low)) +
                      1;
    return static_cast<Int>(static_cast<std::int64_t>(low) +
                            static_cast<std::int64_t>(engine_() % span));
  }
  /// True once in `n`.
  bool one_in(std::uint64_t n) { return engine_() % n == 0; }
  std::uint64_t bits() { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace absim::test
