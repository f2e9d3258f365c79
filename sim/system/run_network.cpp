// SPDX-License-Identifier: Apache-2.0
#include "sim/system/run_network.hpp"

#include <utility>

#include "sim/system/kernel.hpp"
#include "sim/system/lockstep_core.hpp"

namespace absim::sim {
namespace {

std::vector<LayerPlan> plan_all(const models::QuantizedNetwork& network, unsigned truncation,
                                const ArchConfig& arch) {
  std::vector<LayerPlan> plans;
  for (std::size_t i = 0; i < network.graph.layers.size(); ++i) {
    plans.push_back(plan_layer(network, i, truncation, arch));
  }
  return plans;
}

/// The core of one run, and the SystemC core within it, if any.
struct Cores {
  std::unique_ptr<Core> core;
  SystemCCore* counters = nullptr;
};

Cores make_cores(CycleFidelity fidelity, const ArchConfig& arch, const CoreFactory& make_rtl) {
  if (fidelity == CycleFidelity::kRtl) return {make_rtl(arch), nullptr};
  auto twin = std::make_unique<SystemCCore>("systemc_core", arch);
  SystemCCore* counters = twin.get();
  if (fidelity == CycleFidelity::kSystemC) return {std::move(twin), counters};
  return {std::make_unique<LockstepCore>(std::move(twin), make_rtl(arch)), counters};
}

}  // namespace

std::uint64_t NetworkRun::cycles() const {
  std::uint64_t sum = 0;
  for (const LayerRun& layer : layers) sum += layer.cycles;
  return sum;
}

NetworkSimulator::NetworkSimulator(const models::QuantizedNetwork& network, unsigned truncation,
                                   const ArchConfig& arch, CycleFidelity fidelity,
                                   CoreFactory make_rtl)
    : NetworkSimulator(network, arch, plan_all(network, truncation, arch), fidelity,
                       std::move(make_rtl)) {}

NetworkSimulator::NetworkSimulator(const models::QuantizedNetwork& network, const ArchConfig& arch,
                                   std::vector<LayerPlan> plans, CycleFidelity fidelity,
                                   CoreFactory make_rtl)
    : network_(network), arch_(arch), fidelity_(fidelity), make_rtl_(std::move(make_rtl)) {
  ABSIM_CHECK(fidelity == CycleFidelity::kSystemC || make_rtl_ != nullptr,
              "run_network: this fidelity needs an RTL core");
  for (LayerPlan& plan : plans) {
    layers_.push_back(std::make_unique<LayerData>(network, std::move(plan), arch));
  }
}

NetworkRun NetworkSimulator::run(Span<const std::uint8_t> pixels,
                                 const std::function<void(const LayerRun&)>& on_layer) const {
  TensorStore tensors;
  tensors.create("input", network_.graph.input.shape, models::ElementType::kS8).values =
      models::input_map(network_, pixels);
  NetworkRun run;
  const KernelScope kernel;
  const Cores cores = make_cores(fidelity_, arch_, make_rtl_);
  Accelerator accelerator("accelerator", arch_, *cores.core, cores.counters);
  for (const auto& layer : layers_) {
    run.layers.push_back(accelerator.run_layer(network_, *layer, tensors));
    if (on_layer) on_layer(run.layers.back());
  }
  run.tensors = tensors.values();
  return run;
}

NetworkRun run_network(const models::QuantizedNetwork& network, unsigned truncation,
                       const ArchConfig& arch, Span<const std::uint8_t> pixels,
                       CycleFidelity fidelity, const CoreFactory& make_rtl) {
  return NetworkSimulator(network, truncation, arch, fidelity, make_rtl).run(pixels);
}

}  // namespace absim::sim
