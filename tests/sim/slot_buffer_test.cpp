// SPDX-License-Identifier: Apache-2.0
// Weight, param, residual and out buffer, tag FIFO: the two-slot protocol against a queue of slots.
#include "sim/units/slot_buffer.hpp"

#include <catch2/catch.hpp>
#include <deque>
#include <vector>

#include "models/core/error.hpp"
#include "sim/system/kernel.hpp"
#include "sim/units/out_buffer.hpp"
#include "sim/units/tag_fifo.hpp"
#include "sim/units/weight_buffer.hpp"
#include "tests/support/systemc_random.hpp"

namespace absim::sim {

using test::Random;

TEST_CASE("residual_buffer keeps every word of every slot under random stalls", "[sim][random]") {
  const std::uint64_t seed = 41;
  CAPTURE(seed);
  Random random(seed);
  const KernelScope kernel;
  ResidualBuffer buffer("residual_buffer", 5, 2);
  std::deque<std::vector<std::int16_t>> slots;  // full ones, oldest first
  std::vector<std::int16_t> filling;
  std::size_t refused = 0, both = 0, released = 0;
  for (int cycle = 0; cycle < 4000; ++cycle) {
    CAPTURE(cycle);
    REQUIRE(buffer.ready() == (slots.size() < 2));
    REQUIRE(buffer.full() == !slots.empty());
    both += slots.size() == 2 ? 1U : 0U;
    if (!slots.empty()) {
      for (std::size_t i = 0; i < slots.front().size(); ++i) {
        REQUIRE(buffer.read(i / 2)[i % 2] == slots.front()[i]);
      }
    }
    const bool valid = random.one_in(2);
    const bool last = filling.size() == 8 || random.one_in(4);
    const std::int16_t word[2] = {random.in<std::int16_t>(-32768, 32767),
                                  random.in<std::int16_t>(-9, 9)};
    const bool release = !slots.empty() && random.one_in(6);
    refused += valid && !buffer.ready() ? 1U : 0U;
    const bool taken = valid && buffer.ready();
    buffer.tick({valid, last}, word, release);
    REQUIRE(buffer.credit() == release);
    if (release) {
      slots.pop_front();
      ++released;
    }
    if (taken) {
      filling.insert(filling.end(), word, word + 2);
      if (last) {
        slots.push_back(filling);
        filling.clear();
      }
    }
  }
  REQUIRE(refused > 300);
  REQUIRE(both > 300);
  REQUIRE(released > 100);
}

TEST_CASE("a slot buffer refuses more words than a slot holds", "[sim][negative]") {
  const KernelScope kernel;
  ResidualBuffer buffer("residual_buffer", 2, 1);
  const std::int16_t word = 1;
  buffer.tick({true, false}, &word, false);
  buffer.tick({true, false}, &word, false);
  REQUIRE_THROWS_AS(buffer.tick({true, false}, &word, false), InvariantError);
  REQUIRE_THROWS_AS(buffer.tick({}, nullptr, true), InvariantError);  // release of an empty slot
}

TEST_CASE("weight_buffer returns what was written, packed, from the slot in use", "[sim][random]") {
  const std::uint64_t seed = 43;
  CAPTURE(seed);
  Random random(seed);
  for (int round = 0; round < 30; ++round) {
    const KernelScope kernel;
    ArchConfig arch;
    arch.cols = random.in(1U, 20U);
    arch.lanes = random.in(1U, 40U);
    const std::uint64_t bits = arch.weight_word_bits();
    arch.weight_buffer_bytes = (2 * 3 * bits + 7) / 8 + 2;
    WeightBuffer buffer("weight_buffer", arch);
    REQUIRE(arch.weight_words() >= 3);
    std::vector<std::vector<std::uint64_t>> words(6, std::vector<std::uint64_t>((bits + 63) / 64));
    for (std::size_t w = 0; w < 6; ++w) {
      for (auto& field : words[w]) field = random.bits();
      buffer.tick({true, w % 3 == 2}, words[w].data(), false);
    }
    REQUIRE_FALSE(buffer.ready());
    std::size_t wrong = 0;
    for (std::size_t slot = 0; slot < 2; ++slot) {
      for (std::size_t w = 0; w < 3; ++w) {
        const std::uint32_t* packed = buffer.read(w).planes;
        for (std::size_t c = 0; c < arch.cols; ++c) {
          for (std::size_t j = 0; j < arch.lanes; ++j) {
            const std::size_t at = c * arch.lanes + j;
            const std::uint64_t expected = words[slot * 3 + w][at / 64] >> (at % 64) & 1U;
            const PlaneShape shape = plane_shape(arch.cols, arch.lanes);
            const std::size_t field = (c / 16 * shape.lane_groups + j / 16) * 8 + c % 16 / 2;
            wrong += (packed[field] >> (c % 2 * 16 + j % 16) & 1U) != expected ? 1U : 0U;
          }
        }
      }
      buffer.tick({}, nullptr, true);
    }
    REQUIRE(wrong == 0);
    REQUIRE_FALSE(buffer.full());
  }
}

TEST_CASE("out_buffer hands out every beat once, in order, under random stalls", "[sim][random]") {
  const std::uint64_t seed = 47;
  CAPTURE(seed);
  Random random(seed);
  const KernelScope kernel;
  ArchConfig arch;
  arch.postproc_lanes = 2;
  arch.out_buffer_bytes = 2 * 6 * 4 * 2;
  OutBuffer buffer("out_buffer", arch.out_words(), arch.postproc_lanes);
  std::deque<std::deque<std::int32_t>> slots;  // claimed ones, oldest first
  std::size_t full = 0;                        // of them
  std::size_t length = 0, busy_both = 0, jobs = 0, stalled = 0;
  bool filled = false;
  std::int32_t next = 0;
  bool writing = false;
  for (int cycle = 0; cycle < 6000; ++cycle) {
    CAPTURE(cycle);
    REQUIRE(buffer.claimable() == (slots.size() < 2));
    REQUIRE(buffer.valid() == (full > 0));
    REQUIRE(buffer.filled() == filled);
    busy_both += slots.size() == 2 ? 1U : 0U;
    const bool store = random.one_in(3);
    stalled += buffer.valid() && !store ? 1U : 0U;
    bool pop = false;
    if (full > 0) {
      REQUIRE(buffer.word()[0].value == slots.front().front());
      REQUIRE(buffer.last() == (slots.front().size() == 1));
      pop = store;
    }
    const bool claim = !writing && buffer.claimable() && random.one_in(2);
    const bool write = writing && random.one_in(2);
    const OutElement word[2] = {{next, 0}, {next + 1000000, 1}};
    const bool last = write && (length == 5 || random.one_in(3));
    buffer.tick(claim, write ? word : nullptr, last, store);
    filled = last;
    if (pop) {
      slots.front().pop_front();
      if (slots.front().empty()) {
        slots.pop_front();
        --full;
      }
    }
    if (write) {
      slots.back().push_back(next++);
      ++length;
      if (last) {
        ++full;
        writing = false;
      }
    }
    if (claim) {
      slots.emplace_back();
      writing = true;
      length = 0;
      ++jobs;
    }
  }
  REQUIRE(jobs > 300);
  REQUIRE(busy_both > 300);
  REQUIRE(stalled > 300);
}

TEST_CASE("tag_fifo keeps order and refuses to overflow", "[sim][negative]") {
  const KernelScope kernel;
  TagFifo fifo("tag_fifo");
  TileTag tag;
  for (std::uint32_t i = 0; i < TagFifo::kDepth; ++i) {
    REQUIRE(fifo.ready());
    tag.rows = i;
    fifo.tick(&tag, false);
  }
  REQUIRE_FALSE(fifo.ready());
  REQUIRE_THROWS_AS(fifo.tick(&tag, false), InvariantError);
  for (std::uint32_t i = 0; i < TagFifo::kDepth; ++i) {
    REQUIRE(fifo.front().rows == i);
    fifo.tick(nullptr, true);
  }
  REQUIRE_FALSE(fifo.valid());
  REQUIRE_THROWS_AS(fifo.tick(nullptr, true), InvariantError);
}

}  // namespace absim::sim
