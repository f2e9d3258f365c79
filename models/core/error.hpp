// SPDX-License-Identifier: Apache-2.0
// Typed errors. The program's main turns Error into exit status 2, anything else into 3.
#pragma once

#include <stdexcept>
#include <string>

namespace absim {

/// Wrong usage, configuration or input. The text is one line: `where: what was found; what is allowed`.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A YAML configuration that cannot be used: `file:line:column: key: found; allowed`.
class ConfigError : public Error {
 public:
  using Error::Error;
};

/// A data file (dump, weights, images, vectors) that cannot be used: `file: tensor: found; allowed`.
class FormatError : public Error {
 public:
  using Error::Error;
};

/// A fault of the program itself, found by ABSIM_CHECK; never caused by input.
class InvariantError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

namespace detail {
[[noreturn]] inline void fail_check(const char* condition, const char* file, int line,
                                    const std::string& message) {
  throw InvariantError(std::string(file) + ":" + std::to_string(line) + ": " + message + " (" +
                       condition + ")");
}
}  // namespace detail

}  // namespace absim

/// Checks an invariant, in release builds too.
#define ABSIM_CHECK(condition, message)                                              \
  do {                                                                               \
    if (!(condition)) ::absim::detail::fail_check(#condition, __FILE__, __LINE__, (message)); \
  } while (false)
