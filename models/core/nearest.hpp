// SPDX-License-Identifier: Apache-2.0
// "Did you mean …": the known word nearest to a mistyped one.
#pragma once

#include <string>
#include <vector>

namespace absim::models {

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`
/// (optimal string alignment distance).
std::size_t edit_distance(const std::string& a, const std::string& b);

/// The candidate nearest to `word`, the first of equals; empty where none is near enough to be
/// meant (more than a third of the word, and at least two edits, away) and none begins with it.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace absim::models
