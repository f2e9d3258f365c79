// SPDX-License-Identifier: Apache-2.0
// absim cosim-unit fp32_mac and bf16_mac: round(a * b + c), all bit patterns in hexadecimal.
#include <cstring>

#include <fmt/format.h>

#include "models/formats/float_mac.hpp"
#include "sim/app/cosim_units.hpp"
#include "sim/app/mac_models.hpp"
#include "sim/app/unit_vectors.hpp"

namespace absim::app {
namespace {

// Pattern, binary fields sign_exponent_fraction, and value
std::string show_fp32(std::uint32_t bits) {
  float value = 0;
  static_assert(sizeof value == sizeof bits, "binary32");
  std::memcpy(&value, &bits, sizeof value);
  return fmt::format("{:08x} ({:b}_{:08b}_{:023b} = {:.9g})", bits, bits >> 31, bits >> 23 & 0xffU,
                     bits & 0x7fffffU, value);
}

int run(const MacComparison& what, unsigned bits, const UnitParameters& parameters,
        const std::string& file) {
  check_known(parameters, {});
  std::vector<MacVector> vectors;
  for_each_vector(file, [&](VectorFields& fields, std::size_t line) {
    MacVector vector;
    vector.line = line;
    vector.operation.a = static_cast<std::uint32_t>(fields.hex("a", bits));
    vector.operation.b = static_cast<std::uint32_t>(fields.hex("b", bits));
    vector.operation.c = static_cast<std::uint32_t>(fields.hex("c", 32));
    vector.expected = static_cast<std::uint32_t>(fields.hex("expected", 32));
    fields.finish("a b c expected");
    vectors.push_back(vector);
  });
  return compare_mac(what, vectors, file);
}

}  // namespace

int run_fp32_mac(const UnitParameters& parameters, const std::string& file) {
  const auto golden = [](const sim::MacOperation& o) { return models::fp32_mac(o.a, o.b, o.c); };
  return run({"fp32_mac", sim::MacUnit::kFp32, golden, show_fp32}, 32, parameters, file);
}

int run_bf16_mac(const UnitParameters& parameters, const std::string& file) {
  const auto golden = [](const sim::MacOperation& o) {
    return models::bf16_mac(static_cast<std::uint16_t>(o.a), static_cast<std::uint16_t>(o.b), o.c);
  };
  return run({"bf16_mac", sim::MacUnit::kBf16, golden, show_fp32}, 16, parameters, file);
}

}  // namespace absim::app
