// SPDX-License-Identifier: Apache-2.0
#include "sim/app/unit_vectors.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "models/core/error.hpp"
#include "models/core/yaml_tree.hpp"

namespace absim::app {
namespace {

constexpr const char* kBlanks = " \t\r";

std::uint64_t largest(unsigned bits) {
  return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

}  // namespace

bool VectorFields::empty() {
  skip_blanks();
  return at_ == rest_.size();
}

std::int64_t VectorFields::decimal(const std::string& what, std::int64_t min, std::int64_t max) {
  const std::string allowed = fmt::format("a whole number {}..{}", min, max);
  const std::string field = next(what, allowed);
  std::int64_t number = 0;
  const std::from_chars_result result =
      std::from_chars(field.data(), field.data() + field.size(), number);
  if (result.ec != std::errc{} || result.ptr != field.data() + field.size() || number < min ||
      number > max) {
    fail(what, "'" + models::printable(field) + "'", allowed);
  }
  return number;
}

std::uint64_t VectorFields::hex(const std::string& what, unsigned bits) {
  const std::string allowed = fmt::format("{} bits in hexadecimal, 0..{:x}", bits, largest(bits));
  const std::string field = next(what, allowed);
  const bool prefixed = field.size() > 2 && field[0] == '0' && (field[1] == 'x' || field[1] == 'X');
  const char* const first = field.data() + (prefixed ? 2 : 0);
  const char* const last = field.data() + field.size();
  std::uint64_t pattern = 0;
  const std::from_chars_result result = std::from_chars(first, last, pattern, 16);
  if (result.ec != std::errc{} || result.ptr != last || pattern > largest(bits)) {
    fail(what, "'" + models::printable(field) + "'", allowed);
  }
  return pattern;
}

std::size_t VectorFields::word(const std::string& what, const std::vector<std::string>& words) {
  std::string allowed;
  for (const std::string& one : words) allowed += (allowed.empty() ? "" : ", ") + one;
  const std::string field = next(what, allowed);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == field) return i;
  }
  fail(what, "'" + models::printable(field) + "'", allowed);
}

void VectorFields::finish(const std::string& allowed) {
  if (empty()) return;
  throw FormatError(fmt::format("{}: found more fields ('{}'); allowed: {}", where_,
                                models::printable(rest_.substr(at_)), allowed));
}

void VectorFields::skip_blanks() {
  at_ = rest_.find_first_not_of(kBlanks, at_);
  if (at_ == std::string::npos) at_ = rest_.size();
}

std::string VectorFields::next(const std::string& what, const std::string& allowed) {
  if (empty()) fail(what, "the end of the line", allowed);
  std::size_t end = rest_.find_first_of(kBlanks, at_);
  if (end == std::string::npos) end = rest_.size();
  const std::string field = rest_.substr(at_, end - at_);
  at_ = end;
  return field;
}

void VectorFields::fail(const std::string& what, const std::string& found,
                        const std::string& allowed) const {
  throw FormatError(fmt::format("{}: {}: found {}; allowed: {}", where_, what, found, allowed));
}

void for_each_vector(const std::string& path,
                     const std::function<void(VectorFields&, std::size_t)>& read) {
  std::ifstream in(path);
  if (!in || std::filesystem::is_directory(path)) {
    throw FormatError(path + ": found no readable file; allowed: a file of vectors");
  }
  std::size_t vectors = 0;
  std::string text;
  for (std::size_t line = 1; std::getline(in, text); ++line) {
    VectorFields fields(fmt::format("{}:{}", path, line), text.substr(0, text.find('#')));
    if (fields.empty()) continue;
    ++vectors;
    read(fields, line);
  }
  if (vectors == 0) throw FormatError(path + ": found no vectors; allowed: one a line");
}

}  // namespace absim::app
