// SPDX-License-Identifier: Apache-2.0
// Load buffer under random stalls on both sides: no word lost, repeated or mixed up between slots.
#include <catch2/catch.hpp>

#include <Vslot_buffer_d1_o0.h>
#include <Vslot_buffer_d1_o3.h>
#include <Vslot_buffer_o0.h>
#include <Vslot_buffer_o3.h>

#include <deque>
#include <string>

#include "tests/rtl/dut.hpp"
#include "tests/rtl/layer_case.hpp"

namespace absim::tests {
namespace {

struct Reached {
  std::uint64_t fill_waits = 0, use_waits = 0, releases = 0, full_length = 0, both = 0;
};

template <typename Model>
std::string run_slot_buffer(Rng& rng, unsigned depth, std::uint32_t mask, Reached& reached) {
  Dut<Model> dut;
  std::deque<std::vector<std::uint32_t>> full;  // slots the use side may see
  std::vector<std::uint32_t> filling;
  std::size_t length = 1;  // of the slot being filled
  bool offered = false, released = false;
  std::uint32_t word = 0;
  const auto fill_percent = static_cast<unsigned>(uniform(rng, 10, 100));
  const auto use_percent = static_cast<unsigned>(uniform(rng, 2, 60));
  for (std::uint64_t cycle = 0; cycle < 3000; ++cycle) {
    const std::string at = ", cycle " + std::to_string(cycle);
    if (!offered && chance(rng, fill_percent)) {
      offered = true;
      word = static_cast<std::uint32_t>(rng()) & mask;
      if (filling.empty()) length = static_cast<std::size_t>(uniform(rng, 1, depth));
    }
    dut->fill_valid_i = offered;
    sim::store_port(dut->fill_data_i, &word, sizeof word);
    dut->fill_last_i = offered && filling.size() + 1 == length;
    // The use side reads one word a cycle, at any address, and now and then releases the slot.
    const bool use = !full.empty();
    const std::size_t address = use ? rng() % full.front().size() : 0;
    const bool release = use && chance(rng, use_percent);
    dut->addr_i = static_cast<std::uint32_t>(address);
    dut->release_i = release;
    dut.settle();
    if ((dut->full_o != 0) != use) return "full" + at;
    if ((dut->fill_ready_o != 0) != (full.size() < 2)) return "fill_ready" + at;
    if ((dut->credit_o != 0) != released) return "credit" + at;
    if (use && dut->data_o != full.front()[address]) return "data" + at;
    reached.fill_waits += offered && full.size() == 2;
    reached.use_waits += !use;
    reached.releases += release;
    const bool takes = offered && full.size() < 2;
    reached.both += takes && release;
    dut.tick();
    if (release) full.pop_front();
    released = release;
    if (!takes) continue;
    offered = false;
    filling.push_back(word);
    if (filling.size() < length) continue;
    reached.full_length += length == depth;
    full.push_back(filling);
    filling.clear();
  }
  return "";
}

template <typename Model>
void check_slot_buffer(unsigned depth, std::uint32_t mask) {
  Reached reached;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    CAPTURE(depth, seed);
    REQUIRE(run_slot_buffer<Model>(rng, depth, mask, reached) == "");
  }
  REQUIRE(reached.fill_waits > 1000);
  REQUIRE(reached.use_waits > 1000);
  REQUIRE(reached.releases > 500);
  REQUIRE(reached.full_length > 50);
  REQUIRE(reached.both > 50);
}

TEST_CASE("slot_buffer RTL keeps every word under random stalls on both sides", "[rtl][random]") {
  check_slot_buffer<Vslot_buffer_o0>(11, 0xffffff);
  check_slot_buffer<Vslot_buffer_o3>(11, 0xffffff);
  check_slot_buffer<Vslot_buffer_d1_o0>(1, 0x1ff);
  check_slot_buffer<Vslot_buffer_d1_o3>(1, 0x1ff);
}

}  // namespace
}  // namespace absim::tests
