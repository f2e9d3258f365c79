// SPDX-License-Identifier: Apache-2.0
#include "sim/app/pe_vectors.hpp"

#include <fmt/format.h>

#include "sim/app/unit_vectors.hpp"

namespace absim::app {
namespace {

PeVector read_vector(VectorFields& fields, std::size_t line, bool signed_activations) {
  PeVector vector;
  vector.line = line;
  vector.truncation = static_cast<unsigned>(fields.decimal("t", 1, 8));
  const auto count = static_cast<std::size_t>(fields.decimal("K", 1, kMaxProducts));
  for (std::size_t k = 1; k <= count; ++k) {
    vector.activations.push_back(static_cast<std::int32_t>(fields.decimal(
        fmt::format("a_{}", k), signed_activations ? -128 : 0, signed_activations ? 127 : 255)));
  }
  for (std::size_t k = 1; k <= count; ++k) {
    vector.codes.push_back(
        static_cast<std::uint8_t>(fields.decimal(fmt::format("w_{}", k), 0, 255)));
  }
  constexpr std::int64_t kFar = std::int64_t{1} << 62;  // any value may be expected
  vector.expected = fields.decimal("expected", -kFar, kFar);
  fields.finish("t K, K activations, K weights, the expected value");
  return vector;
}

}  // namespace

std::vector<PeVector> read_pe_vectors(const std::string& path, bool signed_activations) {
  std::vector<PeVector> vectors;
  for_each_vector(path, [&](VectorFields& fields, std::size_t line) {
    vectors.push_back(read_vector(fields, line, signed_activations));
  });
  return vectors;
}

}  // namespace absim::app
