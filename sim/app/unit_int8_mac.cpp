// SPDX-License-Identifier: Apache-2.0
// absim cosim-unit int8_mac: a * b + c modulo 2^32, all decimal.
#include <limits>

#include "models/formats/float_mac.hpp"
#include "sim/app/cosim_units.hpp"
#include "sim/app/mac_models.hpp"
#include "sim/app/unit_vectors.hpp"

namespace absim::app {
namespace {

using Int32 = std::numeric_limits<std::int32_t>;

// Signed decimal as a bit pattern
std::uint32_t field(VectorFields& fields, const char* what, std::int64_t min, std::int64_t max) {
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(fields.decimal(what, min, max)));
}

MacVector read_vector(VectorFields& fields, std::size_t line) {
  MacVector vector;
  vector.line = line;
  vector.operation.a = field(fields, "a", -128, 127) & 0xffU;
  vector.operation.b = field(fields, "b", -128, 127) & 0xffU;
  vector.operation.c = field(fields, "c", Int32::min(), Int32::max());
  vector.expected = field(fields, "expected", Int32::min(), Int32::max());
  fields.finish("a b c expected");
  return vector;
}

}  // namespace

int run_int8_mac(const UnitParameters& parameters, const std::string& file) {
  check_known(parameters, {});
  std::vector<MacVector> vectors;
  for_each_vector(file, [&](VectorFields& fields, std::size_t line) {
    vectors.push_back(read_vector(fields, line));
  });
  MacComparison what;
  what.name = "int8_mac";
  what.unit = sim::MacUnit::kInt8;
  what.golden = [](const sim::MacOperation& o) {
    return static_cast<std::uint32_t>(models::int8_mac(static_cast<std::int8_t>(o.a),
                                                       static_cast<std::int8_t>(o.b),
                                                       static_cast<std::int32_t>(o.c)));
  };
  what.show = [](std::uint32_t bits) { return std::to_string(static_cast<std::int32_t>(bits)); };
  return compare_mac(what, vectors, file);
}

}  // namespace absim::app
