// SPDX-License-Identifier: Apache-2.0
// Vector files of `absim cosim-unit`: text, one vector a line, fields separated by blanks; `#`
// starts a comment, empty lines are skipped, a carriage return at the end of a line counts as
// blank.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace absim::app {

/// The fields of one line, read one after the other. Every reader throws FormatError
/// `file:line: what: found; allowed` for a field that is missing or bad.
class VectorFields {
 public:
  VectorFields(std::string where, std::string text)
      : where_(std::move(where)), rest_(std::move(text)) {}

  [[nodiscard]] bool empty();
  /// A decimal number, min..max.
  std::int64_t decimal(const std::string& what, std::int64_t min, std::int64_t max);
  /// A pattern of at most `bits` bits in hexadecimal, with or without 0x; bits: 1..64.
  std::uint64_t hex(const std::string& what, unsigned bits);
  /// One of the words; returns its position.
  std::size_t word(const std::string& what, const std::vector<std::string>& words);
  /// Refuses further fields; `allowed` describes a whole line.
  void finish(const std::string& allowed);

 private:
  void skip_blanks();
  std::string next(const std::string& what, const std::string& allowed);
  [[noreturn]] void fail(const std::string& what, const std::string& found,
                         const std::string& allowed) const;

  std::string where_;
  std::string rest_;
  std::size_t at_ = 0;
};

/// Calls `read(fields, line)` for every line that holds a vector. Throws FormatError for a file
/// that cannot be read and for one without vectors.
void for_each_vector(const std::string& path,
                     const std::function<void(VectorFields&, std::size_t)>& read);

}  // namespace absim::app
