// SPDX-License-Identifier: Apache-2.0
// Tasks in processes of their own: the SystemC library has one kernel a process.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace absim::sim {

/// Calls task(0) .. task(count - 1), each in a forked process, at most `jobs` at a time, and returns what
/// they returned. `done(n)` is called here several times a second with the number of tasks that have
/// ended. The failure of the lowest-numbered task is thrown again here with its type (Error,
/// MismatchError, or std::runtime_error for anything else); after a failure no further task is started.
/// Must be called before the process has threads.
std::vector<std::string> run_in_processes(std::size_t count, unsigned jobs,
                                          const std::function<std::string(std::size_t)>& task,
                                          const std::function<void(std::size_t)>& done = {});

}  // namespace absim::sim
