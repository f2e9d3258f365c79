// SPDX-License-Identifier: Apache-2.0
#include "sim/schedule/field_limits.hpp"

#include <cstdint>

#include <fmt/format.h>

#include "models/core/error.hpp"

namespace absim::sim {
namespace {

class FieldCheck {
 public:
  explicit FieldCheck(const std::string& where) : where_(where) {}

  void in_range(const char* field, std::int64_t value, std::int64_t lo, std::int64_t hi) const {
    if (value >= lo && value <= hi) return;
    throw ConfigError(
        fmt::format("{}: {}: {} does not fit the core's register; {} to {} are allowed", where_,
                    field, value, lo, hi));
  }
  void index(const char* field, const BankIndex& value, unsigned banks) const {
    in_range(field, value.quotient, -(1 << 19), (1 << 19) - 1);
    in_range(field, value.remainder, 0, std::int64_t{banks} - 1);
  }

 private:
  const std::string& where_;
};

}  // namespace

void check_fields(const JobDescriptor& job, unsigned banks, const std::string& where, PeKind pe) {
  const FieldCheck check(where);
  check.in_range("planes", job.planes, 1, 8);
  check.in_range("column_groups", job.column_groups, 1, kMax16);
  check.in_range("tiles", job.tiles, 1, kMax16);
  check.in_range("last_rows", job.last_rows, 1, 255);
  check.in_range("last_cols", job.last_cols, 1, 255);
  check.in_range("out_width", job.out_width, 1, kMax16);
  check.in_range("kernel_h", job.kernel_h, 1, kMaxKernel);
  check.in_range("kernel_w", job.kernel_w, 1, kMaxKernel);
  check.in_range("chunks", job.chunks, 1, kMax16);
  check.in_range("stride", job.stride, 1, kMaxStride);
  check.in_range("in_height", job.in_height, 1, kMax16);
  check.in_range("in_width", job.in_width, 1, kMax16);
  check.in_range("first_y", job.first_y, -(1 << 16), (1 << 16) - 1);
  check.in_range("first_x", job.first_x, -(1 << 16), (1 << 16) - 1);
  check.index("base", job.base, banks);
  check.index("step_x", job.step_x, banks);
  check.index("step_row", job.step_row, banks);
  check.index("kernel_x", job.kernel_x, banks);
  check.index("kernel_row", job.kernel_row, banks);
  check.in_range("plane_words", job.plane_words, 1, kMax20);
  check.in_range("segment_words", job.segment_words, job.weight_streamed ? 1 : 0, kMax20);
  const std::int64_t most_shift = pe == PeKind::kAbs ? 47 : pe == PeKind::kDfp ? 31 : 255;
  check.in_range("shift", job.shift, 0, most_shift);
  check.in_range("act_shift", job.act_shift, 0, 47);
  check.in_range("out_exponent", job.out_exponent, -512, 511);
  check.in_range("residual_exponent", job.residual_exponent, -512, 511);
}

}  // namespace absim::sim
