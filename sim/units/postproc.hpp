// SPDX-License-Identifier: Apache-2.0
// `postproc_lanes` fixed-point units in a 4-stage pipeline: batch norm, residual, requantisation
// and an optional second output in one step. RTL twin: rtl/absim_postproc.sv. Widths:
// docs/formats.md. Cycles: one beat a cycle; a beat sent in cycle b is written to the out buffer in
// cycle b + 4.
#pragma once

#include <array>
#include <cstdint>
#include <systemc>
#include <vector>

#include "sim/core/arch_config.hpp"
#include "sim/core/core_ports.hpp"
#include "sim/units/packets.hpp"

namespace absim::sim {

/// One channel: y = clamp((acc * M + B + residual * R + half) >> S), then the second output from y.
OutElement postprocess(std::int32_t accumulator, const ChannelParams& params, std::int32_t residual,
                       const TileTag& tile);

class Postproc : public sc_core::sc_module {
 public:
  static constexpr std::size_t kStages = 4;

  Postproc(const sc_core::sc_module_name& name, const ArchConfig& arch);

  /// The beat in the last stage: written to the out buffer in this cycle.
  [[nodiscard]] bool out_valid() const { return stages_[kStages - 1].valid; }
  [[nodiscard]] bool out_last() const { return stages_[kStages - 1].last; }
  [[nodiscard]] const OutElement* out_word() const {
    return words_.data() + stages_[kStages - 1].word * lanes_;
  }

  /// Ends a cycle. accumulators: null where no beat is sent. residual: null where the tile has
  /// none.
  void tick(const TileTag& tile, const std::int32_t* accumulators, const ChannelParams* params,
            const std::int16_t* residual, bool last_of_job);
  void reset();

 private:
  struct Stage {
    bool valid = false;
    bool last = false;
    std::size_t word = 0;  // its word in words_
  };

  std::size_t lanes_;
  std::vector<OutElement> words_;  // [kStages][lanes]
  std::array<Stage, kStages> stages_{};
  std::size_t next_word_ = 0;
};

}  // namespace absim::sim
