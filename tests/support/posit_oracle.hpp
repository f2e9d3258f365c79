// SPDX-License-Identifier: Apache-2.0
// Posits a second time, sharing no code with models/formats: the values come from Gustafson's
// construction (between two n-bit posits lies an (n+1)-bit one, their geometric or arithmetic
// mean), and a value is rounded by looking for its neighbours; the (n+1)-bit posit between these
// two is the rounding point.
#pragma once

#include <cstdint>
#include <vector>

#include "models/formats/posit.hpp"
#include "models/formats/posit_accumulator.hpp"
#include "tests/support/wide_fixed.hpp"

namespace absim::test {

/// Post-processing of one channel (docs/formats.md).
struct PositPost {
  std::int64_t offset = 0;
  unsigned offset_shift = 0;
  models::PositCode residual = 0;
  int residual_exponent = 0;  ///< >= -M
  bool relu = false;
  models::PositMode mode;
  int out_exponent = 0;
  bool is_s32 = false;  ///< logits
  unsigned shift = 0;   ///< of logits
};

class PositOracle {
 public:
  using Code = models::PositCode;
  explicit PositOracle(models::PositFormat format);

  [[nodiscard]] models::PositFormat format() const { return format_; }
  [[nodiscard]] unsigned codes() const { return 1U << format_.n; }
  [[nodiscard]] Code nar() const { return static_cast<Code>(codes() / 2); }
  [[nodiscard]] Code maxpos() const { return static_cast<Code>(codes() / 2 - 1); }
  [[nodiscard]] int max_exponent() const;  ///< M
  /// Of the core's quire: 4M + 16.
  [[nodiscard]] unsigned sum_bits() const;
  /// NaN for NaR.
  [[nodiscard]] double value(Code code) const;
  /// The rounding points between neighbours of one sign: between codes i and i + 1, i >= 1.
  [[nodiscard]] const std::vector<double>& rounding_points() const { return points_; }

  [[nodiscard]] Code round(double x, models::PositMode mode = {}) const;
  [[nodiscard]] Code round(const WideFixed& x, models::PositMode mode = {}) const;

  [[nodiscard]] Code add(Code a, Code b, models::PositMode mode = {}) const;
  [[nodiscard]] Code multiply(Code a, Code b, models::PositMode mode = {}) const;
  [[nodiscard]] Code fma(Code a, Code b, Code c, models::PositMode mode = {}) const;
  /// Not rounded; no operand may be NaR. A product of two posits is exact in a double.
  [[nodiscard]] WideFixed dot(const std::vector<Code>& a, const std::vector<Code>& b) const;
  /// The sum of products that a window keeps.
  [[nodiscard]] WideFixed windowed_dot(const std::vector<Code>& a, const std::vector<Code>& b,
                                       const models::PositWindowConfig& window) const;

  /// Post-processing. Sums are whole numbers: units of 2^(-2M), as offsets are.
  [[nodiscard]] WideFixed in_units(const WideFixed& value) const;
  /// offset * 2^offset_shift + residual * 2^residual_exponent; the residual is no NaR.
  [[nodiscard]] WideFixed addend(const PositPost& post) const;
  /// A code with its sign extended, or a 32-bit integer.
  [[nodiscard]] std::int32_t postprocess(const WideFixed& accumulator, const PositPost& post) const;
  [[nodiscard]] std::int32_t extended(Code code) const;

 private:
  template <typename Value>
  Code round_magnitude(const Value& x, const std::vector<Value>& values,
                       const std::vector<Value>& points, models::PositMode mode) const;
  [[nodiscard]] Code round_scaled(const WideFixed& units, int exponent,
                                  models::PositMode mode) const;
  [[nodiscard]] Code signed_code(bool negative, Code magnitude) const;

  models::PositFormat format_;
  std::vector<double> values_;  ///< of codes 0 to maxpos
  std::vector<double> points_;  ///< [i]: the (n+1)-bit posit between values i and i + 1
  std::vector<WideFixed> wide_values_;
  std::vector<WideFixed> wide_points_;
};

}  // namespace absim::test
