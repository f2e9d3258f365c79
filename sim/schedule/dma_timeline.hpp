// SPDX-License-Identifier: Apache-2.0
// The DMA's recurrence (docs/timing.md section 2), run only as far as somebody asks.
#pragma once

#include <array>
#include <cstdint>

#include "sim/core/arch_config.hpp"
#include "sim/schedule/plan.hpp"

namespace absim::sim {

using Cycle = std::uint64_t;

/// Contract: releases and finished jobs are reported before a fill or slot is asked for that
/// depends on them.
class DmaTimeline {
 public:
  DmaTimeline(const LayerPlan& plan, const ArchConfig& arch) : plan_(plan), dram_(arch.dram) {}

  /// First cycle in which the slot of the buffer's fill number `fill` is seen full.
  Cycle filled(Buffer buffer, std::uint64_t fill);
  /// First cycle in which job `job` sees its out slot not busy.
  Cycle out_slot_free(std::uint64_t job);

  /// The core, or the pooling unit, releases the buffer's oldest full slot in `cycle`.
  void release(Buffer buffer, Cycle cycle);
  /// The job's last word is written to the out buffer in that cycle; jobs finish in order.
  void finish_job(Cycle last_written);

  /// Runs the rest of the list; the layer's cycles.
  Cycle finish();

 private:
  void step();

  struct Slots {
    std::uint64_t fills = 0;  ///< transfers done
    std::uint64_t releases = 0;
    std::array<Cycle, 2> full{};    ///< by fill number mod 2
    std::array<Cycle, 2> credit{};  ///< by release number mod 2: first cycle usable
  };

  const LayerPlan& plan_;
  DramConfig dram_;
  std::size_t next_ = 0;    // transfer
  Cycle next_request_ = 0;  // r_{i-1} + 1
  Cycle channel_free_ = 0;  // d_{i-1} + D_{i-1}
  std::array<Slots, kLoadBuffers> loads_{};
  std::uint64_t jobs_done_ = 0;
  std::uint64_t stores_ = 0;
  std::array<Cycle, 2> out_full_{};  // by job mod 2
  std::array<Cycle, 2> out_free_{};
};

}  // namespace absim::sim
