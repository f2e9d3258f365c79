// SPDX-License-Identifier: Apache-2.0
// absim cosim-unit posit_decoder: the fields of posit codes.
//   code sign regime exponent fraction      code and fraction in hexadecimal, the others decimal
//   code zero | code nar
// fraction: left-aligned in max(0, n - 3 - es) bits, as the datapath has it.
#include <fmt/format.h>

#include <algorithm>

#include "sim/app/command.hpp"
#include "sim/app/cosim_units.hpp"
#include "sim/app/posit_text.hpp"
#include "sim/app/unit_vectors.hpp"
#include "sim/units/posit_decoder.hpp"
#ifdef ABSIM_WITH_RTL
#include "sim/cosim/verilated_posit.hpp"
#endif

namespace absim::app {
namespace {

struct Vector {
  std::size_t line = 0;
  models::PositCode code = 0;
  sim::PositFields expected;
};

std::vector<Vector> read_vectors(models::PositFormat format, const std::string& file) {
  std::vector<Vector> vectors;
  const auto n = static_cast<int>(format.n);
  const unsigned fraction_bits = sim::posit_fraction_bits(format);
  for_each_vector(file, [&](VectorFields& fields, std::size_t line) {
    Vector vector;
    vector.line = line;
    vector.code = static_cast<models::PositCode>(fields.hex("code", format.n));
    const std::size_t kind = fields.word("sign", {"0", "1", "zero", "nar"});
    vector.expected.zero = kind == 2;
    vector.expected.nar = kind == 3;
    if (kind < 2) {
      vector.expected.sign = kind == 1;
      const std::int64_t regime = fields.decimal("regime", 1 - n, n - 2);
      const std::int64_t exponent = fields.decimal("exponent", 0, (1 << format.es) - 1);
      const std::uint64_t fraction = fields.hex("fraction", std::max(1U, fraction_bits));
      vector.expected.exponent = static_cast<int>(regime * (1 << format.es) + exponent);
      vector.expected.significand = static_cast<std::uint32_t>(fraction) | 1U << fraction_bits;
    }
    fields.finish("code sign regime exponent fraction, or code zero, or code nar");
    vectors.push_back(vector);
  });
  return vectors;
}

#ifdef ABSIM_WITH_RTL
std::string fields_text(models::PositFormat format, const sim::PositFields& fields) {
  if (fields.zero) return "zero";
  if (fields.nar) return "NaR";
  const int steps = 1 << format.es;
  const int exponent = ((fields.exponent % steps) + steps) % steps;
  const unsigned bits = sim::posit_fraction_bits(format);
  return fmt::format("sign {}, regime {}, exponent {}, fraction {:0{}b}", fields.sign ? 1 : 0,
                     (fields.exponent - exponent) / steps, exponent,
                     fields.significand & ((1U << bits) - 1U), std::max(1U, bits));
}

int compare(models::PositFormat format, const std::string& file) {
  sim::PositRtl rtl(format);
  UnitVerdict verdict(file);
  for (const Vector& vector : read_vectors(format, file)) {
    // The golden fields are those of the word; the SystemC twin aligns them.
    const models::PositValue golden = models::decode_posit(format, vector.code);
    const sim::PositFields systemc = sim::decode_fields(format, vector.code);
    const sim::PositFields from_rtl = rtl.decode(vector.code);
    const bool same_golden = golden.kind != models::PositKind::kFinite
                                 ? systemc.zero == (golden.kind == models::PositKind::kZero) &&
                                       systemc.nar == (golden.kind == models::PositKind::kNaR)
                                 : systemc.exponent == golden.regime * (1 << format.es) +
                                                           static_cast<int>(golden.exponent_field);
    if (same_golden && systemc == vector.expected && from_rtl == systemc) {
      verdict.agree();
      continue;
    }
    verdict.differ(vector.line, [&] {
      return fmt::format("\n  code     {}\n  expected {}\n  SystemC  {}\n  RTL      {}",
                         posit_text(format, vector.code), fields_text(format, vector.expected),
                         fields_text(format, systemc), fields_text(format, from_rtl));
    });
  }
  verdict.finish();
  fmt::print("posit_decoder, {}: {} vectors, {} mismatches (expected = golden = SystemC = RTL)\n",
             models::posit_name(format), verdict.vectors(), verdict.different());
  return verdict.status();
}
#else
int compare(models::PositFormat format, const std::string& file) {
  read_vectors(format, file);
  refuse_without_rtl();
}
#endif

}  // namespace

int run_posit_decoder(const UnitParameters& given, const std::string& file) {
  check_known(given, {"n", "es"});
  return compare(posit_format_of(given), file);
}

}  // namespace absim::app
