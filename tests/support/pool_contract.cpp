// SPDX-License-Identifier: Apache-2.0
#include "tests/support/pool_contract.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "models/core/error.hpp"

namespace absim::test {
namespace {

using sim::Buffer;
using sim::PoolJob;
using sim::Transfer;

constexpr std::uint64_t kTooLong = 10'000'000;

/// One cycle of work: a window's pixel and block of channels.
struct Step {
  std::uint64_t channels = 0;
  bool ends_window = false;
  bool ends_job = false;
};

std::vector<Step> steps_of(const models::Layer& layer, const PoolJob& job, unsigned lanes) {
  std::vector<Step> steps;
  for (std::size_t y = job.out_row; y < job.out_row + job.out_rows; ++y) {
    for (std::size_t x = 0; x < layer.out.width; ++x) {
      for (std::size_t first = 0; first < job.channels; first += lanes) {
        for (std::size_t ky = 0; ky < layer.kernel_h; ++ky) {
          for (std::size_t kx = 0; kx < layer.kernel_w; ++kx) {
            const auto in_y = static_cast<std::int64_t>(y * layer.stride + ky) -
                              static_cast<std::int64_t>(layer.pad.top);
            const auto in_x = static_cast<std::int64_t>(x * layer.stride + kx) -
                              static_cast<std::int64_t>(layer.pad.left);
            if (in_y < 0 || in_x < 0 || in_y >= static_cast<std::int64_t>(layer.in.height) ||
                in_x >= static_cast<std::int64_t>(layer.in.width)) {
              continue;
            }
            steps.push_back({std::min<std::uint64_t>(lanes, job.channels - first), false, false});
          }
        }
        steps.back().ends_window = true;
      }
    }
  }
  steps.back().ends_job = true;
  return steps;
}

/// Registers as they are seen in a cycle; all changes of the cycle go to the next one.
struct Slots {
  std::array<bool, 2> in_full{};
  std::array<bool, 2> out_busy{};
  std::array<bool, 2> out_full{};
  unsigned in_credits = 2;
  unsigned stores_ready = 0;
};

/// The transfer that has been requested: its data begin in cycle `data`.
struct Request {
  const Transfer* transfer = nullptr;
  std::uint64_t data = 0;
  std::uint64_t duration = 0;
};

class Contract {
 public:
  Contract(const models::Layer& layer, const sim::LayerPlan& plan, const sim::ArchConfig& arch)
      : layer_(layer), plan_(plan), arch_(arch) {}

  sim::LayerTiming run() {
    while (!(requested_ == plan_.transfers.size() && channel_.empty())) {
      ABSIM_CHECK(cycle_ < kTooLong, "pool contract: no end");
      next_ = now_;
      publish_pulses();
      request();
      work();
      move_words();
      now_ = next_;
      ++cycle_;
    }
    timing_.cycles = cycle_;
    timing_.stalls.end = cycle_ - (last_work_ + 1);
    timing_.events.pool_cycles = cycle_;
    return timing_;
  }

 private:
  // A release or a full out slot of cycle y is reported in y + 1 and used by requests from then on.
  void publish_pulses() {
    now_.in_credits += released_;
    now_.stores_ready += filled_;
    next_ = now_;
    released_ = 0;
    filled_ = 0;
  }

  void request() {
    if (requested_ == plan_.transfers.size()) return;
    const Transfer& t = plan_.transfers[requested_];
    const bool store = t.buffer == Buffer::kOut;
    unsigned& free = store ? next_.stores_ready : next_.in_credits;
    if (free == 0) return;
    --free;
    Request r;
    r.transfer = &t;
    r.duration =
        std::max(t.words, (t.bytes + arch_.dram.bytes_per_cycle - 1) / arch_.dram.bytes_per_cycle);
    r.data = std::max(channel_end_, cycle_ + (store ? 1 : arch_.dram.latency_cycles));
    channel_end_ = r.data + r.duration;
    channel_.push_back(r);
    ++requested_;
    (store ? timing_.events.dram_write_bytes : timing_.events.dram_read_bytes) += t.bytes;
  }

