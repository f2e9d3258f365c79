// SPDX-License-Identifier: Apache-2.0
// absim cosim-unit: one RTL unit against its SystemC twin, the golden arithmetic and the user's
// values.
#include <fmt/format.h>

#include <algorithm>

#include "models/core/nearest.hpp"
#include "models/core/yaml_tree.hpp"
#include "sim/app/command.hpp"
#include "sim/app/cosim_units.hpp"

namespace absim::app {
namespace {

const CosimUnit& find_unit(const std::string& name) {
  std::vector<std::string> names;
  for (const CosimUnit& unit : cosim_units()) {
    if (unit.name == name) return unit;
    names.emplace_back(unit.name);
  }
  std::string allowed;
  for (const std::string& one : names) allowed += (allowed.empty() ? "" : ", ") + one;
  const std::string similar = models::nearest(name, names);
  throw UsageError(fmt::format("unknown unit '{}'{}; allowed: {}", models::printable(name),
                               similar.empty() ? "" : fmt::format(" (is '{}' meant?)", similar),
                               allowed));
}

UnitParameters parameters_of(const po::variables_map& values) {
  UnitParameters parameters;
  if (values.count("param") == 0) return parameters;
  for (const std::string& text : values["param"].as<std::vector<std::string>>()) {
    const std::size_t equals = std::min(text.find('='), text.size());
    parameters[text.substr(0, equals)] = equals < text.size() ? text.substr(equals + 1) : "";
  }
  return parameters;
}

int run(const Arguments& arguments) {
  std::string units = "parameter of the unit. Units:";
  for (const CosimUnit& unit : cosim_units())
    units += fmt::format("\n{}: {}", unit.name, unit.help);
  po::options_description options("Options");
  options.add_options()("param", po::value<std::vector<std::string>>()->value_name("K=V"),
                        units.c_str())(
      "vectors", po::value<std::string>()->value_name("FILE"),
      "one vector a line, as the unit has it; # starts a comment (required)");
  po::variables_map values;
  if (!parse(kCosimUnit, arguments, options, "unit", 1, values)) return kOk;
  const CosimUnit& unit = find_unit(required(values, "unit", "unit"));
  return unit.run(parameters_of(values), required(values, "vectors", "--vectors"));
}

}  // namespace

const Command kCosimUnit = {"cosim-unit", "UNIT --vectors FILE [OPTIONS]",
                            "compare one RTL unit with SystemC, golden and your expected values",
                            run};

}  // namespace absim::app
