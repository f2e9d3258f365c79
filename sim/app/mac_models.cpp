// SPDX-License-Identifier: Apache-2.0
#include "sim/app/mac_models.hpp"

#include <fmt/format.h>

#include "sim/app/command.hpp"
#include "sim/app/cosim_units.hpp"
#include "sim/system/kernel.hpp"
#include "sim/units/float_mac.hpp"
#include "sim/units/int8_mac.hpp"

namespace absim::app {
namespace {

using sim::MacOperation;
using sim::MacUnit;

// `send` ends a cycle of the unit with an operation.
template <typename Unit, typename Send>
MacStream stream(Unit& unit, Span<const MacOperation> operations, const Send& send) {
  MacStream out;
  while (out.results.size() < operations.size()) {
    if (out.cycles < operations.size()) {
      send(operations[out.cycles]);
    } else {
      unit.tick();
    }
    ++out.cycles;
    if (unit.out_valid()) out.results.push_back(static_cast<std::uint32_t>(unit.out()));
  }
  return out;
}

}  // namespace

MacStream run_systemc_mac(MacUnit unit, Span<const MacOperation> operations) {
  const sim::KernelScope kernel;
  if (unit == MacUnit::kInt8) {
    sim::Int8Mac mac("int8_mac");
    return stream(mac, operations, [&](const MacOperation& o) {
      mac.tick(static_cast<std::int8_t>(o.a), static_cast<std::int8_t>(o.b),
               static_cast<std::int32_t>(o.c));
    });
  }
  sim::FloatMac mac("float_mac",
                    unit == MacUnit::kFp32 ? sim::FloatFormat::kFp32 : sim::FloatFormat::kBf16);
  return stream(mac, operations, [&](const MacOperation& o) { mac.tick(o.a, o.b, o.c); });
}

#ifdef ABSIM_WITH_RTL
int compare_mac(const MacComparison& what, const std::vector<MacVector>& vectors,
                const std::string& file) {
  std::vector<MacOperation> operations;
  for (const MacVector& vector : vectors) operations.push_back(vector.operation);
  const Span<const MacOperation> all(operations.data(), operations.size());
  const MacStream systemc = run_systemc_mac(what.unit, all);
  sim::MacRtl rtl(what.unit);
  const std::vector<std::uint32_t> from_rtl = rtl.run(all);
  UnitVerdict verdict(file);
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    const std::uint32_t expected = vectors[i].expected;
    const std::uint32_t golden = what.golden(operations[i]);
    if (golden == expected && systemc.results[i] == golden && from_rtl[i] == golden) {
      verdict.agree();
      continue;
    }
    verdict.differ(vectors[i].line, [&] {
      return fmt::format("expected {}, golden {}, SystemC {}, RTL {}", what.show(expected),
                         what.show(golden), what.show(systemc.results[i]), what.show(from_rtl[i]));
    });
  }
  verdict.finish();
  fmt::print(
      "{}: {} vectors, {} mismatches (expected = golden = SystemC = RTL); cycles SystemC {}, RTL "
      "{}\n",
      what.name, verdict.vectors(), verdict.different(), systemc.cycles, rtl.cycles());
  return systemc.cycles == rtl.cycles() ? verdict.status() : kMismatch;
}
#else
int compare_mac(const MacComparison&, const std::vector<MacVector>&, const std::string&) {
  refuse_without_rtl();
}
#endif

}  // namespace absim::app
