// SPDX-License-Identifier: Apache-2.0
#include "sim/app/pe_vectors.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "models/core/error.hpp"
#include "models/core/yaml_tree.hpp"

namespace absim::app {
namespace {

/// The fields of one line, read one after the other.
class Fields {
 public:
  Fields(std::string where, const std::string& text) : where_(std::move(where)), rest_(text) {}

  [[nodiscard]] bool empty() {
    skip_blanks();
    return at_ == rest_.size();
  }
  std::int64_t next(const std::string& what, std::int64_t min, std::int64_t max) {
    if (empty()) fail("found the end of the line", what, min, max);
    std::size_t end = rest_.find_first_of(" \t\r", at_);
    if (end == std::string::npos) end = rest_.size();
    const std::string field = rest_.substr(at_, end - at_);
    at_ = end;
    std::int64_t number = 0;
    const std::from_chars_result result =
        std::from_chars(field.data(), field.data() + field.size(), number);
    if (result.ec != std::errc{} || result.ptr != field.data() + field.size() || number < min ||
        number > max) {
      fail("found '" + models::printable(field) + "'", what, min, max);
    }
    return number;
  }
  void finish() {
    if (empty()) return;
    throw FormatError(fmt::format("{}: found more fields ('{}'); allowed: t K, K activations, K "
                                  "weights, the expected value",
                                  where_, models::printable(rest_.substr(at_))));
  }

 private:
  void skip_blanks() {
    at_ = rest_.find_first_not_of(" \t\r", at_);
    if (at_ == std::string::npos) at_ = rest_.size();
  }
  [[noreturn]] void fail(const std::string& found, const std::string& what, std::int64_t min,
                         std::int64_t max) {
    throw FormatError(fmt::format("{}: {}: {}; allowed: a whole number {}..{}", where_, what, found,
                                  min, max));
  }

  std::string where_;
  std::string rest_;
  std::size_t at_ = 0;
};

PeVector read_vector(Fields& fields, std::size_t line, bool signed_activations) {
  PeVector vector;
  vector.line = line;
  vector.truncation = static_cast<unsigned>(fields.next("t", 1, 8));
  const auto count = static_cast<std::size_t>(fields.next("K", 1, kMaxProducts));
  for (std::size_t k = 1; k <= count; ++k) {
    vector.activations.push_back(static_cast<std::int32_t>(
        fields.next(fmt::format("a_{}", k), signed_activations ? -128 : 0,
                    signed_activations ? 127 : 255)));
  }
  for (std::size_t k = 1; k <= count; ++k) {
    vector.codes.push_back(
        static_cast<std::uint8_t>(fields.next(fmt::format("w_{}", k), 0, 255)));
  }
  constexpr std::int64_t kFar = std::int64_t{1} << 62;  // any value may be expected
  vector.expected = fields.next("expected", -kFar, kFar);
  fields.finish();
  return vector;
}

}  // namespace

std::vector<PeVector> read_pe_vectors(const std::string& path, bool signed_activations) {
  std::ifstream in(path);
  if (!in || std::filesystem::is_directory(path)) {
    throw FormatError(path + ": found no readable file; allowed: a file of vectors");
  }
  std::vector<PeVector> vectors;
  std::string text;
  for (std::size_t line = 1; std::getline(in, text); ++line) {
    Fields fields(fmt::format("{}:{}", path, line), text.substr(0, text.find('#')));
    if (!fields.empty()) vectors.push_back(read_vector(fields, line, signed_activations));
  }
  if (vectors.empty()) throw FormatError(path + ": found no vectors; allowed: one a line");
  return vectors;
}

}  // namespace absim::app
