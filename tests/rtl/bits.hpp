// SPDX-License-Identifier: Apache-2.0
// Bit vectors of any width for driving and reading flattened ports; and the packed structs of
// absim_pkg.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/cosim/verilated_port.hpp"

namespace absim::tests {

class Bits {
 public:
  explicit Bits(std::size_t width) : words_((width + 63) / 64) {}

  /// Sets bits [at, at + width) to the low bits of value; width <= 64.
  void put(std::size_t at, unsigned width, std::uint64_t value) {
    for (unsigned i = 0; i < width; ++i) {
      const std::uint64_t mask = std::uint64_t{1} << (at + i) % 64;
      std::uint64_t& word = words_[(at + i) / 64];
      word = (value >> i & 1U) != 0 ? word | mask : word & ~mask;
    }
  }
  [[nodiscard]] std::uint64_t get(std::size_t at, unsigned width) const {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < width; ++i) {
      value |= (words_[(at + i) / 64] >> (at + i) % 64 & 1U) << i;
    }
    return value;
  }
  [[nodiscard]] std::int64_t get_signed(std::size_t at, unsigned width) const {
    const std::uint64_t value = get(at, width);
    const std::uint64_t sign = std::uint64_t{1} << (width - 1);
    return static_cast<std::int64_t>((value ^ sign) - sign);
  }

  template <typename Port>
  void to(Port& port) const {
    sim::store_port(port, words_.data(), sizeof(Port) < bytes() ? sizeof(Port) : bytes());
  }
  template <typename Port>
  static Bits from(const Port& port) {
    Bits bits(8 * sizeof(Port));
    sim::load_port(port, bits.words_.data(), sizeof(Port));
    return bits;
  }
  friend bool operator==(const Bits& a, const Bits& b) { return a.words_ == b.words_; }

 private:
  [[nodiscard]] std::size_t bytes() const { return 8 * words_.size(); }
  std::vector<std::uint64_t> words_;
};

/// absim_pkg::step_t, 32 bits.
struct Step {
  bool first = false, last = false, shift = false, sign_plane = false;
  bool stationary = false, twos_complement = false, act_signed = false;
  unsigned planes = 1;
  unsigned weight_addr = 0;
  bool weight_release = false;

  [[nodiscard]] std::uint32_t pack() const {
    return std::uint32_t{first} << 31 | std::uint32_t{last} << 30 | std::uint32_t{shift} << 29 |
           std::uint32_t{sign_plane} << 28 | std::uint32_t{stationary} << 27 |
           std::uint32_t{twos_complement} << 26 | std::uint32_t{act_signed} << 25 | planes << 21 |
           weight_addr << 1 | std::uint32_t{weight_release};
  }
};

/// absim_pkg::tag_t, 67 bits; postproc is the 47 bits of absim_pkg::postproc_t.
struct Tag {
  unsigned rows = 1, cols = 1;
  bool group_last = false, job_last = false, param_release = false, has_residual = false;
  std::uint64_t postproc = 0;

  [[nodiscard]] Bits pack() const {
    Bits bits(67);
    bits.put(0, 47, postproc);
    bits.put(47, 1, has_residual);
    bits.put(48, 1, param_release);
    bits.put(49, 1, job_last);
    bits.put(50, 1, group_last);
    bits.put(51, 8, cols);
    bits.put(59, 8, rows);
    return bits;
  }
};

inline std::uint64_t pack_postproc(bool emits, unsigned kind, unsigned shift, unsigned act_shift,
                                   std::int32_t gain) {
  return std::uint64_t{emits} << 46 | std::uint64_t{kind} << 44 | std::uint64_t{shift} << 38 |
         std::uint64_t{act_shift} << 32 | static_cast<std::uint32_t>(gain);
}

}  // namespace absim::tests
