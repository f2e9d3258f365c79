// SPDX-License-Identifier: Apache-2.0
// Sequencer and tile walker against nested loops that divide: every step, address, tag, and the
// cycle of every tile load.
#include <catch2/catch.hpp>

#include <Vsequencer_b5_o0.h>
#include <Vsequencer_b5_o3.h>
#include <Vsequencer_o0.h>
#include <Vsequencer_o3.h>

#include <algorithm>
#include <string>

#include "sim/cosim/job_bits.hpp"
#include "tests/rtl/bits.hpp"
#include "tests/rtl/dut.hpp"
#include "tests/rtl/layer_case.hpp"

namespace absim::tests {
namespace {

struct RowAddress {
  bool need = false;
  unsigned bank = 0;
  unsigned address = 0;
};

struct ExpectedStep {
  Step step;
  bool release = false;
  std::vector<RowAddress> rows;
};

struct ExpectedTile {
  Tag tag;
  std::vector<ExpectedStep> steps;
};

struct Reached {
  unsigned padding = 0, stride2 = 0, wraps = 0, partial_rows = 0, partial_cols = 0, groups = 0,
           conflicts = 0, shared = 0, segments = 0, strips = 0;
  std::uint64_t load_waits = 0;
};

class Golden {
 public:
  Golden(const LayerCase& layer, Reached& reached) : layer_(layer), reached_(reached) {}

  std::vector<ExpectedTile> tiles(const JobCase& job) {
    const sim::ArchConfig& arch = layer_.arch;
    std::vector<ExpectedTile> tiles;
    const unsigned pixels = job.out_rows * layer_.out_width;
    const unsigned groups = (job.channels + arch.cols - 1) / arch.cols;
    for (unsigned group = 0; group < groups; ++group) {
      for (unsigned first = 0; first < pixels; first += arch.rows) {
        tiles.push_back(tile(job, group, first, pixels));
      }
    }
    tiles.back().tag.job_last = true;
    ExpectedStep& last = tiles.back().steps.back();
    last.release = job.descriptor.act_release;
    if (!layer_.weight_streamed) last.step.weight_release = job.descriptor.weight_release;
    reached_.groups += groups > 1;
    reached_.stride2 += layer_.stride == 2;
    reached_.shared += layer_.shared_kernel;
    reached_.strips += job.out_row > 0;
    return tiles;
  }

 private:
  ExpectedTile tile(const JobCase& job, unsigned group, unsigned first, unsigned pixels) {
    const sim::ArchConfig& arch = layer_.arch;
    ExpectedTile tile;
    tile.tag.rows = std::min(arch.rows, pixels - first);
    tile.tag.cols = std::min(arch.cols, job.channels - group * arch.cols);
    tile.tag.group_last = first + arch.rows >= pixels;
    tile.tag.param_release = job.descriptor.param_release;
    tile.tag.has_residual = job.descriptor.has_residual;
    tile.tag.postproc =
        pack_postproc(layer_.emits_activation, static_cast<unsigned>(layer_.out_kind), layer_.shift,
                      layer_.act_shift, layer_.residual_gain);
    reached_.partial_rows += tile.tag.rows < arch.rows;
    reached_.partial_cols += tile.tag.cols < arch.cols;
    reached_.wraps += first / layer_.out_width != (first + tile.tag.rows - 1) / layer_.out_width;
    const bool stationary = job.descriptor.stationary;
    unsigned word = 0;  // of the tile
    for (unsigned plane = 0; plane < (stationary ? 1 : layer_.truncation); ++plane) {
      for (unsigned ky = 0; ky < layer_.kernel_h; ++ky) {
        for (unsigned kx = 0; kx < layer_.kernel_w; ++kx) {
          for (unsigned chunk = 0; chunk < layer_.chunks(); ++chunk) {
            ExpectedStep s;
            s.step.first = tile.steps.empty();
            s.step.shift = plane > 0 && ky == 0 && kx == 0 && chunk == 0;
            s.step.sign_plane = plane == 0;
            s.step.stationary = stationary;
            s.step.twos_complement = job.descriptor.twos_complement;
            s.step.act_signed = job.descriptor.act_signed;
            s.step.planes = layer_.truncation;
            weight(s.step, group, plane, chunk, word);
            s.rows = rows(job, first, tile.tag.rows, ky, kx, chunk);
            tile.steps.push_back(s);
          }
        }
      }
    }
    tile.steps.back().step.last = true;
    if (layer_.weight_streamed) tile.steps.back().step.weight_release = true;
    return tile;
  }

