// SPDX-License-Identifier: Apache-2.0
// Drain, of narrow and of wide accumulators: beats, addresses, releases, claims, and the cycle of
// every capture and beat, under random stalls of the array, the param, residual and out slots.
#include <catch2/catch.hpp>

#include <Vdrain_o0.h>
#include <Vdrain_o3.h>
#include <Vdrain_wide_o0.h>
#include <Vdrain_wide_o3.h>

#include <algorithm>
#include <string>

#include "tests/rtl/bits.hpp"
#include "tests/rtl/dut.hpp"
#include "tests/rtl/layer_case.hpp"

namespace absim::tests {
namespace {

constexpr unsigned kRows = 3, kCols = 5, kLanes = 2;  // of the models under test

// Accumulators of abs and dfp, and a posit quire: that of (8,2).
template <typename Verilated>
struct Narrow {
  using Model = Verilated;
  static constexpr unsigned kAccBits = 32;
};
template <typename Verilated>
struct Wide {
  using Model = Verilated;
  static constexpr unsigned kAccBits = 112;
};

constexpr unsigned kPieceBits = 16;  // of an accumulator

struct TileCase {
  Tag tag;
  std::vector<std::uint16_t> acc;  // [row][col][piece], the least significant piece first
};

struct ExpectedBeat {
  std::size_t tile = 0;
  unsigned row = 0, col = 0;
  unsigned param = 0, residual = 0;
  bool job_first = false, job_last = false, tile_last = false;
};

struct Script {
  std::vector<TileCase> tiles;
  std::vector<ExpectedBeat> beats;
};

// Jobs of column groups of tiles; addresses follow from the order of the beats.
Script random_script(Rng& rng, unsigned pieces) {
  Script s;
  for (unsigned job = 0; job < 12; ++job) {
    Tag tag;
    tag.has_residual = chance(rng, 50);
    tag.param_release = chance(rng, 50);
    tag.postproc.put(0, 64, rng());
    tag.postproc.put(64, kPostprocBits - 64, rng());
    const auto groups = static_cast<unsigned>(uniform(rng, 1, 3));
    const auto tiles = static_cast<unsigned>(uniform(rng, 1, 3));
    const auto last_rows = static_cast<unsigned>(uniform(rng, 1, kRows));
    const auto last_cols = static_cast<unsigned>(uniform(rng, 1, kCols));
    unsigned residual = 0, param = 0;
    const std::size_t first = s.beats.size();
    for (unsigned g = 0; g < groups; ++g) {
      tag.cols = g + 1 == groups ? last_cols : kCols;
      for (unsigned t = 0; t < tiles; ++t) {
        tag.rows = t + 1 == tiles ? last_rows : kRows;
        tag.group_last = t + 1 == tiles;
        tag.job_last = tag.group_last && g + 1 == groups;
        TileCase tile{tag, std::vector<std::uint16_t>(kRows * kCols * pieces)};
        for (std::uint16_t& piece : tile.acc) piece = static_cast<std::uint16_t>(rng());
        for (unsigned r = 0; r < tag.rows; ++r) {
          for (unsigned c = 0; c < tag.cols; c += kLanes) {
            s.beats.push_back(
                {s.tiles.size(), r, c, param + c / kLanes, residual++, false, false, false});
          }
        }
        s.beats.back().tile_last = true;
        s.tiles.push_back(tile);
      }
      param += (tag.cols + kLanes - 1) / kLanes;
    }
    s.beats[first].job_first = true;
    s.beats.back().job_last = true;
  }
  return s;
}

struct Reached {
  std::uint64_t param_waits = 0, residual_waits = 0, out_waits = 0, result_waits = 0,
                back_to_back = 0, claimed_busy = 0;
};

template <typename Type>
class DrainRun {
 public:
  static constexpr unsigned kPieces = Type::kAccBits / kPieceBits;

  DrainRun(const Script& script, Rng& rng) : s_(script), rng_(rng) {
    for (unsigned* p : {&result_percent_, &param_percent_, &residual_percent_, &out_percent_}) {
      *p = chance(rng, 50) ? 100 : static_cast<unsigned>(uniform(rng, 15, 90));
    }
  }

  std::string wrong;
  Reached reached;

  void run() {
    while (beat_ < s_.beats.size() && wrong.empty() && cycle_ < 100000) cycle();
    if (beat_ < s_.beats.size() && wrong.empty()) wrong = "hangs";
  }

