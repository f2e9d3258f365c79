// SPDX-License-Identifier: Apache-2.0
// One parallel loop over independent chunks.
#pragma once

#include <cstddef>
#include <functional>

namespace absim {

/// Calls body(begin, end) on disjoint chunks of at most `grain` elements that cover [0, count), on
/// `threads` threads (0: all cores). Chunk borders do not depend on `threads`. The first exception
/// is thrown again here.
void parallel_chunks(std::size_t count, std::size_t grain, unsigned threads,
                     const std::function<void(std::size_t begin, std::size_t end)>& body);

}  // namespace absim
