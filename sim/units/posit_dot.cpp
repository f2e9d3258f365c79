// SPDX-License-Identifier: Apache-2.0
#include "sim/units/posit_dot.hpp"

namespace absim::sim {
namespace {

models::PositWindowConfig window_of(models::PositFormat format, PositAccumulate accumulate,
                                    models::PositWindowConfig window) {
  if (accumulate == PositAccumulate::kWindow) return window;
  window.low = -2 * format.max_exponent();  // unused: anything inside the quire
  window.high = window.low + 1;
  return window;
}

}  // namespace

PositDot::PositDot(models::PositFormat format, PositAccumulate accumulate,
                   models::PositWindowConfig window, models::PositMode mode)
    : format_(format),
      accumulate_(accumulate),
      mode_(mode),
      quire_(format),
      window_(format, window_of(format, accumulate, window)) {}

void PositDot::tick(const PositPair& pair) {
  valid_ = ended_;
  if (ended_) code_ = rounded();
  const PositPair& oldest = stages_.back();
  ended_ = oldest.valid && oldest.last;
  if (oldest.valid) accumulate(oldest);
  stages_[2] = stages_[1];
  stages_[1] = stages_[0];
  stages_[0] = pair;
}

void PositDot::accumulate(const PositPair& pair) {
  switch (accumulate_) {
    case PositAccumulate::kQuire:
      if (pair.first) quire_.clear();
      quire_.add_product(pair.a, pair.b);
      return;
    case PositAccumulate::kWindow:
      if (pair.first) window_.clear();
      window_.add_product(pair.a, pair.b);
      return;
    case PositAccumulate::kChain:
      if (pair.first) chain_ = 0;
      chain_ = models::posit_fma(format_, pair.a, pair.b, chain_, mode_);
      return;
  }
}

models::PositCode PositDot::rounded() const {
  switch (accumulate_) {
    case PositAccumulate::kQuire:
      return quire_.read(0, mode_);
    case PositAccumulate::kWindow:
      return window_.read(mode_);
    case PositAccumulate::kChain:
      break;
  }
  return chain_;
}

void PositDot::reset() {
  quire_.clear();
  window_.clear();
  chain_ = 0;
  stages_ = {};
  ended_ = valid_ = false;
  code_ = 0;
}

}  // namespace absim::sim
