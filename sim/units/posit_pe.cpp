// SPDX-License-Identifier: Apache-2.0
#include "sim/units/posit_pe.hpp"

#include <algorithm>

#include "models/core/error.hpp"

namespace absim::sim {

PositPe::PositPe(models::PositFormat format, std::size_t lanes) : accumulator_(format) {
  for (Word& word : stages_) {
    word.acts.resize(lanes);
    word.weights.resize(lanes);
  }
}

void PositPe::tick(bool clear, Span<const models::PositCode> acts,
                   Span<const models::PositCode> weights) {
  Word& word = stages_[next_];
  next_ = (next_ + 1) % stages_.size();
  if (word.valid) {  // in stage 3 until now
    if (word.clear) accumulator_.clear();
    for (std::size_t j = 0; j < word.acts.size(); ++j) {
      accumulator_.add_product(word.acts[j], word.weights[j]);
    }
  }
  word.valid = acts.size() != 0;
  if (!word.valid) return;
  ABSIM_CHECK(acts.size() == word.acts.size() && weights.size() == word.weights.size(),
              "posit_pe: a word has one code a lane");
  word.clear = clear;
  std::copy(acts.begin(), acts.end(), word.acts.begin());
  std::copy(weights.begin(), weights.end(), word.weights.begin());
}

void PositPe::reset() {
  accumulator_.clear();
  for (Word& word : stages_) word.valid = false;
}

}  // namespace absim::sim
