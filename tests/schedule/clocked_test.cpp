// SPDX-License-Identifier: Apache-2.0
// The recurrences against the clocked contract: same cycles, same events, on random layers.
#include <algorithm>
#include <array>
#include <random>

#include <catch2/catch.hpp>

#include "models/core/error.hpp"
#include "sim/schedule/plan.hpp"
#include "tests/schedule/literal_recurrence.hpp"
#include "tests/schedule/random_case.hpp"
#include "tests/support/clocked_contract.hpp"

namespace absim::tests {
namespace {

/// What the random layers met.
struct Reached {
  StallReasons reasons;
  std::uint64_t streamed = 0, resident = 0, shared_kernel = 0, channels_outer = 0, pixels_outer = 0;
  std::uint64_t several_jobs = 0, act_kept = 0, weights_kept = 0, partial_tiles = 0,
                partial_groups = 0;
  std::uint64_t progressive = 0, stationary = 0, refused = 0;
  std::array<std::uint64_t, 9> truncation{};
  std::array<std::uint64_t, 3> kinds{};

  void add(const sim::LayerPlan& plan, const sim::ArchConfig& arch, const StallReasons& r) {
    reasons.bank_conflict += r.bank_conflict;
    reasons.drain += r.drain;
    reasons.walker += r.walker;
    reasons.late_act += r.late_act;
    reasons.late_weight += r.late_weight;
    reasons.late_param += r.late_param;
    reasons.late_residual += r.late_residual;
    reasons.store += r.store;
    reasons.start += r.start;
    reasons.end += r.end;
    const sim::JobDescriptor& d = plan.jobs.front().descriptor;
    ++(d.weight_streamed ? streamed : resident);
    ++(d.stationary ? stationary : progressive);
    if (d.shared_kernel) ++shared_kernel;
    if (plan.jobs.size() > 1) {
      ++several_jobs;
      ++(plan.channels_outer ? channels_outer : pixels_outer);
      if (!d.act_release) ++act_kept;
      if (!d.weight_release) ++weights_kept;
    }
    if (d.last_rows < arch.rows) ++partial_tiles;
    if (plan.jobs.back().descriptor.last_cols < arch.cols) ++partial_groups;
    ++truncation[plan.truncation];
    ++kinds[static_cast<std::size_t>(arch.pe)];
  }
};

/// Whether a tile has fewer steps than a PE's pipeline has stages.
bool short_tile(const sim::LayerPlan& plan, const sim::ArchConfig& arch) {
  const sim::JobDescriptor& d = plan.jobs.front().descriptor;
  return std::uint64_t{d.kernel_h} * d.kernel_w * d.chunks * d.planes < arch.pe_latency();
}

void require_reached(const Reached& reached, std::uint64_t least) {
  const StallReasons& r = reached.reasons;
  for (const std::uint64_t count : {r.bank_conflict, r.drain, r.walker, r.late_act, r.late_weight,
                                    r.late_residual, r.store, r.start, r.end}) {
    CHECK(count > least);
  }
  // A job's parameters are loaded before the activations or weights that its first tile needs.
  CHECK(r.late_param == 0);
  for (const std::uint64_t count :
       {reached.streamed, reached.resident, reached.shared_kernel, reached.channels_outer,
        reached.pixels_outer, reached.several_jobs, reached.act_kept, reached.weights_kept,
        reached.partial_tiles, reached.partial_groups, reached.progressive, reached.stationary}) {
    CHECK(count > least);
  }
  CHECK(*std::min_element(reached.kinds.begin(), reached.kinds.end()) > 500);
  CHECK(*std::min_element(reached.truncation.begin() + 1, reached.truncation.end()) > least);
}

}  // namespace

TEST_CASE("time_layer gives the clocked contract's cycles and events on random layers",
          "[schedule][random]") {
  std::mt19937_64 random(20240601);
  Reached reached;
  std::uint64_t differences = 0;
  std::uint64_t unexplained = 0;
  sim::StallCycles stalls;
  unsigned cases = 0;
  unsigned most_tags = 0;
  unsigned short_tiles = 0;  // layers with tiles shorter than the latency
  unsigned two_results = 0;  // layers with two results under way
  for (unsigned i = 0; i < 6000; ++i) {
    const RandomCase c = random_case(random);
    sim::LayerPlan plan;
    try {
      plan = random_plan(random, c);
    } catch (const ConfigError&) {
      ++reached.refused;
      continue;
    }
    ++cases;
    const sim::LayerTiming fast = sim::time_layer(c.network, plan, c.arch);
    const ClockedResult clocked = run_clocked(plan, c.arch);
    most_tags = std::max(most_tags, clocked.most_tags);
    two_results += clocked.most_results == 2 ? 1U : 0U;
    short_tiles += short_tile(plan, c.arch) ? 1U : 0U;
    reached.add(plan, c.arch, clocked.reasons);
    stalls += fast.stalls;
    if (fast.stalls.total() != fast.stall_cycles() || fast.stalls.start != clocked.reasons.start ||
        fast.stalls.end != clocked.reasons.end) {
      ++unexplained;
    }
    if (fast.cycles == clocked.cycles && fast.compute_cycles == clocked.compute_cycles &&
        fast.events == clocked.events) {
      continue;
    }
    if (differences++ == 0) {
      CAPTURE(i, fast.cycles, clocked.cycles, fast.compute_cycles, clocked.compute_cycles,
              plan.jobs.size(), plan.transfers.size(), c.arch.rows, c.arch.cols, c.truncation);
      CHECK(fast.cycles == clocked.cycles);
      CHECK(fast.compute_cycles == clocked.compute_cycles);
      CHECK(fast.events == clocked.events);
    }
  }
  CAPTURE(cases, reached.refused);
  REQUIRE(differences == 0);
  REQUIRE(cases >= 2000);
  REQUIRE(reached.refused > 10);
  CHECK(unexplained == 0);
  CHECK(most_tags <= 5);
  CHECK(two_results > 100);
  CHECK(short_tiles > 20);
  for (const std::uint64_t reason :
       {stalls.start, stalls.bank_conflict, stalls.walker, stalls.act_wait, stalls.weight_wait,
        stalls.drain, stalls.residual_wait, stalls.store_wait, stalls.end}) {
    CHECK(reason > 1000);
  }
  require_reached(reached, 40);
}

TEST_CASE("closed forms give the cycles of the recurrences written out step by step",
          "[schedule][random]") {
  std::mt19937_64 random(987654321);
  std::uint64_t differences = 0;
  unsigned cases = 0;
  unsigned streamed = 0;
  std::uint64_t most_passes = 0;
  for (unsigned i = 0; i < 5000 && cases < 2000; ++i) {
    const RandomCase c = random_case(random);
    sim::LayerPlan plan;
    try {
      plan = random_plan(random, c);
    } catch (const ConfigError&) {
      continue;
    }
    if (step_count(plan) > 5000 || plan.transfers.size() > 300) continue;
    ++cases;
    if (plan.jobs.front().descriptor.weight_streamed) ++streamed;
    const sim::LayerTiming fast = sim::time_layer(c.network, plan, c.arch);
    const LiteralResult literal = literal_recurrence(plan, c.arch);
    most_passes = std::max(most_passes, literal.passes);
    if (fast.cycles == literal.cycles && fast.compute_cycles == literal.compute_cycles) continue;
    if (differences++ == 0) {
      CAPTURE(i, plan.jobs.size(), plan.transfers.size(), c.truncation);
      CHECK(fast.cycles == literal.cycles);
      CHECK(fast.compute_cycles == literal.compute_cycles);
    }
  }
  REQUIRE(differences == 0);
  REQUIRE(cases == 2000);
  CHECK(streamed > 100);
  CHECK(most_passes > 10);
}

}  // namespace absim::tests
