// SPDX-License-Identifier: Apache-2.0
// absim cosim-unit abs_pe: dot products through the bit-serial PE.
#include <fmt/format.h>

#include "sim/app/command.hpp"
#include "sim/app/cosim_units.hpp"
#include "sim/app/pe_models.hpp"
#include "sim/core/arch_keys.hpp"
#ifdef ABSIM_WITH_RTL
#include "sim/cosim/verilated_abs_pe.hpp"
#endif

namespace absim::app {
namespace {

PeParameters pe_parameters(const UnitParameters& given) {
  check_known(given, {"encoding", "activations", "order", "lanes"});
  PeParameters parameters;
  parameters.format = choice_of(given, "encoding", {"bwb", "twos_complement"}, 0) == 0
                          ? models::WeightFormat::kBwb
                          : models::WeightFormat::kTwosComplement;
  parameters.act_signed = choice_of(given, "activations", {"unsigned", "signed"}, 0) == 1;
  parameters.order = choice_of(given, "order", {"progressive", "stationary"}, 0) == 0
                         ? sim::PlaneOrder::kProgressive
                         : sim::PlaneOrder::kStationary;
  parameters.lanes = static_cast<unsigned>(number_of(given, "lanes", 1, 255, parameters.lanes));
  return parameters;
}

#ifdef ABSIM_WITH_RTL
int compare(const PeParameters& parameters, const std::vector<PeVector>& vectors,
            const std::string& file) {
  SystemCPe systemc(parameters);
  sim::AbsPeRtl rtl(parameters.lanes);
  UnitVerdict verdict(file);
  for (const PeVector& vector : vectors) {
    const std::int64_t golden = golden_pe(parameters, vector);
    const std::int32_t from_systemc = systemc.run(vector);
    const std::int32_t from_rtl =
        rtl.run(parameters.format, parameters.order, parameters.act_signed, models::kMaxWeightBits,
                vector.truncation, activation_bits(vector), vector.codes);
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
  fmt::print(
      "abs_pe, {} lanes, {}: {} vectors, {} mismatches (expected = golden = SystemC = RTL); "
      "cycles SystemC {}, RTL {}\n",
      parameters.lanes, sim::plane_order_name(parameters.order), verdict.vectors(),
      verdict.different(), systemc.cycles(), rtl.cycles());
  return systemc.cycles() == rtl.cycles() ? verdict.status() : kMismatch;
}
#else
int compare(const PeParameters&, const std::vector<PeVector>&, const std::string&) {
  refuse_without_rtl();
}
#endif

}  // namespace

int run_abs_pe(const UnitParameters& given, const std::string& file) {
  const PeParameters parameters = pe_parameters(given);
  return compare(parameters, read_pe_vectors(file, parameters.act_signed), file);
}

}  // namespace absim::app