  void work() {
    // Words finished two cycles ago are written now.
    if (!pipeline_.empty() && pipeline_.front().first + 2 == cycle_) {
      timing_.events.pool_out_write_bytes += arch_.pool_word_bytes();
      if (pipeline_.front().second) {
        next_.out_full[write_slot_] = true;
        write_slot_ ^= 1U;
        filled_ = 1;
      }
      pipeline_.pop_front();
    }
    if (steps_.empty()) {
      book(timing_.stalls.walker);
      if (next_job_ == plan_.pool_jobs.size()) return;
      const PoolJob& job =
          plan_.pool_jobs[next_job_++];  // taken in this cycle, works from the next
      const auto list = steps_of(layer_, job, arch_.pool_lanes);
      if (layer_.op == models::LayerOp::kAvgPool) {
        timing_.events.pool_means += job.out_rows * layer_.out.width * job.channels;
      }
      steps_.assign(list.begin(), list.end());
      claimed_ = false;
      return;
    }
    if (!now_.in_full[use_slot_]) return book(timing_.stalls.act_wait);
    if (!claimed_ && now_.out_busy[claim_slot_]) return book(timing_.stalls.store_wait);
    if (!claimed_) {
      claimed_ = true;
      next_.out_busy[claim_slot_] = true;
      claim_slot_ ^= 1U;
    }
    const Step step = steps_.front();
    steps_.pop_front();
    worked_ = true;
    last_work_ = cycle_;
    ++timing_.compute_cycles;
    timing_.events.pool_ops += step.channels;
    timing_.events.pool_in_read_bytes += arch_.pool_word_bytes();
    if (step.ends_window) pipeline_.emplace_back(cycle_, step.ends_job);
    if (step.ends_job) {
      next_.in_full[use_slot_] = false;
      use_slot_ ^= 1U;
      released_ = 1;
    }
  }

  /// The word, if any, that the channel moves in this cycle: word j of n in data + floor(j D / n).
  void move_words() {
    if (channel_.empty()) return;
    const Request& r = channel_.front();
    const std::uint64_t words = r.transfer->words;
    const bool store = r.transfer->buffer == Buffer::kOut;
    if (word_ < words && cycle_ == r.data + word_ * r.duration / words) {
      ++word_;
      (store ? timing_.events.pool_out_read_bytes : timing_.events.pool_in_write_bytes) +=
          arch_.pool_word_bytes();
      if (word_ == words && store) {
        next_.out_full[store_slot_] = false;
        next_.out_busy[store_slot_] = false;
        store_slot_ ^= 1U;
      } else if (word_ == words) {
        next_.in_full[fill_slot_] = true;
        fill_slot_ ^= 1U;
      }
    }
    if (cycle_ + 1 == r.data + r.duration) {
      channel_.pop_front();
      word_ = 0;
    }
  }

  /// Cycles before the first and after the last work have reasons of their own.
  void book(std::uint64_t& reason) {
    if (!worked_) {
      ++timing_.stalls.start;
    } else if (next_job_ < plan_.pool_jobs.size() || !steps_.empty()) {
      ++reason;
    }
  }

  const models::Layer& layer_;
  const sim::LayerPlan& plan_;
  const sim::ArchConfig& arch_;
  sim::LayerTiming timing_;
  std::uint64_t cycle_ = 0;
  Slots now_;
  Slots next_;
  unsigned released_ = 0;
  unsigned filled_ = 0;
  // DMA
  std::size_t requested_ = 0;
  std::deque<Request> channel_;
  std::uint64_t channel_end_ = 0;
  std::uint64_t word_ = 0;
  std::size_t fill_slot_ = 0, store_slot_ = 0;
  // Unit
  std::size_t next_job_ = 0;
  std::deque<Step> steps_;
  std::deque<std::pair<std::uint64_t, bool>> pipeline_;  // (cycle of the last pixel, ends the job)
  std::size_t use_slot_ = 0, claim_slot_ = 0, write_slot_ = 0;
  bool claimed_ = false;
  bool worked_ = false;
  std::uint64_t last_work_ = 0;
};

}  // namespace

sim::LayerTiming run_pool_contract(const models::Layer& layer, const sim::LayerPlan& plan,
                                   const sim::ArchConfig& arch) {
  return Contract(layer, plan, arch).run();
}

}  // namespace absim::test
