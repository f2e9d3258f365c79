// SPDX-License-Identifier: Apache-2.0
// Runs dot products through a Verilated absim_abs_pe of any size. Only for .cpp files that hold a
// model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/core/span.hpp"
#include "models/network/dump.hpp"
#include "sim/core/arch_config.hpp"
#include "sim/cosim/verilated_block.hpp"
#include "sim/cosim/verilated_port.hpp"

namespace absim::sim {

/// What a dot product is, apart from its operands.
struct DotProduct {
  models::WeightFormat format = models::WeightFormat::kBwb;
  PlaneOrder order = PlaneOrder::kProgressive;
  bool act_signed = false;
  unsigned bits = 8;        ///< B, planes of a weight
  unsigned truncation = 8;  ///< t, planes that count
};

template <typename Model>
class AbsPeDriver {
 public:
  explicit AbsPeDriver(unsigned lanes) : lanes_(lanes), act_((9 * lanes + 31) / 32) {}

  /// Sum of acts[k] * W_t(codes[k]); both spans have the same length, at least 1.
  std::int32_t run(const DotProduct& what, Span<const std::uint8_t> acts,
                   Span<const std::uint8_t> codes) {
    const std::size_t chunks = (acts.size() + lanes_ - 1) / lanes_;
    model_->twos_complement_i = what.format == models::WeightFormat::kTwosComplement;
    model_->stationary_i = what.order == PlaneOrder::kStationary;
    if (what.order == PlaneOrder::kStationary) {
      for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
        for (unsigned plane = 0; plane < what.truncation; ++plane) {
          step(what, acts, codes, chunk, plane);
        }
      }
    } else {
      for (unsigned plane = 0; plane < what.truncation; ++plane) {
        for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
          step(what, acts, codes, chunk, plane);
        }
      }
    }
    model_->en_i = 0;
    return static_cast<std::int32_t>(model_->acc_o);
  }

  /// Clock cycles spent so far: one a step.
  [[nodiscard]] std::uint64_t cycles() const { return cycles_; }

 private:
  void step(const DotProduct& what, Span<const std::uint8_t> acts, Span<const std::uint8_t> codes,
            std::size_t chunk, unsigned plane) {
    const std::size_t first = chunk * lanes_;
    const std::size_t count = acts.size() - first < lanes_ ? acts.size() - first : lanes_;
    act_.assign(act_.size(), 0);
    std::uint32_t weights = 0;
    for (std::size_t j = 0; j < count; ++j) {
      const std::uint8_t a = acts[first + j];
      const std::uint32_t extended = what.act_signed && (a & 0x80U) != 0 ? 0x100U | a : a;
      const std::size_t bit = 9 * j;
      act_[bit / 32] |= extended << bit % 32;
      if (bit % 32 > 23) act_[bit / 32 + 1] |= extended >> (32 - bit % 32);
      weights |= (std::uint32_t{codes[first + j]} >> (what.bits - 1 - plane) & 1U) << j;
    }
    const bool stationary = what.order == PlaneOrder::kStationary;
    model_->en_i = 1;
    model_->sign_plane_i = plane == 0;
    model_->clear_i = chunk == 0 && (stationary || plane == 0);
    model_->shift_i = !stationary && chunk == 0 && plane > 0;
    model_->plane_first_i = plane == 0;
    model_->plane_last_i = plane + 1 == what.truncation;
    store_port(model_->act_i, act_.data(), 4 * act_.size());
    store_port(model_->weight_i, &weights, sizeof weights);
    model_.tick();
    ++cycles_;
  }

  std::size_t lanes_;
  VerilatedBlock<Model> model_{"abs_pe"};
  std::vector<std::uint32_t> act_;
  std::uint64_t cycles_ = 0;
};

}  // namespace absim::sim