  void weight(Step& step, unsigned group, unsigned plane, unsigned chunk, unsigned& word) {
    const unsigned size = step.stationary ? layer_.truncation : 1;  // words of a step
    if (layer_.shared_kernel) {
      const unsigned words = layer_.truncation * layer_.chunks();
      step.weight_addr =
          group * words + (step.stationary ? 0 : plane * layer_.chunks()) + chunk * size;
    } else if (layer_.weight_streamed) {
      step.weight_addr = word % layer_.segment_words;
      step.weight_release = (word + size) % layer_.segment_words == 0;
      reached_.segments += step.weight_release;
    } else {
      const unsigned positions = layer_.kernel_h * layer_.kernel_w;
      step.weight_addr = group * layer_.truncation * positions * layer_.chunks() + word;
    }
    word += size;
  }

  std::vector<RowAddress> rows(const JobCase& job, unsigned first, unsigned count, unsigned ky,
                               unsigned kx, unsigned chunk) {
    const unsigned banks = layer_.arch.act_banks;
    std::vector<RowAddress> rows(layer_.arch.rows);
    std::vector<unsigned> on_bank(banks);
    for (unsigned r = 0; r < count; ++r) {
      const unsigned p = first + r;
      const int y = static_cast<int>((job.out_row + p / layer_.out_width) * layer_.stride + ky) -
                    static_cast<int>(layer_.pad_top);
      const int x = static_cast<int>(p % layer_.out_width * layer_.stride + kx) -
                    static_cast<int>(layer_.pad_left);
      if (y < 0 || x < 0 || y >= static_cast<int>(layer_.in_height) ||
          x >= static_cast<int>(layer_.in_width)) {
        ++reached_.padding;
        continue;
      }
      const unsigned index =
          (static_cast<unsigned>(y) - job.in_row) * layer_.in_width + static_cast<unsigned>(x);
      rows[r] = {true, index % banks, index / banks + chunk * job.descriptor.plane_words};
      reached_.conflicts += ++on_bank[rows[r].bank] > 1;
    }
    return rows;
  }

  const LayerCase& layer_;
  Reached& reached_;
};

template <typename Model>
class SequencerRun {
 public:
  SequencerRun(Dut<Model>& dut, const sim::ArchConfig& arch, Rng& rng, unsigned percent,
               Reached& reached)
      : dut_(dut), arch_(arch), rng_(rng), percent_(percent), reached_(reached) {}

  std::string wrong;  // the first difference

  void run_job(const JobCase& job, const std::vector<ExpectedTile>& tiles) {
    take_job(job);
    std::uint64_t walked = cycle_ - 1 + tiles[0].tag.rows;  // cycle of the walker's last row
    std::uint64_t last_step = 0;                            // cycle of the last hand-over
    std::uint64_t load = walked + 1;
    for (std::size_t i = 0; i < tiles.size() && wrong.empty(); ++i) {
      while (cycle_ < load && wrong.empty()) idle_cycle();
      // The load's cycle: for a tile after another it is at least that of the last hand-over.
      if (cycle_ == load) idle_cycle(&tiles[i]);
      const bool more = i + 1 < tiles.size();
      walked = load + (more ? tiles[i + 1].tag.rows : 0);
      last_step = run_steps(tiles[i], more ? &tiles[i + 1] : nullptr, walked + 1);
      if (more) {
        reached_.load_waits += walked + 1 > last_step;
        load = std::max(walked + 1, last_step);
      }
    }
    dut_.settle();
    expect(dut_->job_ready_o == 1, "job_ready after the last step");
    expect(cycle_ == last_step + 1, "idle one cycle after the last step");
  }

 private:
  void take_job(const JobCase& job) {
    const sim::JobBits bits = sim::pack_job(job.descriptor);
    sim::store_port(dut_->job_i, bits.data(), sizeof bits);
    dut_->job_valid_i = 1;
    dut_->step_ready_i = 0;
    dut_.settle();
    expect(dut_->job_ready_o == 1, "job_ready when idle");
    expect(dut_->step_valid_o == 0 && dut_->tag_valid_o == 0, "nothing offered when idle");
    tick();
    dut_->job_valid_i = 0;
    Bits(416).to(dut_->job_i);  // the descriptor is held inside
  }

  // A cycle in which no step is offered; `tile` if it is loaded in this cycle.
  void idle_cycle(const ExpectedTile* tile = nullptr) {
    dut_->step_ready_i = chance(rng_, percent_);
    dut_.settle();
    expect(dut_->step_valid_o == 0, "no step before a tile is loaded");
    expect(dut_->job_ready_o == 0, "job_ready while a job runs");
    expect_tag(tile);
    tick();
  }

