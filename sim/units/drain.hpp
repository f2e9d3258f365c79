// SPDX-License-Identifier: Apache-2.0
// Holds one finished tile and sends it to post-processing in beats of `postproc_lanes` channels of
// one pixel. RTL twin: rtl/absim_drain.sv. Cycles: rows * ceil(cols / postproc_lanes) beats a tile,
// from the cycle after the capture.
#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "sim/core/arch_config.hpp"
#include "sim/units/packets.hpp"
#include "sim/units/pe_array.hpp"

namespace absim::sim {

class Drain : public sc_core::sc_module {
 public:
  Drain(const sc_core::sc_module_name& name, const ArchConfig& arch);

  /// Whether this cycle sends a beat. out_free: the out slot that a new job would claim is not
  /// busy.
  [[nodiscard]] bool sends(bool params_full, bool residual_full, bool out_free) const {
    return holds_ && params_full && (!tag_.has_residual || residual_full) && (claimed_ || out_free);
  }
  /// Whether a sending cycle is the tile's last beat.
  [[nodiscard]] bool last_beat() const { return row_ + 1 == tag_.rows && beat_ + 1 == row_beats_; }
  [[nodiscard]] bool last_of_job() const { return tag_.last_of_job && last_beat(); }
  /// Whether a sending cycle claims the out slot.
  [[nodiscard]] bool claims() const { return !claimed_; }
  /// Whether a result can be captured in this cycle.
  [[nodiscard]] bool ready(bool sends) const { return !holds_ || (sends && last_beat()); }
  [[nodiscard]] bool holds() const { return holds_; }
  [[nodiscard]] const TileTag& tag() const { return tag_; }

  // The beat of a sending cycle.
  [[nodiscard]] BeatAccumulators accumulators() const {
    const std::size_t first = row_ * row_step_ + beat_ * lanes_;
    if (wide_tile_.empty()) return {&tile_[first], nullptr};
    return {nullptr, &wide_tile_[first]};
  }
  [[nodiscard]] std::uint32_t param_address() const { return tag_.param_address + beat_; }
  [[nodiscard]] std::uint32_t residual_address() const { return residual_address_; }
  /// Valid channels of the beat.
  [[nodiscard]] std::uint32_t elements() const;

  void tick(bool sends, bool capture, const TileTag& tag, const PeArray& array);
  void reset();

  [[nodiscard]] std::uint64_t beats() const { return beats_; }
  [[nodiscard]] std::uint64_t elements_sent() const { return elements_sent_; }

 private:
  std::uint32_t lanes_;
  std::size_t row_step_;  // cols rounded up to whole beats; the surplus is zero
  std::vector<std::int32_t> tile_;  // of abs and dfp
  std::vector<WideInt> wide_tile_;  // of posit
  TileTag tag_;
  bool holds_ = false;
  bool claimed_ = false;
  std::uint32_t row_ = 0;
  std::uint32_t beat_ = 0;              // of the row
  std::uint32_t row_beats_ = 1;         // beats of a row
  std::uint32_t residual_address_ = 0;  // beat of the job
  std::uint64_t beats_ = 0;
  std::uint64_t elements_sent_ = 0;
};

}  // namespace absim::sim
