// SPDX-License-Identifier: Apache-2.0
#include "sim/schedule/dma_timeline.hpp"

#include <algorithm>

#include "models/core/error.hpp"

namespace absim::sim {

Cycle DmaTimeline::filled(Buffer buffer, std::uint64_t fill) {
  Slots& slots = loads_[static_cast<std::size_t>(buffer)];
  while (slots.fills <= fill) step();
  return slots.full[fill % 2];
}

Cycle DmaTimeline::out_slot_free(std::uint64_t job) {
  if (job < 2) return 0;
  while (stores_ <= job - 2) step();
  return out_free_[job % 2];
}

void DmaTimeline::release(Buffer buffer, Cycle cycle) {
  Slots& slots = loads_[static_cast<std::size_t>(buffer)];
  slots.credit[slots.releases++ % 2] = cycle + 1;
}

void DmaTimeline::finish_job(Cycle last_written) { out_full_[jobs_done_++ % 2] = last_written + 1; }

Cycle DmaTimeline::finish() {
  while (next_ < plan_.transfers.size()) step();
  return channel_free_;
}

void DmaTimeline::step() {
  ABSIM_CHECK(next_ < plan_.transfers.size(), "a job waits for a transfer that is not in the plan");
  const Transfer& t = plan_.transfers[next_++];
  const Cycle duration =
      std::max(t.words, (t.bytes + dram_.bytes_per_cycle - 1) / dram_.bytes_per_cycle);
  const Cycle last_word = (t.words - 1) * duration / t.words;  // after the transfer's first cycle
  Cycle start = channel_free_;
  if (t.buffer == Buffer::kOut) {
    ABSIM_CHECK(stores_ < jobs_done_, "a store stands before its job in the list of transfers");
    const Cycle request = std::max(next_request_, out_full_[stores_ % 2]);
    start = std::max(start, request + 1);
    out_free_[stores_++ % 2] = start + last_word + 1;
    next_request_ = request + 1;
  } else {
    Slots& slots = loads_[static_cast<std::size_t>(t.buffer)];
    Cycle request = next_request_;
    if (slots.fills >= 2) {
      ABSIM_CHECK(slots.releases + 2 > slots.fills,
                  "a load waits for a slot that is never released");
      request = std::max(request, slots.credit[slots.fills % 2]);
    }
    start = std::max(start, request + dram_.latency_cycles);
    slots.full[slots.fills++ % 2] = start + last_word + 1;
    next_request_ = request + 1;
  }
  channel_free_ = start + duration;
}

}  // namespace absim::sim
