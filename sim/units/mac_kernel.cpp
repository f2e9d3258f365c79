// SPDX-License-Identifier: Apache-2.0
#include "sim/units/mac_kernel.hpp"

#include <algorithm>

namespace absim::sim {

void dfp_step(const MacShape& shape, std::size_t rows, std::size_t cols, const std::uint8_t* acts,
              bool act_signed, const std::int32_t* weights, bool clears,
              std::int32_t* accumulators) {
  for (std::size_t r = 0; r < rows; ++r) {
    // Unsigned: wraps as the register does.
    auto* __restrict sums = reinterpret_cast<std::uint32_t*>(accumulators + r * shape.cols);
    if (clears) std::fill_n(sums, cols, 0U);
    for (std::size_t j = 0; j < shape.lanes; ++j) {
      const std::uint8_t code = acts[r * shape.row_bytes + j];
      const std::int32_t a = act_signed ? static_cast<std::int8_t>(code) : code;
      if (a == 0) continue;
      const std::int32_t* __restrict row = weights + j * shape.cols;
      for (std::size_t c = 0; c < cols; ++c) sums[c] += static_cast<std::uint32_t>(a * row[c]);
    }
  }
}

PositDecodeTable::PositDecodeTable(models::PositFormat format)
    : format_(format),
      mask_(format.mask()),
      narrow_(4 * format.max_exponent() + 8 <= 62),
      fixed_(std::size_t{1} << format.n) {
  for (std::size_t code = 0; code < fixed_.size(); ++code) {
    const auto value = models::decode_posit(format, static_cast<models::PositCode>(code));
    if (value.kind != models::PositKind::kFinite) continue;
    // A posit is a whole number of minpos, so the shift to the right loses nothing.
    const int shift =
        value.exponent + format.max_exponent() - static_cast<int>(value.fraction_bits);
    const auto significand = static_cast<std::int64_t>(value.significand);
    const std::int64_t magnitude = shift >= 0 ? significand << shift : significand >> -shift;
    fixed_[code] = value.negative ? -magnitude : magnitude;
  }
}

PositStep::PositStep(models::PositFormat format, const MacShape& shape)
    : table_(format), shape_(shape), narrow_sums_(shape.cols), wide_sums_(shape.cols) {}

template <typename Sum>
void PositStep::run_row(std::size_t cols, const std::uint8_t* acts, const std::int64_t* weights,
                        Sum* sums) const {
  std::fill_n(sums, cols, Sum{0});
  const bool two = table_.bytes() == 2;
  for (std::size_t j = 0; j < shape_.lanes; ++j) {
    const std::uint32_t code =
        two ? std::uint32_t{acts[2 * j]} | std::uint32_t{acts[2 * j + 1]} << 8 : acts[j];
    const std::int64_t a = table_.fixed(code);
    if (a == 0) continue;
    const std::int64_t* __restrict row = weights + j * shape_.cols;
    for (std::size_t c = 0; c < cols; ++c) sums[c] += static_cast<Sum>(a) * row[c];
  }
}

void PositStep::run(std::size_t rows, std::size_t cols, const std::uint8_t* acts,
                    const std::int64_t* weights, bool clears, WideInt* accumulators) {
  for (std::size_t r = 0; r < rows; ++r) {
    WideInt* out = accumulators + r * shape_.cols;
    const std::uint8_t* row = acts + r * shape_.row_bytes;
    if (clears) std::fill_n(out, cols, WideInt{0});
    if (table_.narrow()) {
      run_row(cols, row, weights, narrow_sums_.data());
      for (std::size_t c = 0; c < cols; ++c) out[c] += narrow_sums_[c];
    } else {
      run_row(cols, row, weights, wide_sums_.data());
      for (std::size_t c = 0; c < cols; ++c) out[c] += wide_sums_[c];
    }
  }
}

}  // namespace absim::sim
