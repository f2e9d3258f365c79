// SPDX-License-Identifier: Apache-2.0
// absim cosim-unit sdfp_shifter: accumulators requantised to 8 bits.
//   accumulator shift rounding random expected      decimal; rounding by its name
#include <fmt/format.h>

#include "sim/app/command.hpp"
#include "sim/app/cosim_units.hpp"
#include "sim/app/unit_vectors.hpp"
#include "sim/units/sdfp_shifter.hpp"
#ifdef ABSIM_WITH_RTL
#include "sim/cosim/verilated_sdfp.hpp"
#endif

namespace absim::app {
namespace {

struct Vector {
  std::size_t line = 0;
  sim::SdfpInput input;
  std::int64_t expected = 0;
};

std::vector<std::string> rounding_names() {
  std::vector<std::string> names;
  for (int r = 0; r <= static_cast<int>(models::Rounding::kStochastic); ++r) {
    names.emplace_back(models::rounding_name(static_cast<models::Rounding>(r)));
  }
  return names;
}

std::vector<Vector> read_vectors(models::IntegerRange range, const std::string& file) {
  constexpr std::int64_t kWord = std::int64_t{1} << 31;
  constexpr std::int64_t kFar = std::int64_t{1} << 62;  // any value may be expected
  const std::vector<std::string> names = rounding_names();
  std::vector<Vector> vectors;
  for_each_vector(file, [&](VectorFields& fields, std::size_t line) {
    Vector vector;
    vector.line = line;
    vector.input.accumulator =
        static_cast<std::int32_t>(fields.decimal("accumulator", -kWord, kWord - 1));
    vector.input.shift = static_cast<int>(fields.decimal("shift", -512, 511));
    vector.input.rounding = static_cast<models::Rounding>(fields.word("rounding", names));
    vector.input.random = static_cast<std::uint16_t>(fields.decimal("random", 0, 65535));
    vector.input.range = range;
    vector.expected = fields.decimal("expected", -kFar, kFar);
    fields.finish("accumulator shift rounding random expected");
    vectors.push_back(vector);
  });
  return vectors;
}

#ifdef ABSIM_WITH_RTL
bool same(const models::DfpCounters& a, const models::DfpCounters& b) {
  return a.values == b.values && a.saturated == b.saturated && a.underflowed == b.underflowed;
}

int compare(const std::vector<Vector>& vectors, const std::string& file) {
  sim::SdfpShifter systemc("sdfp_shifter");
  sim::SdfpRtl rtl;
  models::DfpCounters counters;
  UnitVerdict verdict(file);
  for (const Vector& vector : vectors) {
    const sim::SdfpInput& in = vector.input;
    const std::int32_t golden =
        models::sdfp_shift(in.accumulator, in.shift, in.rounding, in.range, in.random, &counters);
    systemc.tick(&in, false);
    const std::int32_t from_systemc = systemc.output().value;
    const std::int32_t from_rtl = rtl.run(in).value;
    if (golden == vector.expected && from_systemc == golden && from_rtl == golden) {
      verdict.agree();
      continue;
    }
    verdict.differ(vector.line, [&] {
      return fmt::format("expected {}, golden {}, SystemC {}, RTL {}", vector.expected, golden,
                         from_systemc, from_rtl);
    });
  }
  verdict.finish();
  const bool same_counters = same(systemc.counters(), counters) && same(rtl.counters(), counters);
  fmt::print(
      "sdfp_shifter: {} vectors, {} mismatches (expected = golden = SystemC = RTL); saturated {}, "
      "underflowed {}{}\n",
      verdict.vectors(), verdict.different(), counters.saturated, counters.underflowed,
      same_counters ? "" : "; counters differ");
  return same_counters ? verdict.status() : kMismatch;
}
#else
int compare(const std::vector<Vector>&, const std::string&) { refuse_without_rtl(); }
#endif

}  // namespace

int run_sdfp_shifter(const UnitParameters& given, const std::string& file) {
  check_known(given, {"range"});
  models::IntegerRange range;
  if (choice_of(given, "range", {"symmetric", "full"}, 0) == 1) range.low = -128;
  return compare(read_vectors(range, file), file);
}

}  // namespace absim::app
