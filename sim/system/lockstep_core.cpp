// SPDX-License-Identifier: Apache-2.0
#include "sim/system/lockstep_core.hpp"

#include <string>
#include <utility>

#include "sim/core/mismatch.hpp"

namespace absim::sim {
namespace {

constexpr const char* kBufferNames[kLoadBuffers] = {"act", "weight", "param", "residual"};

template <typename Value>
void require_equal(std::uint64_t cycle, const std::string& signal, Value expected, Value found) {
  if (expected == found) return;
  throw MismatchError("", cycle, signal, std::to_string(expected), std::to_string(found));
}

}  // namespace

LockstepCore::LockstepCore(std::unique_ptr<Core> expected, std::unique_ptr<Core> found)
    : expected_(std::move(expected)), found_(std::move(found)) {}

void LockstepCore::reset() {
  expected_->reset();
  found_->reset();
  cycle_ = 0;
  compare();
}

void LockstepCore::tick(const CoreInputs& inputs) {
  expected_->tick(inputs);
  found_->tick(inputs);
  ++cycle_;
  compare();
}

void LockstepCore::compare() const {
  const CoreOutputs& a = expected_->outputs();
  const CoreOutputs& b = found_->outputs();
  const bool same = a.job_ready == b.job_ready && a.fill_ready == b.fill_ready &&
                    a.credit == b.credit && a.out_filled == b.out_filled &&
                    a.out_valid == b.out_valid && a.array_active == b.array_active &&
                    (!a.out_valid || (a.out_last == b.out_last && a.out_word == b.out_word));
  if (same) return;
  require_equal(cycle_, "job_ready", a.job_ready, b.job_ready);
  for (std::size_t i = 0; i < kLoadBuffers; ++i) {
    const std::string name = kBufferNames[i];
    require_equal(cycle_, name + "_ready", a.fill_ready[i], b.fill_ready[i]);
    require_equal(cycle_, name + "_credit", a.credit[i], b.credit[i]);
  }
  require_equal(cycle_, "out_filled", a.out_filled, b.out_filled);
  require_equal(cycle_, "array_active", a.array_active, b.array_active);
  require_equal(cycle_, "out_valid", a.out_valid, b.out_valid);
  require_equal(cycle_, "out_last", a.out_last, b.out_last);
  require_equal(cycle_, "out_word lanes", a.out_word.size(), b.out_word.size());
  for (std::size_t j = 0; j < a.out_word.size(); ++j) {
    const std::string lane = "[" + std::to_string(j) + "]";
    require_equal(cycle_, "out_word" + lane + ".value", a.out_word[j].value, b.out_word[j].value);
    require_equal(cycle_, "out_word" + lane + ".activation", a.out_word[j].activation,
                  b.out_word[j].activation);
  }
}

}  // namespace absim::sim
