// SPDX-License-Identifier: Apache-2.0
// The pooling unit: maximum or mean over windows, `pool_lanes` channels of one window pixel a
// cycle. It stands beside the core at the same DMA and speaks the core's ports. Cycles:
// docs/timing.md, section 1. SystemC only: it has no RTL twin.
#pragma once

#include <cstdint>
#include <string>
#include <systemc>
#include <vector>

#include "sim/core/arch_config.hpp"
#include "sim/core/core_ports.hpp"
#include "sim/schedule/pool_geometry.hpp"
#include "sim/units/out_buffer.hpp"
#include "sim/units/slot_buffer.hpp"

namespace absim::sim {

class PoolUnit : public sc_core::sc_module, public Core {
 public:
  PoolUnit(const sc_core::sc_module_name& name, const ArchConfig& arch);

  void reset() override;
  [[nodiscard]] const CoreOutputs& outputs() const override { return outputs_; }
  void tick(const CoreInputs& inputs) override;

  /// Events since reset_counters(); cycles and the DRAM's are the system's.
  [[nodiscard]] const Events& events() const { return events_; }
  void reset_counters() { events_ = Events(); }
  /// State of all handshakes, one line, for error messages.
  [[nodiscard]] std::string describe() const;

 private:
  /// The word that leaves a window: sums or maxima, then results.
  struct Stage {
    bool valid = false;
    bool mean = false;
    bool last_of_job = false;
    std::int32_t count = 1;  // pixels in the window
    std::vector<OutElement> lanes;
  };

  [[nodiscard]] bool works() const;
  void take_pixel();
  void enter_window();
  bool next_window();
  void finish_results();
  void update_outputs(bool worked);

  ArchConfig arch_;
  PoolInBuffer in_buffer_;
  OutBuffer out_buffer_;

  // The job, and the window and pixel that are next: output row and column, block, and position in
  // the part of the window that lies inside the map.
  const PoolJob* job_ = nullptr;
  bool claimed_ = false;  // the job has its out slot
  std::size_t out_y_ = 0;
  std::size_t out_x_ = 0;
  std::size_t block_ = 0;
  WindowSpan rows_;
  WindowSpan columns_;
  std::size_t row_ = 0;
  std::size_t column_ = 0;

  // [pool_lanes], of the window so far; maxima where not mean. 32 bits hold the largest window, 255
  // x 255 pixels, of 16-bit elements.
  std::vector<std::int32_t> sums_;
  Stage summed_;
  Stage result_;
  CoreOutputs outputs_;
  Events events_;
};

}  // namespace absim::sim
