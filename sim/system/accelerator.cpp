// SPDX-License-Identifier: Apache-2.0
#include "sim/system/accelerator.hpp"

#include "sim/core/mismatch.hpp"

namespace absim::sim {
Accelerator::Accelerator(const sc_core::sc_module_name& name, const ArchConfig& arch, Core& core,
                         SystemCCore* counters)
    : sc_module(name),
      counters_(counters),
      // Both edges of this signal clock the modules, so its period is two cycles: half the kernel's
      // events.
      clock_("clock", sc_core::sc_time(2000.0 / arch.clock_mhz, sc_core::SC_NS)),
      pool_unit_("pool_unit", arch),
      dram_dma_("dram_dma", arch, trap_),
      core_("core", core, trap_),
      pool_("pool", pool_unit_, trap_) {
  dram_dma_.clk(clock_);
  dram_dma_.to_core(to_core_);
  dram_dma_.from_core(from_core_);
  dram_dma_.to_pool(to_pool_);
  dram_dma_.from_pool(from_pool_);
  core_.clk(clock_);
  core_.from_dma(to_core_);
  core_.to_dma(from_core_);
  pool_.clk(clock_);
  pool_.from_dma(to_pool_);
  pool_.to_dma(from_pool_);
}

LayerRun Accelerator::run_layer(const models::QuantizedNetwork& network, const LayerData& data,
                                TensorStore& tensors) {
  const models::Layer& layer = data.layer();
  LayerTensors ends;
  ends.output = &tensors.create(layer.name, layer.out, tensor_type(network, layer.name));
  if (layer.emits_activation) {
    const std::string name = layer.name + ".act";
    ends.activation = &tensors.create(name, layer.out, tensor_type(network, name));
  }
  ends.input = &tensors.get(layer.input);
  if (layer.residual) ends.residual = &tensors.get(layer.residual->tensor);

  const bool pooling = data.plan().pooling();
  if (counters_ != nullptr) counters_->reset_counters();
  pool_unit_.reset_counters();
  core_.begin_layer(true);  // idle in a pooling layer, and so compared in lock-step
  pool_.begin_layer(pooling);
  dram_dma_.begin_layer(data, ends);
  sc_core::sc_start();  // until the DMA pauses the kernel
  if (trap_.error) rethrow(layer.name, total_cycles_);
  ABSIM_CHECK(dram_dma_.engine().done(), "accelerator: the kernel stopped inside a layer");
  ABSIM_CHECK(dram_dma_.engine().all_slots_free(),
              "layer " + layer.name + " left a slot in use; " + dram_dma_.engine().describe());

  LayerRun run;
  run.layer = layer.name;
  run.cycles = dram_dma_.engine().cycles();
  run.compute_cycles = (pooling ? pool_ : core_).active_cycles();
  ABSIM_CHECK(!pooling || core_.active_cycles() == 0,
              "layer " + layer.name + ": the core worked in a pooling layer");
  if (pooling) {
    run.events = pool_unit_.events();
    run.events.pool_cycles = run.cycles;
  } else if (counters_ != nullptr) {
    run.events = counters_->events();
    run.waits = counters_->waits();
  }
  add_dram_bytes(data.plan().transfers, run.events);
  total_cycles_ += run.cycles;
  return run;
}

void Accelerator::rethrow(const std::string& layer, std::uint64_t first_cycle) {
  try {
    std::rethrow_exception(trap_.error);
  } catch (const MismatchError& e) {
    throw MismatchError(layer, e.cycle() - first_cycle, e.signal(), e.expected(), e.found());
  } catch (const InvariantError& e) {
    throw InvariantError("layer " + layer + ", cycle " +
                         std::to_string(dram_dma_.engine().cycles()) + ": " + e.what() +
                         (counters_ != nullptr ? "; " + counters_->describe() : "") +
                         "; pooling unit: " + pool_unit_.describe());
  }
}

}  // namespace absim::sim
