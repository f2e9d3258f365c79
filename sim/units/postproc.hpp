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

/// The same of a DFP array: y = clamp(round((acc + B + residual 2^k) 2^-S)).
OutElement postprocess_dfp(std::int32_t accumulator, const ChannelParams& params,
                           std::int32_t residual, const TileTag& tile);

/// The same of a posit array: y = round((acc + B 2^b + residual 2^r) 2^o) as a sign-extended code,
/// or, for logits, clamp((sum + half) >> S). Units of the sum: 2^(-2M).
class PositPostproc {
 public:
  explicit PositPostproc(models::PositFormat format) : table_(format) {}
  [[nodiscard]] OutElement run(WideInt accumulator, const ChannelParams& params,
                               std::int32_t residual, const TileTag& tile) const;

 private:
  [[nodiscard]] std::int32_t round(WideInt sum, std::int32_t out_exponent) const;

  PositDecodeTable table_;
};

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

  /// Ends a cycle. accumulators: none where no beat is sent. residual: null where the tile has
  /// none.
  void tick(const TileTag& tile, const BeatAccumulators& accumulators, const ChannelParams* params,
            const std::int16_t* residual, bool last_of_job);
  void reset();

 private:
  struct Stage {
    bool valid = false;
    bool last = false;
    std::size_t word = 0;  // its word in words_
  };

  [[nodiscard]] OutElement element(const TileTag& tile, const BeatAccumulators& accumulators,
                                   std::size_t lane, const ChannelParams& params,
                                   std::int32_t residual) const;

  PeKind kind_;
  PositPostproc posit_;
  std::size_t lanes_;
  std::vector<OutElement> words_;  // [kStages][lanes]
  std::array<Stage, kStages> stages_{};
  std::size_t next_word_ = 0;
};

}  // namespace absim::sim
