// SPDX-License-Identifier: Apache-2.0
// The units that `absim cosim-unit` knows, and what their files share: parameters and mismatches.
// To add one: a file unit_<name>.cpp with its run function, declared here, and a line of the table
// in cosim_units.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace absim::app {

/// --param name=value; a later one replaces an earlier one.
using UnitParameters = std::map<std::string, std::string>;

struct CosimUnit {
  const char* name;
  const char* help;  ///< the line of a vector and the parameters
  /// Compares the vectors of the file; prints mismatches and a summary; returns an ExitStatus.
  int (*run)(const UnitParameters& parameters, const std::string& vectors);
};

/// All of them, in the order of the help.
const std::vector<CosimUnit>& cosim_units();

int run_abs_pe(const UnitParameters& parameters, const std::string& vectors);
int run_int8_mac(const UnitParameters& parameters, const std::string& vectors);
int run_bf16_mac(const UnitParameters& parameters, const std::string& vectors);
int run_fp32_mac(const UnitParameters& parameters, const std::string& vectors);
int run_posit_pe(const UnitParameters& parameters, const std::string& vectors);
int run_posit_decoder(const UnitParameters& parameters, const std::string& vectors);
int run_sdfp_shifter(const UnitParameters& parameters, const std::string& vectors);

/// Throws UsageError for a name that is none of `known`; it suggests the nearest.
void check_known(const UnitParameters& parameters, const std::vector<std::string>& known);
/// One of the words; returns its position. Throws UsageError for another.
std::size_t choice_of(const UnitParameters& parameters, const std::string& name,
                      const std::vector<std::string>& words, std::size_t fallback);
/// A whole number min..max. Throws UsageError for another.
std::int64_t number_of(const UnitParameters& parameters, const std::string& name, std::int64_t min,
                       std::int64_t max, std::int64_t fallback);

/// Counts vectors and mismatches; prints the first 20 mismatches as `file:line: text`.
class UnitVerdict {
 public:
  explicit UnitVerdict(std::string file) : file_(std::move(file)) {}

  void agree() { ++vectors_; }
  /// `text` is called only where it is printed.
  void differ(std::size_t line, const std::function<std::string()>& text);
  /// Says how many mismatches were not printed.
  void finish() const;
  [[nodiscard]] std::size_t vectors() const { return vectors_; }
  [[nodiscard]] std::size_t different() const { return different_; }
  /// kOk or kMismatch.
  [[nodiscard]] int status() const;

 private:
  std::string file_;
  std::size_t vectors_ = 0;
  std::size_t different_ = 0;
};

/// For an absim without RTL: throws Error.
[[noreturn]] void refuse_without_rtl();

}  // namespace absim::app
