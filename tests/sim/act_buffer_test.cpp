// SPDX-License-Identifier: Apache-2.0
#include "sim/units/act_buffer.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <vector>

#include "sim/system/kernel.hpp"
#include "tests/support/systemc_random.hpp"

namespace absim::sim {

TEST_CASE("act_buffer gathers the right words in max(1, rows on one bank) cycles",
          "[sim][random]") {
  const std::uint64_t seed = 31;
  CAPTURE(seed);
  test::Random random(seed);
  std::size_t conflicts = 0, outside_rows = 0, operand_waits = 0;
  for (int round = 0; round < 40; ++round) {
    const KernelScope kernel;
    ArchConfig arch;
    arch.rows = random.in(1U, 12U);
    arch.lanes = random.in(1U, 20U);
    arch.act_banks = random.in(1U, 7U);
    const std::uint32_t words = random.in(1U, 6U);
    arch.act_buffer_bytes = std::uint64_t{2} * words * arch.act_banks * arch.lanes;
    REQUIRE(arch.act_words_per_bank() == words);
    ActBuffer buffer("act_buffer", arch);

    std::vector<std::uint8_t> memory(arch.act_banks * words * arch.lanes);
    for (auto& byte : memory) byte = random.in<std::uint8_t>(0, 255);
    for (std::uint32_t i = 0; i < arch.act_banks * words; ++i) {
      REQUIRE_FALSE(buffer.slot_full());
      buffer.tick({true, i + 1 == arch.act_banks * words}, i / words, i % words,
                  &memory[i * arch.lanes], false, false);
    }
    REQUIRE(buffer.slot_full());
    REQUIRE(buffer.fill_ready());  // the other slot

    for (int step = 0; step < 40; ++step) {
      StepRequest request(arch.rows);
      request.tag.rows = random.in(1U, arch.rows);
      std::vector<std::uint32_t> load(arch.act_banks);
      for (std::uint32_t r = 0; r < request.tag.rows; ++r) {
        request.inside[r] = random.one_in(4) ? 0 : 1;
        request.bank[r] = random.in<std::int32_t>(0, static_cast<std::int32_t>(arch.act_banks) - 1);
        request.address[r] = random.in<std::int32_t>(0, static_cast<std::int32_t>(words) - 1);
        if (request.inside[r] != 0) ++load[static_cast<std::size_t>(request.bank[r])];
        outside_rows += request.inside[r] == 0 ? 1U : 0U;
      }
      request.releases_acts = false;
      const std::uint32_t cost = std::max(1U, *std::max_element(load.begin(), load.end()));
      conflicts += cost - 1;
      REQUIRE(buffer.step_ready(false));
      buffer.next_request() = request;
      buffer.tick({}, 0, 0, nullptr, false, true);
      // An operand of the step before may still be there: nothing is gathered until it is taken.
      const bool occupied = buffer.operand_valid();
      if (occupied) {
        for (int wait = random.in(0, 3); wait > 0; --wait) {
          REQUIRE_FALSE(buffer.gathers(false));
          buffer.tick({}, 0, 0, nullptr, false, false);
          ++operand_waits;
        }
      }
      for (std::uint32_t c = 0; c < cost; ++c) {
        const bool take = occupied && c == 0;
        REQUIRE(buffer.gathers(take));
        REQUIRE(buffer.step_ready(take) == (c + 1 == cost));
        buffer.tick({}, 0, 0, nullptr, take, false);
        REQUIRE(buffer.operand_valid() == (c + 1 == cost));
      }
      std::size_t wrong = 0;
      for (std::uint32_t r = 0; r < request.tag.rows; ++r) {
        const std::uint8_t* word = &buffer.operand().words[r * padded_lanes(arch.lanes)];
        const std::size_t at = (static_cast<std::size_t>(request.bank[r]) * words +
                                static_cast<std::size_t>(request.address[r])) *
                               arch.lanes;
        for (std::uint32_t j = 0; j < arch.lanes; ++j) {
          wrong += word[j] != (request.inside[r] != 0 ? memory[at + j] : 0) ? 1U : 0U;
        }
      }
      CAPTURE(round, step, cost);
      REQUIRE(wrong == 0);
    }
    REQUIRE(buffer.conflict_cycles() <= conflicts);
  }
  REQUIRE(conflicts > 500);
  REQUIRE(outside_rows > 500);
  REQUIRE(operand_waits > 500);
}

TEST_CASE("act_buffer releases a slot in the last gather of its job and reports a credit",
          "[sim]") {
  const KernelScope kernel;
  ArchConfig arch;
  arch.rows = 2;
  arch.lanes = 1;
  arch.act_banks = 1;
  arch.act_buffer_bytes = 4;
  ActBuffer buffer("act_buffer", arch);
  const std::uint8_t word = 9;
  for (int slot = 0; slot < 2; ++slot) {
    REQUIRE(buffer.fill_ready());
    buffer.tick({true, false}, 0, 0, &word, false, false);
    buffer.tick({true, true}, 0, 1, &word, false, false);
  }
  REQUIRE_FALSE(buffer.fill_ready());
  StepRequest request(2);
  request.tag.rows = 2;
  request.inside = {1, 1};
  request.bank = {0, 0};
  request.address = {0, 1};
  request.releases_acts = true;
  buffer.next_request() = request;
  buffer.tick({}, 0, 0, nullptr, false, true);
  buffer.tick({}, 0, 0, nullptr, false, false);  // first of two gather cycles
  REQUIRE_FALSE(buffer.credit());
  REQUIRE_FALSE(buffer.fill_ready());
  buffer.tick({}, 0, 0, nullptr, false, false);  // the last one releases
  REQUIRE(buffer.credit());
  REQUIRE(buffer.fill_ready());
  REQUIRE(buffer.slot_full());  // the second slot
  buffer.tick({}, 0, 0, nullptr, false, false);
  REQUIRE_FALSE(buffer.credit());
}

}  // namespace absim::sim
