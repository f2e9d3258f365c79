// SPDX-License-Identifier: Apache-2.0
#include "sim/app/cosim_units.hpp"

#include <charconv>

#include <fmt/format.h>

#include "models/core/nearest.hpp"
#include "models/core/yaml_tree.hpp"
#include "sim/app/command.hpp"

namespace absim::app {
namespace {

constexpr std::size_t kMostReported = 20;  // mismatches printed; all are counted

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

[[noreturn]] void fail(const std::string& name, const std::string& value,
                       const std::string& allowed) {
  throw UsageError(
      fmt::format("--param {}: found '{}'; allowed: {}", name, models::printable(value), allowed));
}

}  // namespace

const std::vector<CosimUnit>& cosim_units() {
  static const std::vector<CosimUnit> units = {
      {"abs_pe",
       "bit-serial PE; vector, decimal: t K a_1..a_K w_1..w_K expected, w are 8-bit weight codes; "
       "encoding=bwb|twos_complement, activations=unsigned|signed, lanes=N, "
       "order=progressive|stationary (defaults: bwb, unsigned, 16, progressive)",
       run_abs_pe},
      {"int8_mac", "a * b + c modulo 2^32; vector, decimal: a b c expected; no parameters",
       run_int8_mac},
      {"bf16_mac",
       "round(a * b + c), a and b bfloat16, c and the result fp32; vector, hexadecimal: a b c "
       "expected; no parameters",
       run_bf16_mac},
      {"fp32_mac", "round(a * b + c), fp32; vector, hexadecimal: a b c expected; no parameters",
       run_fp32_mac},
      {"posit_pe",
       "sum of posit products; vector: K in decimal, then K pairs a b and the expected posit in "
       "hexadecimal; n=N, es=E, accumulate=quire|window|chain, window=L:M, "
       "rounding=nearest_even|toward_zero (defaults: 8, 1, quire, the whole quire, nearest_even)",
       run_posit_pe},
      {"posit_decoder",
       "fields of a posit; vector: code (hexadecimal) sign regime exponent fraction (hexadecimal, "
       "left-aligned), or code zero, or code nar; n=N, es=E (defaults: 8, 1)",
       run_posit_decoder},
      {"sdfp_shifter",
       "requantisation to 8 bits; vector, decimal: accumulator shift rounding random expected; "
       "rounding: nearest_even, half_away, half_up, floor, toward_zero, stochastic (only this one "
       "uses random, 0..65535); range=symmetric|full (default: symmetric, -127..127)",
       run_sdfp_shifter},
  };
  return units;
}

void check_known(const UnitParameters& parameters, const std::vector<std::string>& known) {
  for (const auto& [name, value] : parameters) {
    bool is_known = false;
    for (const std::string& one : known) is_known = is_known || one == name;
    if (is_known) continue;
    const std::string similar = models::nearest(name, known);
    throw UsageError(fmt::format("--param: found '{}'{}; allowed: {}", models::printable(name),
                                 similar.empty() ? "" : fmt::format(" (is '{}' meant?)", similar),
                                 known.empty() ? "no parameter" : joined(known)));
  }
}

std::size_t choice_of(const UnitParameters& parameters, const std::string& name,
                      const std::vector<std::string>& words, std::size_t fallback) {
  const auto found = parameters.find(name);
  if (found == parameters.end()) return fallback;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == found->second) return i;
  }
  fail(name, found->second, joined(words));
}

std::int64_t number_of(const UnitParameters& parameters, const std::string& name, std::int64_t min,
                       std::int64_t max, std::int64_t fallback) {
  const auto found = parameters.find(name);
  if (found == parameters.end()) return fallback;
  const std::string& text = found->second;
  std::int64_t number = 0;
  const std::from_chars_result result =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec != std::errc{} || result.ptr != text.data() + text.size() || number < min ||
      number > max) {
    fail(name, text, fmt::format("{}..{}", min, max));
  }
  return number;
}

void UnitVerdict::differ(std::size_t line, const std::function<std::string()>& text) {
  ++vectors_;
  if (++different_ <= kMostReported) fmt::print("{}:{}: {}\n", file_, line, text());
}

void UnitVerdict::finish() const {
  if (different_ > kMostReported) fmt::print("... and {} more\n", different_ - kMostReported);
}

int UnitVerdict::status() const { return different_ == 0 ? kOk : kMismatch; }

void refuse_without_rtl() {
  throw Error(
      "found an absim without RTL; allowed: one built with ABSIM_BUILD_RTL=ON and Verilator");
}

}  // namespace absim::app