 private:
  void cycle() {
    if (tile_ < s_.tiles.size() && !offered_) offered_ = chance(rng_, result_percent_);
    const bool param = chance(rng_, param_percent_);
    const bool residual = chance(rng_, residual_percent_);
    const bool busy = !chance(rng_, out_percent_);
    drive(param, residual, busy);
    dut_.settle();
    expect((dut_->holds_o != 0) == holds_, "whether it holds a tile");
    bool sends = false;
    bool ends = false;
    if (holds_) {
      const ExpectedBeat& b = s_.beats[beat_];
      const bool needs_residual = s_.tiles[b.tile].tag.has_residual;
      sends = param && (!needs_residual || residual) && (!b.job_first || !busy);
      ends = sends && b.tile_last;
      reached.param_waits += !param;
      reached.residual_waits += param && needs_residual && !residual;
      reached.out_waits += param && (!needs_residual || residual) && !sends;
      reached.claimed_busy += sends && busy;
      expect_beat(b, sends);
    } else {
      expect(dut_->beat_valid_o == 0, "no beat without a tile");
    }
    const bool captures = offered_ && (!holds_ || ends);
    expect((dut_->result_capture_o != 0) == captures, "cycle of the capture");
    reached.result_waits += offered_ && !captures;
    reached.back_to_back += captures && holds_;
    dut_.tick();
    if (sends) ++beat_;
    if (ends) holds_ = false;
    if (captures) {
      holds_ = true;
      offered_ = false;
      ++tile_;
    }
    ++cycle_;
  }

  void drive(bool param, bool residual, bool busy) {
    dut_->param_full_i = param;
    dut_->residual_full_i = residual;
    dut_->out_busy_i = busy;
    dut_->result_valid_i = offered_;
    if (!offered_) return;
    Bits acc(Type::kAccBits * kRows * kCols);
    for (unsigned i = 0; i < kRows * kCols * kPieces; ++i) {
      acc.put(kPieceBits * i, kPieceBits, s_.tiles[tile_].acc[i]);
    }
    acc.to(dut_->result_i);
    s_.tiles[tile_].tag.pack().to(dut_->tag_i);
  }

  void expect_beat(const ExpectedBeat& b, bool sends) {
    const TileCase& tile = s_.tiles[b.tile];
    expect((dut_->beat_valid_o != 0) == sends, "cycle of beat " + std::to_string(beat_));
    expect((dut_->out_claim_o != 0) == (sends && b.job_first), "claim");
    expect((dut_->param_release_o != 0) == (sends && b.job_last && tile.tag.param_release),
           "param release");
    expect((dut_->residual_release_o != 0) == (sends && b.job_last && tile.tag.has_residual),
           "residual release");
    expect(dut_->param_addr_o == b.param, "param address");
    if (tile.tag.has_residual) expect(dut_->residual_addr_o == b.residual, "residual address");
    if (!sends) return;
    expect((dut_->beat_last_o != 0) == b.job_last, "last beat of the job");
    expect((dut_->beat_has_residual_o != 0) == tile.tag.has_residual, "has_residual");
    expect(Bits::from(dut_->beat_postproc_o).get(0, 64) == tile.tag.postproc.get(0, 64) &&
               Bits::from(dut_->beat_postproc_o).get(64, kPostprocBits - 64) ==
                   tile.tag.postproc.get(64, kPostprocBits - 64),
           "post-processing of the beat");
    const Bits acc = Bits::from(dut_->beat_acc_o);
    for (unsigned i = 0; i < kLanes * kPieces; ++i) {
      const unsigned col = b.col + i / kPieces;
      const std::size_t at = (std::size_t{b.row} * kCols + col) * kPieces + i % kPieces;
      expect(acc.get(kPieceBits * i, kPieceBits) == (col < kCols ? tile.acc[at] : 0U),
             "accumulators of beat " + std::to_string(beat_));
    }
  }

  void expect(bool good, const std::string& what) {
    if (!good && wrong.empty()) wrong = what + ", cycle " + std::to_string(cycle_);
  }

  const Script& s_;
  Rng& rng_;
  unsigned result_percent_ = 100, param_percent_ = 100, residual_percent_ = 100, out_percent_ = 100;
  Dut<typename Type::Model> dut_;
  std::size_t tile_ = 0, beat_ = 0;
  bool offered_ = false, holds_ = false;
  std::uint64_t cycle_ = 0;
};

TEMPLATE_TEST_CASE("drain RTL sends every valid pixel and column once, in the contract's cycles",
                   "[rtl][random]", Narrow<Vdrain_o0>, Narrow<Vdrain_o3>, Wide<Vdrain_wide_o0>,
                   Wide<Vdrain_wide_o3>) {
  Reached all;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Rng rng(seed);
    const Script script = random_script(rng, DrainRun<TestType>::kPieces);
    DrainRun<TestType> run(script, rng);
    run.run();
    CAPTURE(seed);
    REQUIRE(run.wrong == "");
    all.param_waits += run.reached.param_waits;
    all.residual_waits += run.reached.residual_waits;
    all.out_waits += run.reached.out_waits;
    all.result_waits += run.reached.result_waits;
    all.back_to_back += run.reached.back_to_back;
    all.claimed_busy += run.reached.claimed_busy;
  }
  REQUIRE(all.param_waits > 1000);
  REQUIRE(all.residual_waits > 500);
  REQUIRE(all.out_waits > 100);
  REQUIRE(all.result_waits > 1000);
  REQUIRE(all.back_to_back > 100);
  REQUIRE(all.claimed_busy > 500);
}

}  // namespace
}  // namespace absim::tests
