// SPDX-License-Identifier: Apache-2.0
// Runs random tiles through a Verilated array of any kind of PE, under random stalls of operands,
// weights and drain; predicts the cycle of every operand and result.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "tests/rtl/bits.hpp"
#include "tests/rtl/dut.hpp"
#include "tests/rtl/layer_case.hpp"

namespace absim::tests {

struct TileCase {
  bool stationary = false, twos_complement = false, act_signed = false;
  unsigned planes = 1;
  unsigned words = 1;                // activation words of the window
  std::vector<std::uint16_t> acts;   // [word][row][lane]
  std::vector<std::uint16_t> codes;  // [word][col][lane]

  [[nodiscard]] unsigned steps() const { return stationary ? words : planes * words; }
  [[nodiscard]] unsigned plane_of(unsigned step) const { return stationary ? 0 : step / words; }
  [[nodiscard]] unsigned word_of(unsigned step) const { return stationary ? step : step % words; }
};

struct ArrayReached {
  std::uint64_t weight_waits = 0, capture_waits = 0, same_cycle_captures = 0, gaps = 0;
  std::uint64_t early_starts = 0;  // before the last tile's result is valid, the drain being empty
  std::uint64_t held_back = 0;     // not so, because the drain holds a tile
  std::uint64_t two_results = 0;   // cycles with two results not captured yet
};

/// Kind: Model, kRows, kCols, kLanes, kActBits, kWeightBits, kAccBits, kLatency;
/// weight(code, plane): what the array sees of it; result(tile, row, col): the accumulator.
template <typename Kind>
class ArrayRun {
 public:
  ArrayRun(const std::vector<TileCase>& tiles, Rng& rng, ArrayReached& reached)
      : tiles_(tiles), rng_(rng), reached_(reached) {
    for (unsigned* percent : {&operand_percent_, &weight_percent_}) {
      *percent = chance(rng, 40) ? 100 : static_cast<unsigned>(uniform(rng, 15, 90));
    }
    // A drain that is slower than the tiles holds them up.
    drain_percent_ = chance(rng, 20) ? 100 : static_cast<unsigned>(uniform(rng, 2, 60));
  }

  /// What differed first; empty if nothing did.
  std::string run() {
    while (captured_ < tiles_.size() && wrong_.empty() && cycle_ < 200000) cycle();
    if (captured_ < tiles_.size() && wrong_.empty()) wrong_ = "hangs";
    return wrong_;
  }

 private:
  void cycle() {
    if (tile_ < tiles_.size() && !offered_) offered_ = chance(rng_, operand_percent_);
    const bool weights = chance(rng_, weight_percent_);
    // The drain captures whenever it is empty or sends the last beat of its tile.
    const bool ends = holds_ && chance(rng_, drain_percent_);
    const bool valid = !results_.empty() && results_.front() <= cycle_;
    const bool capture = valid && (!holds_ || ends);
    drive(weights, capture);
    dut_.settle();
    const std::size_t pending = results_.size();
    const bool room = pending == 0 || (pending == 1 && (capture || !holds_));
    const bool first = step_ == 0;
    const bool works = offered_ && weights && (!first || room);
    reached_.gaps += !offered_;
    reached_.weight_waits += offered_ && !weights;
    reached_.capture_waits += offered_ && weights && !works;
    reached_.same_cycle_captures += works && first && capture;
    reached_.early_starts += works && first && pending == 1 && !valid;
    reached_.held_back += offered_ && weights && first && pending == 1 && !valid && holds_;
    reached_.two_results += pending == 2;
    const bool done = works && (!stationary() || plane_ + 1 == tiles_[tile_].planes);
    expect((dut_->operand_ready_o != 0) == done, "operand_ready");
    expect((dut_->active_o != 0) == worked_, "active");
    expect((dut_->result_valid_o != 0) == valid, "result_valid");
    if (offered_) expect(dut_->weight_addr_o == address_ + plane_, "weight_addr");
    if (offered_) expect((dut_->weight_release_o != 0) == (done && release_), "weight_release");
    if (valid) expect_result();
    dut_.tick();
    worked_ = works;
    holds_ = capture || (holds_ && !ends);
    advance(works, done, capture);
    ++cycle_;
  }

