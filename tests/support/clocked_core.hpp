// SPDX-License-Identifier: Apache-2.0
// The core of the clocked contract: sequencer, tile walker, fetch, array, drain and slots as
// registers.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "models/core/error.hpp"
#include "tests/support/clocked_contract.hpp"

namespace absim::tests {

constexpr std::size_t index_of(sim::Buffer b) { return static_cast<std::size_t>(b); }

/// Two slots with their pointers; releases become credit pulses one cycle later.
struct SlotPair {
  std::array<bool, 2> full{};
  unsigned fill = 0;
  unsigned use = 0;
  bool credit = false;  // register: a release happened in the cycle before
  [[nodiscard]] bool usable() const { return full[use]; }
};

/// One row of the array: where its window begins.
struct RowAddress {
  std::int64_t y = 0;
  std::int64_t x = 0;
  sim::BankIndex index;
};

struct Tag {
  std::uint64_t beats = 0;
  std::uint64_t elements = 0;
  bool last_of_job = false;
  const sim::JobDescriptor* job = nullptr;
};

struct Step {
  bool first = false;  // of the tile
  bool last = false;   // of the tile
  bool last_of_job = false;
  std::uint64_t valid_pes = 0;
  const sim::JobDescriptor* job = nullptr;
};

class ClockedCore {
 public:
  ClockedCore(const sim::LayerPlan& plan, const sim::ArchConfig& arch) : plan_(plan), arch_(arch) {}

  // What the system sees of the core: registers only.
  [[nodiscard]] bool credit(std::size_t buffer) const { return slots_[buffer].credit; }
  [[nodiscard]] bool slot_full(std::size_t buffer) const {
    return slots_[buffer].full[slots_[buffer].fill];
  }
  [[nodiscard]] bool out_full(unsigned slot) const { return out_full_[slot]; }

  /// One cycle. fill_last[b]: the buffer's slot gets its last word; store_last: an out slot's last
  /// word.
  void tick(const std::array<bool, sim::kLoadBuffers>& fill_last,
            std::optional<unsigned> store_last);

  ClockedResult result;

 private:
  bool send_beat();
  bool run_array(bool capture);
  bool gather(bool operand_free);
  void hand_over(bool fetch_ready);
  void walk(bool loaded);
  void start_walk();
  void load_tile();
  void sequence(bool fetch_ready);
  void update_slots(const std::array<bool, sim::kLoadBuffers>& fill_last);
  void release(sim::Buffer b) {
    SlotPair& s = slots_[index_of(b)];
    ABSIM_CHECK(s.full[s.use], "release of a slot that is not full");
    clear_[index_of(b)] = true;
  }
  [[nodiscard]] std::uint64_t tile_rows(const sim::JobDescriptor& d, std::uint32_t tile) const {
    return tile + 1 == d.tiles ? d.last_rows : arch_.rows;
  }

  const sim::LayerPlan& plan_;
  const sim::ArchConfig& arch_;
  std::array<SlotPair, sim::kLoadBuffers> slots_{};
  std::array<bool, sim::kLoadBuffers> clear_{};  // released in this cycle

  // Sequencer and tile walker.
  std::size_t next_job_ = 0;
  const sim::Job* job_ = nullptr;
  bool walking_ = false;
  bool walked_ = false;  // the walker's tile is valid
  std::uint32_t walk_group_ = 0;
  std::uint32_t walk_tile_ = 0;
  std::uint64_t walk_rows_ = 0;
  std::vector<RowAddress> walk_tile_rows_;
  RowAddress walk_pixel_;
  std::uint32_t walk_column_ = 0;
  bool loaded_ = false;
  std::uint32_t group_ = 0;
  std::uint32_t tile_ = 0;
  std::uint32_t plane_ = 0, ky_ = 0, kx_ = 0, chunk_ = 0;
  bool first_step_ = true;
  std::vector<RowAddress> rows_;
  sim::BankIndex kernel_;  // offset of the kernel position
  std::deque<Tag> tags_;

  // Fetch.
  bool request_ = false;
  Step request_step_;
  std::vector<std::uint32_t> waiting_;  // banks of the rows still to be read, by row

  // Array.
  bool operand_ = false;
  Step operand_step_;
  std::uint32_t array_plane_ = 0;
  std::uint64_t segment_words_ = 0;
  bool draining_before_ = false;  // the drain held a tile at the cycle's begin
  std::deque<unsigned> results_;  // not captured: cycles until each is valid, 0: it is

  // Drain, post-processing, out buffer.
  bool draining_ = false;
  Tag drain_;
  bool claimed_ = false;
  unsigned claim_ = 0;
  std::array<bool, 2> out_busy_{};
  std::array<bool, 2> out_full_{};
  struct Beat {
    bool valid = false;
    bool last = false;
    unsigned slot = 0;
  };
  std::array<Beat, 4> pipe_{};
  std::uint64_t idle_after_work_ = 0;
};

}  // namespace absim::tests
