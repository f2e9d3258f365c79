// SPDX-License-Identifier: Apache-2.0
// One dot product in three descriptions of the bit-serial PE: golden arithmetic, SystemC, RTL.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/network/dump.hpp"
#include "sim/app/pe_vectors.hpp"
#include "sim/core/arch_config.hpp"

namespace absim::app {

struct PeParameters {
  models::WeightFormat format = models::WeightFormat::kBwb;
  sim::PlaneOrder order = sim::PlaneOrder::kProgressive;
  bool act_signed = false;
  unsigned lanes = 16;
};

/// Sum of a_k * W_t(w_k).
std::int64_t golden_pe(const PeParameters& parameters, const PeVector& vector);

/// The same through the SystemC core's array of one PE (sim/units/pe_array.hpp), plane by plane.
class SystemCPe {
 public:
  explicit SystemCPe(const PeParameters& parameters);
  ~SystemCPe();
  SystemCPe(const SystemCPe&) = delete;
  SystemCPe& operator=(const SystemCPe&) = delete;

  std::int32_t run(const PeVector& vector);
  [[nodiscard]] std::uint64_t cycles() const { return cycles_; }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  PeParameters parameters_;
  std::uint64_t cycles_ = 0;
};

/// Bit patterns of the activations.
std::vector<std::uint8_t> activation_bits(const PeVector& vector);

}  // namespace absim::app
