// SPDX-License-Identifier: Apache-2.0
// absim cosim-unit: one RTL unit against its SystemC twin, the golden arithmetic and the user's values.
#include <fmt/format.h>

#include <charconv>
#include <map>

#include "models/core/nearest.hpp"
#include "sim/app/command.hpp"
#include "sim/app/pe_models.hpp"
#include "sim/core/arch_keys.hpp"
#ifdef ABSIM_WITH_RTL
#include "sim/cosim/verilated_abs_pe.hpp"
#endif

namespace absim::app {
namespace {

constexpr std::size_t kMostReported = 20;  // mismatches printed; all are counted

/// `name=value` with one of the values; returns its position.
std::size_t choose(const std::string& name, const std::string& value,
                   const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == value) return i;
  }
  std::string allowed;
  for (const std::string& word : words) allowed += (allowed.empty() ? "" : ", ") + word;
  throw UsageError(fmt::format("--param {}: found '{}'; allowed: {}", name, value, allowed));
}

unsigned lanes_of(const std::string& value) {
  unsigned lanes = 0;
  const std::from_chars_result result =
      std::from_chars(value.data(), value.data() + value.size(), lanes);
  if (result.ec != std::errc{} || result.ptr != value.data() + value.size() || lanes < 1 ||
      lanes > 255) {
    throw UsageError(fmt::format("--param lanes: found '{}'; allowed: 1..255", value));
  }
  return lanes;
}

PeParameters pe_parameters(const po::variables_map& values) {
  PeParameters parameters;
  if (values.count("param") == 0) return parameters;
  for (const std::string& text : values["param"].as<std::vector<std::string>>()) {
    const std::size_t equals = std::min(text.find('='), text.size());
    const std::string name = text.substr(0, equals);
    const std::string value = equals < text.size() ? text.substr(equals + 1) : "";
    if (name == "encoding") {
      parameters.format = choose(name, value, {"bwb", "twos_complement"}) == 0
                              ? models::WeightFormat::kBwb
                              : models::WeightFormat::kTwosComplement;
    } else if (name == "activations") {
      parameters.act_signed = choose(name, value, {"unsigned", "signed"}) == 1;
    } else if (name == "order") {
      parameters.order = choose(name, value, {"progressive", "stationary"}) == 0
                             ? sim::PlaneOrder::kProgressive
                             : sim::PlaneOrder::kStationary;
    } else if (name == "lanes") {
      parameters.lanes = lanes_of(value);
    } else {
      const std::vector<std::string> known = {"encoding", "activations", "order", "lanes"};
      const std::string similar = models::nearest(name, known);
      throw UsageError(fmt::format(
          "--param: found '{}'{}; allowed: encoding, activations, order, lanes", name,
          similar.empty() ? "" : fmt::format(" (is '{}' meant?)", similar)));
    }
  }
  return parameters;
}

struct Verdict {
  std::size_t vectors = 0;
  std::size_t different = 0;
  std::uint64_t systemc_cycles = 0;
  std::uint64_t rtl_cycles = 0;
};

#ifdef ABSIM_WITH_RTL
Verdict compare(const PeParameters& parameters, const std::vector<PeVector>& vectors,
                const std::string& file) {
  SystemCPe systemc(parameters);
  sim::AbsPeRtl rtl(parameters.lanes);
  Verdict verdict;
  for (const PeVector& vector : vectors) {
    const std::int64_t golden = golden_pe(parameters, vector);
    const std::int32_t from_systemc = systemc.run(vector);
    const std::int32_t from_rtl =
        rtl.run(parameters.format, parameters.order, parameters.act_signed, models::kMaxWeightBits,
                vector.truncation, activation_bits(vector), vector.codes);
    ++verdict.vectors;
    if (golden == vector.expected && from_systemc == golden && from_rtl == golden) continue;
    if (++verdict.different > kMostReported) continue;
    fmt::print("{}:{}: expected {}, golden {}, SystemC {}, RTL {}\n", file, vector.line,
               vector.expected, golden, from_systemc, from_rtl);
  }
  verdict.systemc_cycles = systemc.cycles();
  verdict.rtl_cycles = rtl.cycles();
  return verdict;
}
#else
Verdict compare(const PeParameters&, const std::vector<PeVector>&, const std::string&) {
  throw Error("found an absim without RTL; allowed: one built with ABSIM_BUILD_RTL=ON and Verilator");
}
#endif

int run(const Arguments& arguments) {
  po::options_description options("Options");
  options.add_options()(
      "param", po::value<std::vector<std::string>>()->value_name("K=V"),
      "encoding=bwb|twos_complement, activations=unsigned|signed, lanes=N, "
      "order=progressive|stationary (defaults: bwb, unsigned, 16, progressive)")(
      "vectors", po::value<std::string>()->value_name("FILE"),
      "one vector a line, decimal: t K a_1..a_K w_1..w_K expected; w are 8-bit weight codes; # "
      "starts a comment (required)");
  po::variables_map values;
  if (!parse(kCosimUnit, arguments, options, "unit", 1, values)) return kOk;
  const std::string unit = required(values, "unit", "unit");
  if (unit != "abs_pe") throw UsageError(fmt::format("unknown unit '{}'; allowed: abs_pe", unit));
  const PeParameters parameters = pe_parameters(values);
  const std::string file = required(values, "vectors", "--vectors");
  const Verdict verdict = compare(parameters, read_pe_vectors(file, parameters.act_signed), file);
  if (verdict.different > kMostReported) {
    fmt::print("... and {} more\n", verdict.different - kMostReported);
  }
  fmt::print("abs_pe, {} lanes, {}: {} vectors, {} mismatches (expected = golden = SystemC = RTL); "
             "cycles SystemC {}, RTL {}\n",
             parameters.lanes, sim::plane_order_name(parameters.order), verdict.vectors,
             verdict.different, verdict.systemc_cycles, verdict.rtl_cycles);
  if (verdict.systemc_cycles != verdict.rtl_cycles) return kMismatch;
  return verdict.different == 0 ? kOk : kMismatch;
}

}  // namespace

const Command kCosimUnit = {"cosim-unit", "UNIT --vectors FILE [OPTIONS]",
                            "compare one RTL unit with SystemC, golden and your expected values",
                            run};

}  // namespace absim::app
