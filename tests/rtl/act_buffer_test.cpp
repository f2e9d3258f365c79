// SPDX-License-Identifier: Apache-2.0
// Activation buffer: gathered words, and the cycle of every gather, for random bank conflicts
// under random stalls on the fill side, the step side and the operand side.
#include <catch2/catch.hpp>

#include <Vact_buffer_b5_o0.h>
#include <Vact_buffer_b5_o3.h>
#include <Vact_buffer_o0.h>
#include <Vact_buffer_o3.h>

#include <algorithm>
#include <deque>
#include <string>

#include "tests/rtl/bits.hpp"
#include "tests/rtl/dut.hpp"
#include "tests/rtl/layer_case.hpp"

namespace absim::tests {
namespace {

struct Sizes {
  unsigned rows, lanes, banks, words;
};

struct FillWord {
  unsigned bank = 0, address = 0;
  std::uint64_t data = 0;
  bool last = false;
};

struct Slot {
  std::vector<std::vector<std::uint64_t>> words;  // [bank][address]
};

struct GatherStep {
  Step step;
  bool release = false;
  std::vector<bool> need;
  std::vector<unsigned> bank, address;
  std::vector<std::uint64_t> expected;  // one word a row
  unsigned cycles = 1;                  // of the gather
};

struct Script {
  std::vector<FillWord> fills;
  std::vector<GatherStep> steps;
};

Slot random_slot(Rng& rng, const Sizes& z, std::vector<FillWord>& fills) {
  Slot slot;
  slot.words.assign(z.banks, std::vector<std::uint64_t>(z.words));
  std::vector<FillWord> words;
  for (unsigned b = 0; b < z.banks; ++b) {
    for (unsigned a = 0; a < z.words; ++a) {
      slot.words[b][a] = rng() & ((std::uint64_t{1} << 8 * z.lanes) - 1);
      words.push_back({b, a, slot.words[b][a], false});
    }
  }
  for (std::size_t i = words.size(); i > 1; --i) std::swap(words[i - 1], words[rng() % i]);
  words.back().last = true;
  fills.insert(fills.end(), words.begin(), words.end());
  return slot;
}

GatherStep random_step(Rng& rng, const Sizes& z, const Slot& slot) {
  GatherStep s;
  s.step.weight_addr = static_cast<unsigned>(rng() % (1U << 20));
  s.step.planes = static_cast<unsigned>(uniform(rng, 1, 8));
  s.step.first = chance(rng, 50);
  s.step.weight_release = chance(rng, 50);
  const unsigned spread = static_cast<unsigned>(uniform(rng, 1, z.banks));  // few banks: conflicts
  const unsigned needed = static_cast<unsigned>(uniform(rng, 0, 10)) * 10;
  std::vector<unsigned> on_bank(z.banks);
  for (unsigned r = 0; r < z.rows; ++r) {
    s.need.push_back(chance(rng, needed));
    s.bank.push_back(static_cast<unsigned>(rng() % spread));
    s.address.push_back(static_cast<unsigned>(rng() % z.words));
    s.expected.push_back(s.need[r] ? slot.words[s.bank[r]][s.address[r]] : 0);
    if (s.need[r]) s.cycles = std::max(s.cycles, ++on_bank[s.bank[r]]);
  }
  return s;
}

Script random_script(Rng& rng, const Sizes& z, unsigned slots) {
  Script script;
  for (unsigned n = 0; n < slots; ++n) {
    const Slot slot = random_slot(rng, z, script.fills);
    const auto steps = static_cast<unsigned>(uniform(rng, 1, 40));
    for (unsigned i = 0; i < steps; ++i) {
      script.steps.push_back(random_step(rng, z, slot));
      script.steps.back().release = i + 1 == steps;
    }
  }
  return script;
}

struct Reached {
  std::uint64_t conflicts = 0, fill_stalls = 0, step_stalls = 0, operand_stalls = 0, slot_waits = 0,
                empty_steps = 0, back_to_back = 0;
};

template <typename Model>
class ActBufferRun {
 public:
  ActBufferRun(const Sizes& sizes, const Script& script, Rng& rng, unsigned fill, unsigned step,
               unsigned operand)
      : z_(sizes),
        s_(script),
        rng_(rng),
        fill_percent_(fill),
        step_percent_(step),
        operand_percent_(operand) {}

  std::string wrong;
  Reached reached;

  void run() {
    while (taken_ < s_.steps.size() && wrong.empty() && cycle_ < 100000) cycle();
    if (taken_ < s_.steps.size() && wrong.empty()) wrong = "hangs";
  }

 private:
  // The contract: f = max(I + 1, a of the step before, slot visible) + c - 1; valid at f + 1.
  void cycle() {
    drive_fill();
    drive_step();
    const bool valid = dut_->operand_valid_o != 0;
    const bool take = valid && chance(rng_, operand_percent_);
    dut_->operand_ready_i = take;
    dut_.settle();
    expect(valid == (valid_at_ != 0 && cycle_ >= valid_at_), "cycle in which the operand is valid");
    expect((dut_->credit_o != 0) == (credit_at_ != 0 && cycle_ == credit_at_),
           "cycle of the credit");
    if (valid) expect_operand();
    const bool fills = dut_->fill_valid_i != 0 && dut_->fill_ready_o != 0;
    const bool accepts = dut_->step_valid_i != 0 && dut_->step_ready_o != 0;
    reached.fill_stalls += dut_->fill_valid_i != 0 && !fills;
    reached.step_stalls += dut_->step_valid_i != 0 && !accepts;
    reached.operand_stalls += valid && !take;
    expect(dut_->fill_ready_o == (full_slots_ < 2), "fill_ready");
    if (take) {
      last_taken_ = cycle_;
      ++taken_;
      valid_at_ = 0;
    }
    plan_gather();
    finish(fills, accepts);
    dut_.tick();
    ++cycle_;
  }

