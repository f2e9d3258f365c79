// SPDX-License-Identifier: Apache-2.0
#include "sim/system/core_adapter.hpp"

namespace absim::sim {

CoreAdapter::CoreAdapter(const sc_core::sc_module_name& name, Core& core, ErrorTrap& trap)
    : sc_module(name), core_(core), trap_(trap) {
  core_.reset();
  publish();
  to_dma.initialize(&outputs_[shown_]);
  SC_HAS_PROCESS(CoreAdapter);
  SC_METHOD(on_clock);
  sensitive << clk;  // both edges, see Accelerator
  dont_initialize();
}

void CoreAdapter::publish() {
  shown_ ^= 1U;
  const CoreOutputs& now = core_.outputs();
  CoreOutputs& shown = outputs_[shown_];
  shown.job_ready = now.job_ready;
  shown.fill_ready = now.fill_ready;
  shown.credit = now.credit;
  shown.out_filled = now.out_filled;
  shown.out_valid = now.out_valid;
  shown.out_last = now.out_last;
  shown.array_active = now.array_active;
  if (now.out_valid) shown.out_word = now.out_word;  // same size: no allocation
}

void CoreAdapter::on_clock() {
  if (!clocked_) return;
  try {
    core_.tick(*from_dma.read());
    publish();
    active_cycles_ += outputs_[shown_].array_active ? 1U : 0U;
    to_dma.write(&outputs_[shown_]);
  } catch (...) {  // kept for the driver: an exception in a process loses its type
    trap_.error = std::current_exception();
    sc_core::sc_pause();
  }
}

}  // namespace absim::sim
