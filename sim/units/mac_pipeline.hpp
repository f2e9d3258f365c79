// SPDX-License-Identifier: Apache-2.0
// What the multiply-accumulate units share: one operation or bubble a cycle goes in and comes out
// kStages cycles later.
#pragma once

#include <array>
#include <cstddef>

namespace absim::sim {

template <typename Result, std::size_t kStages>
class MacPipeline {
 public:
  /// Of the operation in the last stage.
  [[nodiscard]] bool out_valid() const { return stages_[at_].valid; }
  [[nodiscard]] Result out() const { return stages_[at_].result; }

  /// Ends a cycle in which an operation with this result went in.
  void send(Result result) { shift({true, result}); }
  /// Ends a cycle without one: as in the RTL, the last result stays on the output.
  void bubble() { shift({false, Result{}}); }
  void reset() { stages_ = {}; }

 private:
  struct Stage {
    bool valid = false;
    Result result{};
  };
  void shift(const Stage& stage) {
    const Result held = stages_[at_].result;
    stages_[at_] = stage;
    at_ = (at_ + 1) % kStages;
    if (!stages_[at_].valid) stages_[at_].result = held;
  }

  std::array<Stage, kStages> stages_{};  // the last stage is at at_
  std::size_t at_ = 0;
};

}  // namespace absim::sim