  [[nodiscard]] bool stationary() const {
    return tile_ < tiles_.size() && tiles_[tile_].stationary;
  }

  void drive(bool weights, bool capture) {
    dut_->operand_valid_i = offered_;
    dut_->weight_full_i = weights;
    dut_->result_capture_i = capture;
    dut_->drain_holds_i = holds_;
    if (!offered_) return;
    const TileCase& t = tiles_[tile_];
    const unsigned plane = t.stationary ? plane_ : t.plane_of(step_);
    const unsigned word = t.word_of(step_);
    Step step;
    step.first = step_ == 0;
    step.last = step_ + 1 == t.steps();
    step.shift = !t.stationary && plane > 0 && word == 0;
    step.sign_plane = t.stationary || plane == 0;  // held while the array walks the planes
    step.stationary = t.stationary;
    step.twos_complement = t.twos_complement;
    step.act_signed = t.act_signed;
    step.planes = t.planes;
    if (fresh_) {
      address_ = static_cast<unsigned>(rng_() % (1U << 19));
      release_ = chance(rng_, 30);
      fresh_ = false;
    }
    step.weight_addr = address_;
    step.weight_release = release_;
    dut_->operand_step_i = step.pack();
    constexpr unsigned kActs = Kind::kRows * Kind::kLanes, kWeights = Kind::kCols * Kind::kLanes;
    Bits acts(Kind::kActBits * kActs), fields(Kind::kWeightBits * kWeights);
    for (unsigned i = 0; i < kActs; ++i) {
      acts.put(Kind::kActBits * i, Kind::kActBits, t.acts[word * kActs + i]);
    }
    for (unsigned i = 0; i < kWeights; ++i) {
      fields.put(Kind::kWeightBits * i, Kind::kWeightBits,
                 Kind::weight(t.codes[word * kWeights + i], plane));
    }
    acts.to(dut_->operand_data_i);
    fields.to(dut_->weight_data_i);
  }

  void advance(bool works, bool done, bool capture) {
    if (capture) {
      results_.pop_front();
      ++captured_;
    }
    if (works) ++plane_;
    if (!done) return;
    plane_ = 0;
    offered_ = false;
    fresh_ = true;
    if (++step_ < tiles_[tile_].steps()) return;
    step_ = 0;
    ++tile_;
    results_.push_back(cycle_ + 1 + Kind::kLatency);
  }

  // The next tile reaches the accumulators only after the capture.
  void expect_result() {
    const Bits result = Bits::from(dut_->result_o);
    for (unsigned r = 0; r < Kind::kRows; ++r) {
      for (unsigned c = 0; c < Kind::kCols; ++c) {
        const Bits expected = Kind::result(tiles_[captured_], r, c);
        bool same = true;
        for (unsigned bit = 0; bit < Kind::kAccBits; bit += 32) {
          const unsigned width = Kind::kAccBits - bit < 32 ? Kind::kAccBits - bit : 32;
          same = same && result.get(Kind::kAccBits * (r * Kind::kCols + c) + bit, width) ==
                             expected.get(bit, width);
        }
        expect(same, "result of tile " + std::to_string(captured_));
      }
    }
  }

  void expect(bool good, const std::string& what) {
    if (!good && wrong_.empty()) wrong_ = what + ", cycle " + std::to_string(cycle_);
  }

  const std::vector<TileCase>& tiles_;
  Rng& rng_;
  ArrayReached& reached_;
  std::string wrong_;
  unsigned operand_percent_ = 100, weight_percent_ = 100, drain_percent_ = 100;
  Dut<typename Kind::Model> dut_;
  std::size_t tile_ = 0, captured_ = 0;
  unsigned step_ = 0, plane_ = 0, address_ = 0;
  bool offered_ = false, fresh_ = true, release_ = false, worked_ = false;
  bool holds_ = false;                 // the drain, a tile
  std::deque<std::uint64_t> results_;  // not captured yet: cycles from which they are valid
  std::uint64_t cycle_ = 0;
};

}  // namespace absim::tests
