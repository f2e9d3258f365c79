// SPDX-License-Identifier: Apache-2.0
// Two cores with the same inputs: every output is compared in every cycle. The first is the
// reference and the one whose outputs the system sees.
#pragma once

#include <cstdint>
#include <memory>

#include "sim/core/core_ports.hpp"

namespace absim::sim {

class LockstepCore : public Core {
 public:
  LockstepCore(std::unique_ptr<Core> expected, std::unique_ptr<Core> found);

  void reset() override;
  [[nodiscard]] const CoreOutputs& outputs() const override { return expected_->outputs(); }
  /// Throws MismatchError (without a layer; cycle counted from reset) at the first difference.
  void tick(const CoreInputs& inputs) override;

 private:
  void compare() const;

  std::unique_ptr<Core> expected_;
  std::unique_ptr<Core> found_;
  std::uint64_t cycle_ = 0;
};

}  // namespace absim::sim
