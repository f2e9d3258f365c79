// SPDX-License-Identifier: Apache-2.0
// Takes a job descriptor and offers its steps, one a handshake: column groups, tiles, then planes,
// kernel window and channel chunks in the job's order. RTL twin: rtl/absim_sequencer.sv. Cycles:
// one step a cycle at most; a tile load takes none while the tile before still has steps.
#pragma once

#include <cstdint>
#include <systemc>

#include "sim/core/arch_config.hpp"
#include "sim/units/packets.hpp"

namespace absim::sim {

class Sequencer : public sc_core::sc_module {
 public:
  Sequencer(const sc_core::sc_module_name& name, const ArchConfig& arch);

  [[nodiscard]] bool job_ready() const { return !busy_; }
  [[nodiscard]] bool step_valid() const { return loaded_; }
  [[nodiscard]] bool step_last_of_tile() const { return last_step_; }
  /// The step on offer, meaningful while step_valid().
  void write_step(StepRequest& request) const;
  /// Whether the walker's tile is loaded in this cycle.
  [[nodiscard]] bool loads(bool walker_valid, bool handover) const {
    return busy_ && walker_valid && (!loaded_ || (handover && last_step_));
  }
  /// The tag that goes with a tile load of this cycle.
  [[nodiscard]] TileTag make_tag(const TileInfo& tile) const;

  /// Ends a cycle. `job`: taken now; `tile`, `rows`: the walker's, where `load`.
  void tick(const JobDescriptor* job, bool handover, bool load, const TileInfo& tile,
            const TileRows& rows);
  void reset();

 private:
  void begin_job(const JobDescriptor& job);
  void begin_tile();
  void next_step();
  void next_weight_address(bool window_wraps, bool kernel_wraps);
  void find_ends();

  std::uint32_t banks_;
  std::uint32_t param_words_of_group_;

  JobDescriptor job_;
  std::uint32_t step_cycles_ = 1;  // array cycles a step: n
  std::uint32_t tile_words_ = 0;   // weight words of a column group (resident)
  bool busy_ = false;
  bool loaded_ = false;
  TileInfo tile_;
  TileRows rows_;
  // Loop counters of the step on offer.
  std::uint32_t plane_ = 0;
  std::uint32_t kernel_y_ = 0;
  std::uint32_t kernel_x_ = 0;
  std::uint32_t chunk_ = 0;
  BankIndex kernel_index_;
  std::uint32_t weight_address_ = 0;
  std::uint32_t plane_base_ = 0;  // shared kernel: first weight address of the plane
  // Flags of the step on offer, kept up to date so that they are registers' functions.
  bool window_end_ = false;   // last chunk of the last kernel position
  bool last_step_ = false;    // of the tile
  bool segment_end_ = false;  // streamed weights: last step of a segment
};

}  // namespace absim::sim
