// SPDX-License-Identifier: Apache-2.0
// absim cosim-unit posit_pe: sums of posit products, rounded once (quire, window) or at every step.
#include <fmt/format.h>

#include <charconv>

#include "models/core/yaml_tree.hpp"
#include "sim/app/command.hpp"
#include "sim/app/cosim_units.hpp"
#include "sim/app/posit_text.hpp"
#include "sim/app/unit_vectors.hpp"
#include "sim/units/posit_dot.hpp"
#ifdef ABSIM_WITH_RTL
#include "sim/cosim/verilated_posit.hpp"
#endif

namespace absim::app {
namespace {

using models::PositCode;
using sim::PositAccumulate;

struct Setup {
  models::PositFormat format;
  PositAccumulate accumulate = PositAccumulate::kQuire;
  models::PositWindowConfig window;
  models::PositMode mode;
  [[nodiscard]] std::int64_t most_products() const {
    return accumulate == PositAccumulate::kWindow ? 512 : 16384;  // what the registers hold
  }
};

struct Vector {
  std::size_t line = 0;
  std::vector<PositCode> a, b;
  PositCode expected = 0;
};

/// `L:M`
models::PositWindowConfig parse_window(const std::string& text) {
  models::PositWindowConfig window;
  const char* const end = text.data() + text.size();
  const std::from_chars_result low = std::from_chars(text.data(), end, window.low);
  if (low.ec == std::errc{} && low.ptr != end && *low.ptr == ':') {
    const std::from_chars_result high = std::from_chars(low.ptr + 1, end, window.high);
    if (high.ec == std::errc{} && high.ptr == end) return window;
  }
  throw UsageError(fmt::format("--param window: found '{}'; allowed: L:M, two whole numbers",
                               models::printable(text)));
}

Setup setup_of(const UnitParameters& given) {
  check_known(given, {"n", "es", "accumulate", "window", "rounding"});
  Setup setup;
  setup.format = posit_format_of(given);
  constexpr PositAccumulate kKinds[] = {PositAccumulate::kQuire, PositAccumulate::kWindow,
                                        PositAccumulate::kChain};
  setup.accumulate = kKinds[choice_of(given, "accumulate", {"quire", "window", "chain"}, 0)];
  if (choice_of(given, "rounding", {"nearest_even", "toward_zero"}, 0) == 1) {
    setup.mode.rounding = models::PositRounding::kTowardZero;
  }
  setup.window.low = -2 * setup.format.max_exponent();
  setup.window.high = 2 * setup.format.max_exponent() + 1;
  const auto window = given.find("window");
  if (window != given.end()) {
    if (setup.accumulate != PositAccumulate::kWindow) {
      throw UsageError("--param window: found a window; allowed: only with accumulate=window");
    }
    setup.window = parse_window(window->second);
    models::check_posit_window(setup.format, setup.window, "--param window");
  }
  return setup;
}

std::vector<Vector> read_vectors(const Setup& setup, const std::string& file) {
  std::vector<Vector> vectors;
  const unsigned n = setup.format.n;
  for_each_vector(file, [&](VectorFields& fields, std::size_t line) {
    Vector vector;
    vector.line = line;
    const auto count = static_cast<std::size_t>(fields.decimal("K", 1, setup.most_products()));
    for (std::size_t k = 1; k <= count; ++k) {
      vector.a.push_back(static_cast<PositCode>(fields.hex(fmt::format("a_{}", k), n)));
      vector.b.push_back(static_cast<PositCode>(fields.hex(fmt::format("b_{}", k), n)));
    }
    vector.expected = static_cast<PositCode>(fields.hex("expected", n));
    fields.finish("K, K pairs a b, the expected posit");
    vectors.push_back(std::move(vector));
  });
  return vectors;
}

#ifdef ABSIM_WITH_RTL
PositCode golden_sum(const Setup& setup, const Vector& vector) {
  if (setup.accumulate == PositAccumulate::kChain) {
    return models::posit_chain(setup.format, models::PositChain::kFma, vector.a, vector.b,
                               setup.mode);
  }
  models::PositQuire quire(setup.format);
  models::PositWindow window(setup.format, setup.window);
  const bool windowed = setup.accumulate == PositAccumulate::kWindow;
  for (std::size_t k = 0; k < vector.a.size(); ++k) {
    if (windowed) {
      window.add_product(vector.a[k], vector.b[k]);
    } else {
      quire.add_product(vector.a[k], vector.b[k]);
    }
  }
  return windowed ? window.read(setup.mode) : quire.read(0, setup.mode);
}

/// Sends a sum; returns the cycles until it leaves.
std::uint64_t run_systemc(sim::PositDot& dot, const Vector& vector) {
  const std::size_t count = vector.a.size();
  for (std::size_t k = 0; k < count; ++k) {
    dot.tick({true, k == 0, k + 1 == count, vector.a[k], vector.b[k]});
  }
  std::uint64_t cycles = count;
  for (; !dot.valid(); ++cycles) dot.tick({});
  return cycles;
}

int compare(const Setup& setup, const std::string& file) {
  sim::PositRtl rtl(setup.format);
  sim::PositDot systemc(setup.format, setup.accumulate, setup.window, setup.mode);
  std::uint64_t cycles = 0;
  UnitVerdict verdict(file);
  for (const Vector& vector : read_vectors(setup, file)) {
    const PositCode golden = golden_sum(setup, vector);
    cycles += run_systemc(systemc, vector);
    const PositCode from_rtl =
        rtl.dot(setup.accumulate, setup.window,
                setup.mode.rounding == models::PositRounding::kTowardZero, vector.a, vector.b);
    if (golden == vector.expected && systemc.code() == golden && from_rtl == golden) {
      verdict.agree();
      continue;
    }
    verdict.differ(vector.line, [&] {
      return fmt::format("\n  expected {}\n  golden   {}\n  SystemC  {}\n  RTL      {}",
                         posit_text(setup.format, vector.expected),
                         posit_text(setup.format, golden), posit_text(setup.format, systemc.code()),
                         posit_text(setup.format, from_rtl));
    });
  }
  verdict.finish();
  constexpr const char* kNames[] = {"quire", "window", "chain"};
  fmt::print(
      "posit_pe, {}, {}: {} vectors, {} mismatches (expected = golden = SystemC = RTL); "
      "cycles SystemC {}, RTL {}\n",
      models::posit_name(setup.format), kNames[static_cast<std::size_t>(setup.accumulate)],
      verdict.vectors(), verdict.different(), cycles, rtl.cycles());
  return cycles == rtl.cycles() ? verdict.status() : kMismatch;
}
#else
int compare(const Setup& setup, const std::string& file) {
  read_vectors(setup, file);
  refuse_without_rtl();
}
#endif

}  // namespace

int run_posit_pe(const UnitParameters& given, const std::string& file) {
  return compare(setup_of(given), file);
}

}  // namespace absim::app
