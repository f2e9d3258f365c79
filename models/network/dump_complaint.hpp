// SPDX-License-Identifier: Apache-2.0
// One line about one tensor of one layer, as an exception.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "models/core/error.hpp"

namespace absim::models {

/// Complains about one tensor of one layer.
class Complaint {
 public:
  Complaint(const std::string& where, const std::string& layer) : where_(where), layer_(layer) {}

  template <typename... Args>
  [[noreturn]] void operator()(const char* tensor, fmt::format_string<Args...> text,
                               Args&&... args) const {
    throw FormatError(fmt::format("{}: tensor '{}.{}': {}", where_, layer_, tensor,
                                  fmt::format(text, std::forward<Args>(args)...)));
  }
  void size(const char* tensor, std::size_t found, std::size_t allowed) const {
    if (found != allowed) (*this)(tensor, "found {} values; allowed: {}", found, allowed);
  }

 private:
  const std::string& where_;
  const std::string& layer_;
};

}  // namespace absim::models
