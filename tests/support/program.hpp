// SPDX-License-Identifier: Apache-2.0
// Runs the real program and catches what it says.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace absim::test {

struct Outcome {
  int status = -1;  ///< exit status, or 128 + signal
  std::string out;
  std::string err;
};

/// Starts absim with its stdout and stderr in two files of `directory`, which is its working directory.
pid_t start_absim(const std::vector<std::string>& arguments, const std::string& directory);

/// Runs absim to its end.
Outcome run_absim(const std::vector<std::string>& arguments, const std::string& directory);

/// Text of a file; empty where there is none.
std::string read_text(const std::string& path);

}  // namespace absim::test
