// SPDX-License-Identifier: Apache-2.0
// The core: all units put together. RTL twin: rtl/absim_core.sv. Cycles: docs/timing.md.
// One tick evaluates every handshake from registers first, then updates the units from the drain
// upwards, so that no unit sees a register of this cycle already changed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <systemc>

#include "sim/core/arch_config.hpp"
#include "sim/core/core_ports.hpp"
#include "sim/units/act_buffer.hpp"
#include "sim/units/drain.hpp"
#include "sim/units/out_buffer.hpp"
#include "sim/units/pe_array.hpp"
#include "sim/units/postproc.hpp"
#include "sim/units/sequencer.hpp"
#include "sim/units/slot_buffer.hpp"
#include "sim/units/tag_fifo.hpp"
#include "sim/units/tile_walker.hpp"
#include "sim/units/weight_buffer.hpp"

namespace absim::sim {

/// Why the core's units waited, in cycles since reset_counters(). A cycle may count for several
/// units.
struct CoreWaits {
  std::uint64_t conflict = 0;     ///< gather cycles that were not their step's last
  std::uint64_t capture = 0;      ///< a result waited for the drain
  std::uint64_t walker = 0;       ///< the sequencer had a job but no tile
  std::uint64_t act_slot = 0;     ///< a request waited for activations
  std::uint64_t weight_slot = 0;  ///< an operand waited for weights
  std::uint64_t param_slot = 0;   ///< a tile waited for parameters
  std::uint64_t residual_slot = 0;
  std::uint64_t out_slot = 0;  ///< a tile waited for a free out slot
};

class SystemCCore : public sc_core::sc_module, public Core {
 public:
  SystemCCore(const sc_core::sc_module_name& name, const ArchConfig& arch,
              PlaneKernel kernel = best_plane_kernel());

  void reset() override;
  [[nodiscard]] const CoreOutputs& outputs() const override { return outputs_; }
  void tick(const CoreInputs& inputs) override;

  /// Events of the core since reset_counters(); the DRAM's are the system's.
  [[nodiscard]] Events events() const;
  [[nodiscard]] const CoreWaits& waits() const { return waits_; }
  void reset_counters();
  /// State of all handshakes, one line, for error messages.
  [[nodiscard]] std::string describe() const;

 private:
  /// Every handshake of one cycle.
  struct Wires {
    bool sends = false;                  // drain -> post-processing
    bool job_done = false;               // ... and it is the job's last beat
    bool capture = false;                // array -> drain
    bool works = false;                  // array
    bool take = false;                   // array frees the operand
    bool handover = false;               // sequencer -> act buffer
    bool load = false;                   // walker -> sequencer
    const JobDescriptor* job = nullptr;  // taken now
  };
  [[nodiscard]] Wires evaluate(const CoreInputs& inputs) const;
  void tick_back(const CoreInputs& inputs, const Wires& wires);
  void tick_front(const CoreInputs& inputs, const Wires& wires);
  void count_waits(const Wires& wires);
  void update_outputs();
  [[nodiscard]] Events totals() const;

  ArchConfig arch_;
  TileWalker tile_walker_;
  Sequencer sequencer_;
  ActBuffer act_buffer_;
  WeightBuffer weight_buffer_;
  PeArray pe_array_;
  TagFifo tag_fifo_;
  Drain drain_;
  ParamBuffer param_buffer_;
  ResidualBuffer residual_buffer_;
  Postproc postproc_;
  OutBuffer out_buffer_;

  CoreOutputs outputs_;
  bool worked_ = false;
  std::uint64_t residual_beats_ = 0;
  CoreWaits waits_;
  Events base_;  // totals at the last reset_counters()
};

}  // namespace absim::sim
