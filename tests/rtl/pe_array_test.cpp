// SPDX-License-Identifier: Apache-2.0
// PE array: results, weight addresses and the cycle of every operand, under random stalls of
// operands, weights and capture.
#include <catch2/catch.hpp>

#include <Vpe_array_o0.h>
#include <Vpe_array_o3.h>

#include <string>

#include "tests/rtl/bits.hpp"
#include "tests/rtl/dut.hpp"
#include "tests/rtl/layer_case.hpp"

namespace absim::tests {
namespace {

constexpr unsigned kRows = 2, kCols = 3, kLanes = 5;  // of the models under test

struct TileCase {
  bool stationary = false, twos_complement = false, act_signed = false;
  unsigned planes = 1;
  unsigned words = 1;               // activation words of the window
  std::vector<std::uint8_t> acts;   // [word][row][lane]
  std::vector<std::uint8_t> codes;  // [word][col][lane], 8 bits

  [[nodiscard]] unsigned steps() const { return stationary ? words : planes * words; }
  [[nodiscard]] unsigned plane_of(unsigned step) const { return stationary ? 0 : step / words; }
  [[nodiscard]] unsigned word_of(unsigned step) const { return stationary ? step : step % words; }

  [[nodiscard]] std::int32_t result(unsigned row, unsigned col) const {
    std::int32_t sum = 0;
    for (unsigned w = 0; w < words; ++w) {
      for (unsigned j = 0; j < kLanes; ++j) {
        const std::uint8_t a = acts[(w * kRows + row) * kLanes + j];
        const int prefix = codes[(w * kCols + col) * kLanes + j] >> (8 - planes);
        const int full = 1 << planes;
        const int weight = !twos_complement     ? 2 * prefix + 1 - full
                           : prefix >= full / 2 ? prefix - full
                                                : prefix;
        sum += weight * (act_signed ? static_cast<std::int8_t>(a) : a);
      }
    }
    return sum;
  }
};

TileCase random_tile(Rng& rng) {
  TileCase t;
  t.stationary = chance(rng, 50);
  t.twos_complement = chance(rng, 50);
  t.act_signed = chance(rng, 50);
  t.planes = static_cast<unsigned>(uniform(rng, 1, 8));
  t.words = static_cast<unsigned>(uniform(rng, 1, 6));
  t.acts.resize(t.words * kRows * kLanes);
  t.codes.resize(t.words * kCols * kLanes);
  for (std::uint8_t& a : t.acts) a = static_cast<std::uint8_t>(rng());
  for (std::uint8_t& c : t.codes) c = static_cast<std::uint8_t>(rng());
  return t;
}

struct Reached {
  std::uint64_t weight_waits = 0, capture_waits = 0, same_cycle_captures = 0, gaps = 0;
};

template <typename Model>
class ArrayRun {
 public:
  ArrayRun(const std::vector<TileCase>& tiles, Rng& rng) : tiles_(tiles), rng_(rng) {
    for (unsigned* percent : {&operand_percent_, &weight_percent_, &capture_percent_}) {
      *percent = chance(rng, 40) ? 100 : static_cast<unsigned>(uniform(rng, 15, 90));
    }
  }

  std::string wrong;
  Reached reached;

  void run() {
    while (captured_ < tiles_.size() && wrong.empty() && cycle_ < 200000) cycle();
    if (captured_ < tiles_.size() && wrong.empty()) wrong = "hangs";
  }

 private:
  void cycle() {
    if (tile_ < tiles_.size() && !offered_) offered_ = chance(rng_, operand_percent_);
    const bool weights = chance(rng_, weight_percent_);
    const bool capture = result_ && chance(rng_, capture_percent_);
    drive(weights, capture);
    dut_.settle();
    const bool first = step_ == 0;
    const bool works = offered_ && weights && !(first && result_ && !capture);
    reached.gaps += !offered_;
    reached.weight_waits += offered_ && !weights;
    reached.capture_waits += offered_ && weights && !works;
    reached.same_cycle_captures += works && first && capture;
    const bool done = works && (!stationary() || plane_ + 1 == tiles_[tile_].planes);
    expect((dut_->operand_ready_o != 0) == done, "operand_ready");
    expect((dut_->active_o != 0) == worked_, "active");
    expect((dut_->result_valid_o != 0) == result_, "result_valid");
    if (offered_) expect(dut_->weight_addr_o == address_ + plane_, "weight_addr");
    if (offered_) expect((dut_->weight_release_o != 0) == (done && release_), "weight_release");
    if (result_) expect_result();
    dut_.tick();
    worked_ = works;
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
    dut_->drain_holds_i = 1;  // so that a capture alone makes room
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
    Bits acts(8 * kRows * kLanes), bits(kCols * kLanes);
    for (unsigned i = 0; i < kRows * kLanes; ++i)
      acts.put(8 * i, 8, t.acts[word * kRows * kLanes + i]);
    for (unsigned i = 0; i < kCols * kLanes; ++i) {
      bits.put(i, 1, t.codes[word * kCols * kLanes + i] >> (7 - plane) & 1U);
    }
    acts.to(dut_->operand_data_i);
    bits.to(dut_->weight_data_i);
  }

  void advance(bool works, bool done, bool capture) {
    if (capture) {
      result_ = false;
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
    result_ = true;
  }

  void expect_result() {
    const Bits result = Bits::from(dut_->result_o);
    for (unsigned r = 0; r < kRows; ++r) {
      for (unsigned c = 0; c < kCols; ++c) {
        // The next tile works on the accumulators only after the capture.
        expect(result.get_signed(32 * (r * kCols + c), 32) == tiles_[captured_].result(r, c),
               "result of tile " + std::to_string(captured_));
      }
    }
  }

  void expect(bool good, const std::string& what) {
    if (!good && wrong.empty()) wrong = what + ", cycle " + std::to_string(cycle_);
  }

  const std::vector<TileCase>& tiles_;
  Rng& rng_;
  unsigned operand_percent_ = 100, weight_percent_ = 100, capture_percent_ = 100;
  Dut<Model> dut_;
  std::size_t tile_ = 0, captured_ = 0;
  unsigned step_ = 0, plane_ = 0, address_ = 0;
  bool offered_ = false, fresh_ = true, release_ = false, result_ = false, worked_ = false;
  std::uint64_t cycle_ = 0;
};

TEMPLATE_TEST_CASE("pe_array RTL equals the dot products of every tile under random stalls",
                   "[rtl][random]", Vpe_array_o0, Vpe_array_o3) {
  Reached all;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Rng rng(seed);
    std::vector<TileCase> tiles;
    for (unsigned n = 0; n < 40; ++n) tiles.push_back(random_tile(rng));
    ArrayRun<TestType> run(tiles, rng);
    run.run();
    CAPTURE(seed);
    REQUIRE(run.wrong == "");
    all.weight_waits += run.reached.weight_waits;
    all.capture_waits += run.reached.capture_waits;
    all.same_cycle_captures += run.reached.same_cycle_captures;
    all.gaps += run.reached.gaps;
  }
  REQUIRE(all.weight_waits > 1000);
  REQUIRE(all.capture_waits > 500);
  REQUIRE(all.same_cycle_captures > 100);
  REQUIRE(all.gaps > 1000);
}

}  // namespace
}  // namespace absim::tests