  void drive_fill() {
    if (fill_ < s_.fills.size() && !filling_) filling_ = chance(rng_, fill_percent_);
    dut_->fill_valid_i = filling_;
    if (!filling_) return;
    const FillWord& word = s_.fills[fill_];
    dut_->fill_last_i = word.last;
    dut_->fill_bank_i = static_cast<std::uint8_t>(word.bank);
    dut_->fill_addr_i = word.address;
    sim::store_port(dut_->fill_data_i, &word.data, sizeof word.data);
  }

  void drive_step() {
    if (step_ < s_.steps.size() && !stepping_) stepping_ = chance(rng_, step_percent_);
    dut_->step_valid_i = stepping_;
    if (!stepping_) return;
    const GatherStep& s = s_.steps[step_];
    Bits need(z_.rows), bank(8 * z_.rows), address(20 * z_.rows);
    for (unsigned r = 0; r < z_.rows; ++r) {
      need.put(r, 1, s.need[r]);
      bank.put(8 * r, 8, s.bank[r]);
      address.put(20 * r, 20, s.address[r]);
    }
    dut_->step_i = s.step.pack();
    dut_->step_release_i = s.release;
    need.to(dut_->step_need_i);
    bank.to(dut_->step_bank_i);
    address.to(dut_->step_addr_i);
  }

  // A gather that may begin in this cycle: its last cycle is known now.
  void plan_gather() {
    if (!requested_ || gathering_ || valid_at_ != 0) return;
    if (full_slots_ == 0) {
      ++reached.slot_waits;
      return;
    }
    const GatherStep& s = s_.steps[step_ - 1];
    gathering_ = true;
    last_gather_ = cycle_ + s.cycles - 1;
    reached.conflicts += s.cycles > 1;
    reached.empty_steps += std::none_of(s.need.begin(), s.need.end(), [](bool n) { return n; });
    reached.back_to_back += last_taken_ == cycle_;
  }

  void finish(bool fills, bool accepts) {
    const bool ends = gathering_ && last_gather_ == cycle_;
    expect((dut_->step_ready_o != 0) == (!requested_ || ends), "step_ready");
    if (ends) {
      gathering_ = requested_ = false;
      valid_at_ = cycle_ + 1;
      if (s_.steps[step_ - 1].release) {
        credit_at_ = cycle_ + 1;
        --full_slots_;
      }
    }
    if (fills) {
      full_slots_ += s_.fills[fill_].last;
      ++fill_;
      filling_ = false;
    }
    if (accepts) {
      ++step_;
      stepping_ = false;
      requested_ = true;
    }
  }

  void expect_operand() {
    const GatherStep& s = s_.steps[taken_];
    expect(dut_->operand_step_o == s.step.pack(), "step of the operand");
    const Bits data = Bits::from(dut_->operand_data_o);
    for (unsigned r = 0; r < z_.rows; ++r) {
      expect(data.get(8 * z_.lanes * r, 8 * z_.lanes) == s.expected[r],
             "word of row " + std::to_string(r) + ", step " + std::to_string(taken_));
    }
  }

  void expect(bool good, const std::string& what) {
    if (!good && wrong.empty()) wrong = what + ", cycle " + std::to_string(cycle_);
  }

  const Sizes& z_;
  const Script& s_;
  Rng& rng_;
  unsigned fill_percent_, step_percent_, operand_percent_;
  Dut<Model> dut_;
  std::uint64_t cycle_ = 1;  // 0 means never
  std::size_t fill_ = 0, step_ = 0, taken_ = 0;
  bool filling_ = false, stepping_ = false, requested_ = false, gathering_ = false;
  unsigned full_slots_ = 0;  // visible in this cycle
  std::uint64_t last_gather_ = 0, valid_at_ = 0, credit_at_ = 0, last_taken_ = 0;
};

template <typename Model>
void check_act_buffer(const Sizes& sizes) {
  Reached all;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Rng rng(seed);
    const auto percent = [&] {
      return chance(rng, 40) ? 100 : static_cast<unsigned>(uniform(rng, 15, 90));
    };
    const Script script = random_script(rng, sizes, 6);
    const unsigned fill = percent(), step = percent(), operand = percent();
    ActBufferRun<Model> run(sizes, script, rng, fill, step, operand);
    run.run();
    CAPTURE(seed, fill, step, operand);
    REQUIRE(run.wrong == "");
    all.conflicts += run.reached.conflicts;
    all.fill_stalls += run.reached.fill_stalls;
    all.step_stalls += run.reached.step_stalls;
    all.operand_stalls += run.reached.operand_stalls;
    all.slot_waits += run.reached.slot_waits;
    all.empty_steps += run.reached.empty_steps;
    all.back_to_back += run.reached.back_to_back;
  }
  REQUIRE(all.conflicts > 500);
  REQUIRE(all.fill_stalls > 100);
  REQUIRE(all.step_stalls > 500);
  REQUIRE(all.operand_stalls > 500);
  REQUIRE(all.slot_waits > 500);
  REQUIRE(all.empty_steps > 50);
  REQUIRE(all.back_to_back > 500);
}

TEST_CASE("act_buffer RTL gathers every row's word in the contract's cycle", "[rtl][random]") {
  check_act_buffer<Vact_buffer_o0>({5, 3, 4, 12});
  check_act_buffer<Vact_buffer_o3>({5, 3, 4, 12});
  check_act_buffer<Vact_buffer_b5_o0>({8, 2, 5, 9});
  check_act_buffer<Vact_buffer_b5_o3>({8, 2, 5, 9});
}

}  // namespace
}  // namespace absim::tests
