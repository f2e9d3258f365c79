// SPDX-License-Identifier: Apache-2.0
// Tag FIFO against a queue, with both sides stalling at random.
#include <catch2/catch.hpp>

#include <Vtag_fifo_o0.h>
#include <Vtag_fifo_o3.h>

#include <deque>

#include "tests/rtl/bits.hpp"
#include "tests/rtl/dut.hpp"
#include "tests/rtl/layer_case.hpp"

namespace absim::tests {
namespace {

Tag random_tag(Rng& rng) {
  Tag tag;
  tag.rows = static_cast<unsigned>(rng() % 256);
  tag.cols = static_cast<unsigned>(rng() % 256);
  tag.group_last = chance(rng, 50);
  tag.job_last = chance(rng, 50);
  tag.param_release = chance(rng, 50);
  tag.has_residual = chance(rng, 50);
  tag.postproc.put(0, 64, rng());
  tag.postproc.put(64, kPostprocBits - 64, rng());
  return tag;
}

TEMPLATE_TEST_CASE("tag_fifo RTL equals a queue under random pushes and pops", "[rtl][random]",
                   Vtag_fifo_o0, Vtag_fifo_o3) {
  constexpr std::size_t kDepth = 3;  // of the model under test
  Dut<TestType> dut;
  Rng rng(7);
  std::deque<Bits> queue;
  std::uint64_t full = 0, empty = 0, both = 0, wrong = 0;
  for (unsigned cycle = 0; cycle < 20000; ++cycle) {
    const unsigned percent = cycle / 1000 % 2 == 0 ? 70 : 30;  // pushes: phases full and empty
    const bool push = queue.size() < kDepth && chance(rng, percent);
    const bool pop = !queue.empty() && chance(rng, 100 - percent);
    const Bits tag = random_tag(rng).pack();
    tag.to(dut->tag_i);
    dut->push_i = push;
    dut->pop_i = pop;
    dut.settle();
    wrong += (dut->valid_o != 0) != !queue.empty();
    if (!queue.empty()) {
      const Bits found = Bits::from(dut->tag_o);
      wrong += found.get(0, 64) != queue.front().get(0, 64) ||
               found.get(64, 3) != queue.front().get(64, 3);
    }
    full += queue.size() == kDepth;
    empty += queue.empty();
    both += push && pop;
    dut.tick();
    if (pop) queue.pop_front();
    if (push) queue.push_back(tag);
  }
  REQUIRE(wrong == 0);
  REQUIRE(full > 1000);
  REQUIRE(empty > 1000);
  REQUIRE(both > 1000);
}

}  // namespace
}  // namespace absim::tests
