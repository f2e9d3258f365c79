// SPDX-License-Identifier: Apache-2.0
// "Did you mean …": the known word nearest to a mistyped one.
#include "models/core/nearest.hpp"

#include <algorithm>

namespace absim::models {
namespace {
constexpr std::size_t kLongestWord = 100;  // longer words are never near; bounds the quadratic work
constexpr std::size_t kShortestStem = 3;   // shorter words begin too many others
}  // namespace

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

std::string nearest(const std::string& word, const std::vector<std::string>& candidates) {
  if (word.size() > kLongestWord) return {};
  std::size_t best = std::max<std::size_t>(2, word.size() / 3) + 1;
  std::string found;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kLongestWord) continue;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best && distance < std::max(word.size(), candidate.size())) {
      best = distance;
      found = candidate;
    }
  }
  if (!found.empty() || word.size() < kShortestStem) return found;
  // A word cut short, such as `latency` for `latency_cycles`, is far in edits but near in meaning.
  for (const std::string& candidate : candidates) {
    if (candidate.compare(0, word.size(), word) == 0) return candidate;
  }
  return {};
}

}  // namespace absim::models
