// SPDX-License-Identifier: Apache-2.0
// Out buffer under random stalls of the drain and of the store stream: every beat leaves once, in
// order, and busy, full and the filled pulse change in the contract's cycles.
#include <catch2/catch.hpp>

#include <Vout_buffer_o0.h>
#include <Vout_buffer_o3.h>

#include <deque>
#include <string>

#include "tests/rtl/dut.hpp"
#include "tests/rtl/layer_case.hpp"

namespace absim::tests {
namespace {

constexpr unsigned kDepth = 7;

struct Reached {
  std::uint64_t store_waits = 0, drain_waits = 0, both_full = 0, full_length = 0, slots = 0;
};

template <typename Model>
std::string run_out_buffer(Rng& rng, Reached& reached) {
  Dut<Model> dut;
  std::deque<std::size_t> claimed;              // lengths of claimed slots that are still written
  std::deque<std::vector<std::uint32_t>> full;  // slots the store stream may see
  std::vector<std::uint32_t> writing;
  std::size_t read = 0, busy = 0;
  bool filled = false;
  const auto claim_percent = static_cast<unsigned>(uniform(rng, 5, 100));
  const auto write_percent = static_cast<unsigned>(uniform(rng, 10, 100));
  const auto store_percent = static_cast<unsigned>(uniform(rng, 10, 100));
  for (std::uint64_t cycle = 0; cycle < 3000; ++cycle) {
    const std::string at = ", cycle " + std::to_string(cycle);
    const bool claim = busy < 2 && chance(rng, claim_percent);
    const bool write = !claimed.empty() && chance(rng, write_percent);
    const auto word = static_cast<std::uint32_t>(rng() & 0xfffff);
    const bool last = write && writing.size() + 1 == claimed.front();
    const bool ready = chance(rng, store_percent);
    dut->claim_i = claim;
    dut->valid_i = write;
    dut->last_i = last;
    dut->data_i = word;
    dut->out_ready_i = ready;
    dut.settle();
    const bool valid = !full.empty();
    if ((dut->busy_o != 0) != (busy == 2)) return "busy" + at;
    if ((dut->out_valid_o != 0) != valid) return "out_valid" + at;
    if ((dut->filled_o != 0) != filled) return "filled" + at;
    if (valid && dut->out_data_o != full.front()[read]) return "out_data" + at;
    if (valid && (dut->out_last_o != 0) != (read + 1 == full.front().size()))
      return "out_last" + at;
    reached.store_waits += valid && !ready;
    reached.drain_waits += busy == 2;
    reached.both_full += full.size() == 2;
    dut.tick();
    if (valid && ready && ++read == full.front().size()) {
      full.pop_front();
      read = 0;
      --busy;
    }
    filled = last;
    if (write) writing.push_back(word);
    if (last) {
      reached.full_length += writing.size() == kDepth;
      ++reached.slots;
      full.push_back(writing);
      writing.clear();
      claimed.pop_front();
    }
    if (claim) {
      claimed.push_back(static_cast<std::size_t>(uniform(rng, 1, kDepth)));
      ++busy;
    }
  }
  return "";
}

TEMPLATE_TEST_CASE("out_buffer RTL keeps every beat under random stalls on both sides",
                   "[rtl][random]", Vout_buffer_o0, Vout_buffer_o3) {
  Reached reached;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    Rng rng(seed);
    CAPTURE(seed);
    REQUIRE(run_out_buffer<TestType>(rng, reached) == "");
  }
  REQUIRE(reached.store_waits > 1000);
  REQUIRE(reached.drain_waits > 1000);
  REQUIRE(reached.both_full > 500);
  REQUIRE(reached.full_length > 100);
  REQUIRE(reached.slots > 1000);
}

}  // namespace
}  // namespace absim::tests
