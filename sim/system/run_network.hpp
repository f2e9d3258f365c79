// SPDX-License-Identifier: Apache-2.0
// Runs a quantised network on the clocked accelerator, image by image: values, cycles, events of
// every layer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "models/core/span.hpp"
#include "models/inference/inference.hpp"
#include "sim/schedule/plan.hpp"
#include "sim/system/accelerator.hpp"
#include "sim/system/layer_data.hpp"

namespace absim::sim {

/// Which core the accelerator holds.
enum class CycleFidelity {
  kSystemC,   ///< the SystemC core
  kRtl,       ///< the core of the factory
  kLockstep,  ///< both; every output is compared on every clock, MismatchError at the first
              ///< difference
};

using CoreFactory = std::function<std::unique_ptr<Core>(const ArchConfig& arch)>;

struct NetworkRun {
  std::vector<LayerRun> layers;
  models::TensorMap tensors;  ///< the DRAM's contents: all tensors of the image
  [[nodiscard]] std::uint64_t cycles() const;
};

/// One network at one truncation length on one accelerator; plans and weight streams are made once.
/// Every run has a SystemC kernel of its own. Runs of one process wait for each other
/// (sim/system/kernel.hpp): use processes, not threads, to run several at once.
class NetworkSimulator {
 public:
  /// Plans every layer. The network must live as long. `make_rtl` is needed by kRtl and kLockstep.
  NetworkSimulator(const models::QuantizedNetwork& network, unsigned truncation,
                   const ArchConfig& arch, CycleFidelity fidelity, CoreFactory make_rtl = {});
  /// With plans of the caller's: one for every layer, in order, or for the first layers only.
  NetworkSimulator(const models::QuantizedNetwork& network, const ArchConfig& arch,
                   std::vector<LayerPlan> plans, CycleFidelity fidelity, CoreFactory make_rtl = {});

  /// pixels: u8 NHWC, one image. `on_layer` is called after every layer.
  [[nodiscard]] NetworkRun run(Span<const std::uint8_t> pixels,
                               const std::function<void(const LayerRun&)>& on_layer = {}) const;
  [[nodiscard]] const LayerPlan& plan(std::size_t layer) const { return layers_.at(layer)->plan(); }

 private:
  const models::QuantizedNetwork& network_;
  ArchConfig arch_;
  CycleFidelity fidelity_;
  CoreFactory make_rtl_;
  std::vector<std::unique_ptr<LayerData>> layers_;
};

/// One image, once.
NetworkRun run_network(const models::QuantizedNetwork& network, unsigned truncation,
                       const ArchConfig& arch, Span<const std::uint8_t> pixels,
                       CycleFidelity fidelity, const CoreFactory& make_rtl = {});

}  // namespace absim::sim