  // Returns the cycle of the last hand-over. The next tile's tag comes with it if its walk is done.
  std::uint64_t run_steps(const ExpectedTile& tile, const ExpectedTile* next,
                          std::uint64_t walked) {
    for (std::size_t s = 0; s < tile.steps.size() && wrong.empty(); ++s) {
      for (bool taken = false; !taken && wrong.empty();) {
        taken = chance(rng_, percent_);
        dut_->step_ready_i = taken;
        dut_.settle();
        expect(dut_->step_valid_o == 1, "a step is offered in every cycle of a loaded tile");
        expect_step(tile.steps[s], s);
        const bool loads =
            taken && s + 1 == tile.steps.size() && next != nullptr && cycle_ >= walked;
        expect_tag(loads ? next : nullptr);
        tick();
      }
    }
    return cycle_ - 1;
  }

  void expect_step(const ExpectedStep& e, std::size_t index) {
    expect(dut_->step_o == e.step.pack(), "step " + std::to_string(index));
    expect((dut_->step_release_o != 0) == e.release, "act release, step " + std::to_string(index));
    const Bits need = Bits::from(dut_->step_need_o);
    const Bits bank = Bits::from(dut_->step_bank_o);
    const Bits address = Bits::from(dut_->step_addr_o);
    for (unsigned r = 0; r < arch_.rows; ++r) {
      bool same = (need.get(r, 1) != 0) == e.rows[r].need;
      if (e.rows[r].need) {
        same = same && bank.get(8 * r, 8) == e.rows[r].bank &&
               address.get(20 * r, 20) == e.rows[r].address;
      }
      expect(same, "address of step " + std::to_string(index) + ", row " + std::to_string(r));
    }
  }

  void expect_tag(const ExpectedTile* tile) {
    expect((dut_->tag_valid_o != 0) == (tile != nullptr), "cycle of a tile load");
    if (tile == nullptr || dut_->tag_valid_o == 0) return;
    const Bits tag = Bits::from(dut_->tag_o);
    const Bits expected = tile->tag.pack();
    expect(tag.get(0, 64) == expected.get(0, 64) && tag.get(64, 3) == expected.get(64, 3), "tag");
  }

  void expect(bool good, const std::string& what) {
    if (!good && wrong.empty()) wrong = what + ", cycle " + std::to_string(cycle_);
  }

  void tick() {
    dut_.tick();
    ++cycle_;
  }

  Dut<Model>& dut_;
  const sim::ArchConfig& arch_;
  Rng& rng_;
  unsigned percent_;
  Reached& reached_;
  std::uint64_t cycle_ = 0;
};

template <typename Model>
void check_sequencer(unsigned rows, unsigned cols, unsigned banks) {
  sim::ArchConfig arch;
  arch.rows = rows;
  arch.cols = cols;
  arch.lanes = 4;
  arch.act_banks = banks;
  arch.postproc_lanes = 2;
  Dut<Model> dut;
  Reached reached;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Rng rng(seed);
    const LayerCase layer = random_layer(rng, arch);
    const unsigned percent = seed % 3 == 0 ? 100 : static_cast<unsigned>(uniform(rng, 20, 95));
    Golden golden(layer, reached);
    SequencerRun<Model> run(dut, arch, rng, percent, reached);
    for (const JobCase& job : make_jobs(layer)) {
      run.run_job(job, golden.tiles(job));
      CAPTURE(seed, job.out_row, job.first_channel);
      REQUIRE(run.wrong == "");
    }
  }
  REQUIRE(reached.padding > 1000);
  REQUIRE(reached.stride2 > 30);
  REQUIRE(reached.wraps > 100);
  REQUIRE(reached.partial_rows > 30);
  REQUIRE(reached.partial_cols > 30);
  REQUIRE(reached.groups > 20);
  REQUIRE(reached.conflicts > 200);
  REQUIRE(reached.shared > 5);
  REQUIRE(reached.segments > 100);
  REQUIRE(reached.strips > 30);
  REQUIRE(reached.load_waits > 10);
}

TEST_CASE("sequencer RTL equals nested loops for random layers", "[rtl][random]") {
  check_sequencer<Vsequencer_o0>(4, 6, 4);
  check_sequencer<Vsequencer_o3>(4, 6, 4);
  check_sequencer<Vsequencer_b5_o0>(3, 5, 5);
  check_sequencer<Vsequencer_b5_o3>(3, 5, 5);
}

}  // namespace
}  // namespace absim::tests
