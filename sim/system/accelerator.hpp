// SPDX-License-Identifier: Apache-2.0
// The accelerator put together: clock, DMA with its DRAM channel, core, pooling unit. Runs layer
// after layer; the next one begins in the cycle after the last store of the one before has left the
// channel. In a pooling layer the core is clocked with idle inputs; in the others the pooling unit
// is not clocked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <systemc>

#include "sim/core/core_ports.hpp"
#include "sim/system/core_adapter.hpp"
#include "sim/system/dram_dma.hpp"
#include "sim/system/layer_data.hpp"
#include "sim/system/tensor_store.hpp"
#include "sim/units/core.hpp"
#include "sim/units/pool_unit.hpp"

namespace absim::sim {

/// One layer as it ran.
struct LayerRun {
  std::string layer;
  std::uint64_t cycles = 0;
  std::uint64_t compute_cycles = 0;  ///< cycles in which the array or the pooling unit worked
  Events events;    ///< counted by DMA, pooling unit and SystemC core, if there is one
  CoreWaits waits;  ///< zero without the SystemC core and in pooling layers
};

class Accelerator : public sc_core::sc_module {
 public:
  /// `counters`: the SystemC core within `core`, or null.
  Accelerator(const sc_core::sc_module_name& name, const ArchConfig& arch, Core& core,
              SystemCCore* counters);

  /// Runs one layer; reads its inputs from `tensors` and creates its outputs there. Throws
  /// MismatchError (lock-step) and InvariantError.
  LayerRun run_layer(const models::QuantizedNetwork& network, const LayerData& data,
                     TensorStore& tensors);
  [[nodiscard]] const DmaEngine& dma() const { return dram_dma_.engine(); }

 private:
  [[noreturn]] void rethrow(const std::string& layer, std::uint64_t first_cycle);

  SystemCCore* counters_;
  ErrorTrap trap_;
  std::uint64_t total_cycles_ = 0;
  sc_core::sc_clock clock_;
  CoreInputWire to_core_{"to_core"};
  CoreOutputWire from_core_{"from_core"};
  CoreInputWire to_pool_{"to_pool"};
  CoreOutputWire from_pool_{"from_pool"};
  PoolUnit pool_unit_;
  DramDma dram_dma_;
  CoreAdapter core_;
  CoreAdapter pool_;
};

}  // namespace absim::sim
