// SPDX-License-Identifier: Apache-2.0
#include "models/core/parallel.hpp"

#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>

#include "models/core/error.hpp"

namespace absim {

void parallel_chunks(std::size_t count, std::size_t grain, unsigned threads,
                     const std::function<void(std::size_t begin, std::size_t end)>& body) {
  ABSIM_CHECK(grain > 0, "a chunk holds at least one element");
  const std::size_t chunks = (count + grain - 1) / grain;
  const auto run_chunk = [&](std::size_t chunk) {
    const std::size_t begin = chunk * grain;
    body(begin, std::min(count, begin + grain));
  };
  if (threads == 1 || chunks <= 1) {
    for (std::size_t chunk = 0; chunk < chunks; ++chunk) run_chunk(chunk);
    return;
  }
  // More threads than cores would not help, and the library complains on stderr.
  const int cores = tbb::info::default_concurrency();
  tbb::task_arena arena(threads == 0 ? cores : std::min(cores, static_cast<int>(threads)));
  arena.execute([&] { tbb::parallel_for(std::size_t{0}, chunks, run_chunk); });
}

}  // namespace absim
