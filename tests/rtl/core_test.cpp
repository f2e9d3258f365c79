// SPDX-License-Identifier: Apache-2.0
// The RTL core alone: whole layers under random stalls on every stream.
#include <catch2/catch.hpp>

#include <set>
#include <string>

#include "models/core/error.hpp"
#include "sim/cosim/verilated_core.hpp"
#include "tests/rtl/layer_case.hpp"

namespace absim::tests {
namespace {

using sim::ArchConfig;
using sim::Buffer;
using sim::Core;
using sim::CoreInputs;
using sim::CoreOutputs;

// Offers the words of one load stream, each held until it is taken.
struct Feed {
  std::size_t next = 0;
  bool offered = false;
  std::uint64_t waits = 0;

  bool offer(Rng& rng, std::size_t words, unsigned percent) {
    offered = next < words && (offered || chance(rng, percent));
    return offered;
  }
  void advance(bool ready) {
    if (offered && !ready) ++waits;
    if (!offered || !ready) return;
    ++next;
    offered = false;
  }
};

struct RunResult {
  std::uint64_t cycles = 0;
  std::uint64_t active = 0;
  std::uint64_t waits = 0;  // offered words that were not taken at once
  std::size_t wrong = 0;
  std::string first_wrong;
  bool finished = false;
};

class Runner {
 public:
  Runner(Core& core, const Streams& streams, Rng& rng, unsigned percent)
      : core_(core), s_(streams), rng_(rng), percent_(percent) {}

  RunResult run() {
    const std::uint64_t limit = 1000 + 200 * (s_.array_cycles + s_.outs.size() + s_.acts.size());
    while (out_ < s_.outs.size() && result_.cycles < limit) cycle();
    result_.finished = out_ == s_.outs.size() && job_.next == s_.jobs.size() &&
                       act_.next == s_.acts.size() && weight_.next == s_.weights.size() &&
                       param_.next == s_.params.size() && residual_.next == s_.residuals.size();
    result_.waits = job_.waits + act_.waits + weight_.waits + param_.waits + residual_.waits;
    return result_;
  }

 private:
  void cycle() {
    const CoreOutputs& out = core_.outputs();
    CoreInputs in;
    in.job_valid = job_.offer(rng_, s_.jobs.size(), percent_);
    if (in.job_valid) in.job = &s_.jobs[job_.next];
    if (act_.offer(rng_, s_.acts.size(), percent_)) {
      const ActWord& word = s_.acts[act_.next];
      in.act_fill = {true, word.last};
      in.act_bank = word.bank;
      in.act_address = word.address;
      in.act_word = word.data.data();
    }
    if (weight_.offer(rng_, s_.weights.size(), percent_)) {
      in.weight_fill = {true, s_.weights[weight_.next].last};
      in.weight_word = s_.weights[weight_.next].data.data();
    }
    if (param_.offer(rng_, s_.params.size(), percent_)) {
      in.param_fill = {true, s_.params[param_.next].last};
      in.param_word = s_.params[param_.next].data.data();
    }
    if (residual_.offer(rng_, s_.residuals.size(), percent_)) {
      in.residual_fill = {true, s_.residuals[residual_.next].last};
      in.residual_word = s_.residuals[residual_.next].data.data();
    }
    in.out_ready = chance(rng_, percent_);
    if (out.out_valid && in.out_ready) check(out);
    job_.advance(out.job_ready);
    act_.advance(out.fill_ready[static_cast<std::size_t>(Buffer::kAct)]);
    weight_.advance(out.fill_ready[static_cast<std::size_t>(Buffer::kWeight)]);
    param_.advance(out.fill_ready[static_cast<std::size_t>(Buffer::kParam)]);
    residual_.advance(out.fill_ready[static_cast<std::size_t>(Buffer::kResidual)]);
    core_.tick(in);
    ++result_.cycles;
    if (core_.outputs().array_active) ++result_.active;
  }

  void check(const CoreOutputs& out) {
    const Word<sim::OutElement>& expected = s_.outs[out_];
    const bool same = out.out_word == expected.data && out.out_last == expected.last;
    if (!same && result_.wrong++ == 0) {
      result_.first_wrong = "beat " + std::to_string(out_) + ", lane 0: expected " +
                            std::to_string(expected.data[0].value) + ", found " +
                            std::to_string(out.out_word[0].value);
    }
    ++out_;
  }

  Core& core_;
  const Streams& s_;
  Rng& rng_;
  unsigned percent_;
  Feed job_, act_, weight_, param_, residual_;
  std::size_t out_ = 0;
  RunResult result_;
};

TEST_CASE("core RTL equals the exact convolution for random layers under random stalls",
          "[rtl][random]") {
  std::set<sim::PeKind> kinds;
  for (const ArchConfig& arch : sim::verilated_core_archs()) {
    kinds.insert(arch.pe);
    const test::PositOracle oracle({arch.posit_bits, arch.posit_es});
    const std::unique_ptr<Core> core = sim::make_verilated_core(arch);
    unsigned streamed = 0, shared = 0, strips = 0, residual = 0, second = 0, logits = 0;
    std::uint64_t waits = 0, inside = 0, outputs = 0;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      Rng rng(seed);
      const LayerCase layer = random_layer(rng, arch, &oracle);
      const std::vector<JobCase> jobs = make_jobs(layer);
      const Streams streams = make_streams(layer, jobs);
      const unsigned percent = seed % 3 == 0 ? 100 : static_cast<unsigned>(uniform(rng, 20, 95));
      const RunResult result = Runner(*core, streams, rng, percent).run();
      CAPTURE(arch.name, seed, percent, result.cycles, result.first_wrong);
      REQUIRE(result.finished);
      REQUIRE(result.wrong == 0);
      REQUIRE(result.active == streams.array_cycles);
      streamed += layer.weight_streamed;
      shared += layer.shared_kernel;
      strips += layer.strip_rows < layer.out_height;
      residual += !layer.residual.empty();
      second += layer.emits_activation;
      logits += layer.out_kind == sim::OutKind::kS32;
      for (const Word<sim::OutElement>& word : streams.outs) {
        for (const sim::OutElement& out : word.data) inside += layer.is_inside(out);
        outputs += word.data.size();
      }
      waits += result.waits;
    }
    CAPTURE(arch.name, inside, outputs);
    REQUIRE(streamed > 3);
    REQUIRE(shared > 3);
    REQUIRE(strips > 10);
    REQUIRE(residual > 10);
    REQUIRE((second > 3) == (arch.pe == sim::PeKind::kAbs));
    REQUIRE(logits > 5);
    REQUIRE(inside > outputs / 4);
    REQUIRE(waits > 1000);
  }
  REQUIRE(kinds.size() == 3);
}

}  // namespace
}  // namespace absim::tests
