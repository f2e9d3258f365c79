// SPDX-License-Identifier: Apache-2.0
// The comparison itself: a core that differs in one output in one cycle is found, named and placed.
#include "sim/system/lockstep_core.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <string>

#include "sim/core/mismatch.hpp"
#include "sim/system/run_network.hpp"
#include "tests/support/systemc_cases.hpp"
#include "tests/support/test_networks.hpp"

namespace absim::sim {
namespace {

using Change = std::function<void(CoreOutputs&)>;

/// A SystemC core whose outputs are changed in one cycle, or in the first one after it with a word.
class ChangedCore : public Core {
 public:
  ChangedCore(const ArchConfig& arch, std::uint64_t cycle, bool needs_word, Change change)
      : core_("changed", arch),
        target_(cycle),
        needs_word_(needs_word),
        change_(std::move(change)) {
    reset();
  }
  void reset() override {
    core_.reset();
    outputs_ = core_.outputs();
    cycle_ = 0;
  }
  [[nodiscard]] const CoreOutputs& outputs() const override { return outputs_; }
  void tick(const CoreInputs& inputs) override {
    core_.tick(inputs);
    outputs_ = core_.outputs();
    if (++cycle_ < target_ || done_ || (needs_word_ && !outputs_.out_valid)) return;
    done_ = true;
    change_(outputs_);
  }

 private:
  SystemCCore core_;
  CoreOutputs outputs_;
  std::uint64_t cycle_ = 0;
  std::uint64_t target_;
  bool needs_word_;
  bool done_ = false;
  Change change_;
};

MismatchError find_mismatch(std::uint64_t cycle, bool needs_word, const Change& change) {
  const auto network = test::make_awkward_network(1, models::WeightFormat::kBwb);
  const ArchConfig arch =
      test::make_arch(0, test::BufferSize::kTiny, test::DramSpeed::kFast, PlaneOrder::kProgressive);
  try {
    (void)run_network(network, 1, arch, test::random_image(network, 1), CycleFidelity::kLockstep,
                      [&](const ArchConfig& a) {
                        return std::make_unique<ChangedCore>(a, cycle, needs_word, change);
                      });
  } catch (const MismatchError& e) {
    return e;
  }
  FAIL("no mismatch found");
  return {"", 0, "", "", ""};
}

}  // namespace

TEST_CASE("lock-step finds a change of any single output and says where", "[sim][negative]") {
  struct Row {
    std::string signal;
    bool needs_word;
    Change change;
  };
  const Row rows[] = {
      {"job_ready", false, [](CoreOutputs& o) { o.job_ready = !o.job_ready; }},
      {"act_ready", false, [](CoreOutputs& o) { o.fill_ready[0] = !o.fill_ready[0]; }},
      {"weight_ready", false, [](CoreOutputs& o) { o.fill_ready[1] = !o.fill_ready[1]; }},
      {"param_ready", false, [](CoreOutputs& o) { o.fill_ready[2] = !o.fill_ready[2]; }},
      {"residual_ready", false, [](CoreOutputs& o) { o.fill_ready[3] = !o.fill_ready[3]; }},
      {"act_credit", false, [](CoreOutputs& o) { o.credit[0] = !o.credit[0]; }},
      {"residual_credit", false, [](CoreOutputs& o) { o.credit[3] = !o.credit[3]; }},
      {"out_filled", false, [](CoreOutputs& o) { o.out_filled = !o.out_filled; }},
      {"array_active", false, [](CoreOutputs& o) { o.array_active = !o.array_active; }},
      {"out_valid", false, [](CoreOutputs& o) { o.out_valid = !o.out_valid; }},
      {"out_last", true, [](CoreOutputs& o) { o.out_last = !o.out_last; }},
      {"out_word[3].value", true, [](CoreOutputs& o) { o.out_word[3].value ^= 1; }},
      {"out_word[7].activation", true, [](CoreOutputs& o) { o.out_word[7].activation ^= 1; }},
  };
  for (const Row& row : rows) {
    const MismatchError e = find_mismatch(60, row.needs_word, row.change);
    CAPTURE(row.signal, e.what());
    REQUIRE(e.signal() == row.signal);
    REQUIRE(e.layer() == "stem");
    if (!row.needs_word) REQUIRE(e.cycle() == 60);
    REQUIRE(e.expected() != e.found());
  }
}

TEST_CASE("a mismatch in a later layer counts cycles from that layer's start", "[sim][negative]") {
  const auto network = test::make_awkward_network(1, models::WeightFormat::kBwb);
  const ArchConfig arch =
      test::make_arch(0, test::BufferSize::kTiny, test::DramSpeed::kFast, PlaneOrder::kProgressive);
  const std::uint64_t stem = time_layer(network, plan_layer(network, 0, 1, arch), arch).cycles;
  const MismatchError e =
      find_mismatch(stem + 17, false, [](CoreOutputs& o) { o.job_ready = !o.job_ready; });
  REQUIRE(e.layer() == "identity");
  REQUIRE(e.cycle() == 17);
  REQUIRE(std::string(e.what()).find("layer identity, cycle 17: job_ready: expected") == 0);
}

}  // namespace absim::sim
