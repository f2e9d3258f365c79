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

inline constexpr unsigned kPostprocBits = 81;  // absim_pkg::postproc_t
inline constexpr unsigned kTagBits = 20 + kPostprocBits;

/// absim_pkg::tag_t.
struct Tag {
  unsigned rows = 1, cols = 1;
  bool group_last = false, job_last = false, param_release = false, has_residual = false;
  Bits postproc = Bits(kPostprocBits);

  [[nodiscard]] Bits pack() const {
    Bits bits(kTagBits);
    bits.put(0, 64, postproc.get(0, 64));
    bits.put(64, kPostprocBits - 64, postproc.get(64, kPostprocBits - 64));
    bits.put(kPostprocBits, 1, has_residual);
    bits.put(kPostprocBits + 1, 1, param_release);
    bits.put(kPostprocBits + 2, 1, job_last);
    bits.put(kPostprocBits + 3, 1, group_last);
    bits.put(kPostprocBits + 4, 8, cols);
    bits.put(kPostprocBits + 12, 8, rows);
    return bits;
  }
};

/// Bit-serial post-processing: the fields of the other kinds of PE are 0.
inline Bits pack_postproc(bool emits, unsigned kind, unsigned shift, unsigned act_shift,
                          std::int32_t gain) {
  Bits bits(kPostprocBits);
  bits.put(32, 32, static_cast<std::uint32_t>(gain));
  bits.put(64, 6, act_shift);
  bits.put(70, 8, shift);
  bits.put(78, 2, kind);
  bits.put(80, 1, emits);
  return bits;
}

}  // namespace absim::tests
