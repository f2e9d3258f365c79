// SPDX-License-Identifier: Apache-2.0
#include "tests/support/clocked_contract.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>

#include "models/core/error.hpp"
#include "tests/support/clocked_core.hpp"

namespace absim::tests {
namespace {

using sim::ArchConfig;
using sim::Buffer;
using sim::LayerPlan;
using sim::Transfer;

/// DMA and DRAM channel.
class ClockedDma {
 public:
  ClockedDma(const LayerPlan& plan, const ArchConfig& arch) : plan_(plan), arch_(arch) {
    credits_.fill(2);
  }

  [[nodiscard]] bool done() const { return moving_ == plan_.transfers.size() && !busy_; }

  /// Words of this cycle, from the core's registers.
  void tick(std::uint64_t cycle, const ClockedCore& core, sim::Events& events);

  std::array<bool, sim::kLoadBuffers> fill_last{};
  std::optional<unsigned> store_last;

 private:
  void request(std::uint64_t cycle, const ClockedCore& core);
  void move_word(const Transfer& t, const ClockedCore& core, sim::Events& events);

  const LayerPlan& plan_;
  const ArchConfig& arch_;
  std::array<unsigned, sim::kLoadBuffers> credits_{};
  std::size_t requested_ = 0;
  std::deque<std::uint64_t> ready_;  // earliest first data cycle of requested transfers
  std::uint64_t stores_requested_ = 0;
  std::uint64_t stores_moved_ = 0;
  std::size_t moving_ = 0;
  bool busy_ = false;
  std::uint64_t begun_ = 0;
  std::uint64_t word_ = 0;
};

void ClockedDma::request(std::uint64_t cycle, const ClockedCore& core) {
  for (std::size_t b = 0; b < sim::kLoadBuffers; ++b) {
    if (core.credit(b)) ++credits_[b];
  }
  if (requested_ == plan_.transfers.size()) return;
  const Transfer& t = plan_.transfers[requested_];
  if (t.buffer == Buffer::kOut) {
    if (!core.out_full(stores_requested_ % 2)) return;
    // One store per filled slot: the slot's flag falls only when the store before has moved.
    if (stores_requested_ >= stores_moved_ + 2) return;
    ++stores_requested_;
    ready_.push_back(cycle + 1);
  } else {
    unsigned& credit = credits_[index_of(t.buffer)];
    if (credit == 0) return;
    --credit;
    ready_.push_back(cycle + arch_.dram.latency_cycles);
  }
  ++requested_;
}

void ClockedDma::move_word(const Transfer& t, const ClockedCore& core, sim::Events& events) {
  ++word_;
  const bool last = word_ == t.words;
  const std::uint64_t post = arch_.postproc_lanes;
  switch (t.buffer) {
    case Buffer::kAct:
      events.act_write_bytes += arch_.act_word_bytes();
      break;
    case Buffer::kWeight:
      events.weight_write_bits += arch_.weight_word_bits();
      break;
    case Buffer::kParam:
      events.param_write_bytes += post * 16;
      break;
    case Buffer::kResidual:
      events.residual_write_bytes += post * 2;
      break;
    case Buffer::kOut:
      events.out_read_bytes += post * 4;
      break;
  }
  if (t.buffer == Buffer::kOut) {
    ABSIM_CHECK(core.out_full(stores_moved_ % 2), "a store moves words of a slot that is not full");
    if (last) store_last = stores_moved_++ % 2;
    return;
  }
  ABSIM_CHECK(!core.slot_full(index_of(t.buffer)), "a word arrives for a full slot");
  if (last) fill_last[index_of(t.buffer)] = true;
}

void ClockedDma::tick(std::uint64_t cycle, const ClockedCore& core, sim::Events& events) {
  fill_last.fill(false);
  store_last.reset();
  request(cycle, core);
  if (!busy_ && !ready_.empty() && ready_.front() <= cycle) {
    ready_.pop_front();
    busy_ = true;
    begun_ = cycle;
    word_ = 0;
  }
  if (!busy_) return;
  const Transfer& t = plan_.transfers[moving_];
  const std::uint64_t rate = arch_.dram.bytes_per_cycle;
  const std::uint64_t duration = std::max(t.words, (t.bytes + rate - 1) / rate);
  if (word_ < t.words && cycle == begun_ + word_ * duration / t.words) move_word(t, core, events);
  if (cycle + 1 == begun_ + duration) {
    ABSIM_CHECK(word_ == t.words, "a transfer leaves the channel with words left");
    (t.buffer == Buffer::kOut ? events.dram_write_bytes : events.dram_read_bytes) += t.bytes;
    busy_ = false;
    ++moving_;
  }
}

}  // namespace

ClockedResult run_clocked(const sim::LayerPlan& plan, const sim::ArchConfig& arch) {
  ClockedCore core(plan, arch);
  ClockedDma dma(plan, arch);
  constexpr std::uint64_t kPatience = 2'000'000;
  std::uint64_t cycle = 0;
  for (; !dma.done(); ++cycle) {
    ABSIM_CHECK(cycle < kPatience, "the layer does not end");
    dma.tick(cycle, core, core.result.events);
    core.tick(dma.fill_last, dma.store_last);
  }
  core.result.cycles = cycle;
  core.result.compute_cycles = core.result.events.array_cycles;
  return core.result;
}

}  // namespace absim::tests
