// SPDX-License-Identifier: Apache-2.0
// Runs sums through a Verilated absim_posit_units of any format. Only for .cpp files that hold a
// model.
#pragma once

#include <cstdint>
#include <vector>

#include "models/core/error.hpp"
#include "models/core/span.hpp"
#include "sim/cosim/verilated_block.hpp"
#include "sim/units/posit_decoder.hpp"

namespace absim::sim {

/// Sets a port of up to 64 bits, whatever its type.
template <typename Port>
void set_port(Port& port, std::uint64_t value) {
  port = static_cast<Port>(value);
}

/// One sum in the three accumulators.
struct PositSums {
  models::PositCode quire = 0;
  models::PositCode window = 0;
  models::PositCode chain = 0;
  friend bool operator==(const PositSums& a, const PositSums& b) {
    return a.quire == b.quire && a.window == b.window && a.chain == b.chain;
  }
};

template <typename Model>
class PositDriver {
 public:
  explicit PositDriver(models::PositFormat format) : format_(format) {}

  Model* operator->() { return &*model_; }

  PositFields decode(models::PositCode code) {
    set_port(model_->code_i, code);
    model_.settle();
    PositFields fields;
    fields.zero = model_->zero_o != 0;
    fields.nar = model_->nar_o != 0;
    fields.sign = model_->sign_o != 0;
    fields.exponent = exponent_of(model_->exponent_o);
    fields.significand = model_->significand_o;
    return fields;
  }
  void set_mode(int low, int high, bool toward_zero) {
    model_->low_i = static_cast<std::uint16_t>(static_cast<unsigned>(low) & 0x1ffU);
    model_->high_i = static_cast<std::uint16_t>(static_cast<unsigned>(high) & 0x1ffU);
    model_->toward_zero_i = toward_zero;
  }
  /// Sends a pair in this cycle and ends it.
  void send(models::PositCode a, models::PositCode b, bool first, bool last) {
    model_->valid_i = 1;
    model_->first_i = first;
    model_->last_i = last;
    set_port(model_->a_i, a);
    set_port(model_->b_i, b);
    tick();
  }
  void idle() {
    model_->valid_i = 0;
    tick();
  }
  /// Whether a sum leaves in this cycle; all accumulators must agree on that.
  [[nodiscard]] bool valid() const {
    ABSIM_CHECK(model_->valid_o == 0 || model_->valid_o == 7, "posit: accumulators out of step");
    return model_->valid_o != 0;
  }
  [[nodiscard]] PositSums sums() const {
    return {static_cast<models::PositCode>(model_->quire_o),
            static_cast<models::PositCode>(model_->window_o),
            static_cast<models::PositCode>(model_->chain_o)};
  }
  /// A whole sum, and the cycles until it leaves.
  PositSums run(Span<const models::PositCode> a, Span<const models::PositCode> b) {
    const std::uint64_t start = cycles_;
    for (std::size_t k = 0; k < a.size(); ++k) send(a[k], b[k], k == 0, k + 1 == a.size());
    while (!valid() && cycles_ - start <= a.size() + 8) idle();
    return sums();
  }
  void tick() {
    model_.tick();
    ++cycles_;
  }
  [[nodiscard]] std::uint64_t cycles() const { return cycles_; }

 private:
  [[nodiscard]] std::int32_t exponent_of(std::uint32_t bits) const {
    unsigned width = 1;  // ceil(log2(M + 1)) + 1
    while ((1 << (width - 1)) < format_.max_exponent() + 1) ++width;
    const std::uint32_t sign = 1U << (width - 1);
    return static_cast<std::int32_t>((bits ^ sign)) - static_cast<std::int32_t>(sign);
  }

  models::PositFormat format_;
  VerilatedBlock<Model> model_{"posit"};
  std::uint64_t cycles_ = 0;
};

}  // namespace absim::sim
