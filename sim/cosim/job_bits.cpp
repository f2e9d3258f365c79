// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/job_bits.hpp"

#include <string>

#include "models/core/error.hpp"

namespace absim::sim {
namespace {

// Writes fields from the most significant bit down, as a packed struct lists them.
class FieldWriter {
 public:
  void put(const char* name, std::int64_t value, unsigned width) {
    check(name, value, 0, (std::int64_t{1} << width) - 1);
    write(static_cast<std::uint64_t>(value), width);
  }
  void put_signed(const char* name, std::int64_t value, unsigned width) {
    check(name, value, -(std::int64_t{1} << (width - 1)), (std::int64_t{1} << (width - 1)) - 1);
    write(static_cast<std::uint64_t>(value), width);
  }
  void put(const char* name, const BankIndex& index) {
    put_signed(name, index.quotient, 20);
    put(name, index.remainder, 8);
  }
  [[nodiscard]] const JobBits& bits() const {
    ABSIM_CHECK(position_ == 0, "job fields do not fill job_t");
    return bits_;
  }

 private:
  static void check(const char* name, std::int64_t value, std::int64_t low, std::int64_t high) {
    if (value >= low && value <= high) return;
    throw ConfigError(std::string("job descriptor: ") + name + ": found " + std::to_string(value) +
                      "; allowed " + std::to_string(low) + " to " + std::to_string(high));
  }
  void write(std::uint64_t value, unsigned width) {
    for (unsigned i = width; i-- > 0;) {
      --position_;
      if ((value >> i & 1U) != 0) bits_[position_ / 32] |= std::uint32_t{1} << position_ % 32;
    }
  }

  JobBits bits_{};
  unsigned position_ = kJobBits;
};

}  // namespace

JobBits pack_job(const JobDescriptor& job) {
  FieldWriter w;
  w.put("planes", job.planes, 4);
  w.put("stationary", job.stationary ? 1 : 0, 1);
  w.put("twos_complement", job.twos_complement ? 1 : 0, 1);
  w.put("act_signed", job.act_signed ? 1 : 0, 1);
  w.put("column_groups", job.column_groups, 16);
  w.put("tiles", job.tiles, 16);
  w.put("last_rows", job.last_rows, 8);
  w.put("last_cols", job.last_cols, 8);
  w.put("out_width", job.out_width, 16);
  w.put("kernel_h", job.kernel_h, 8);
  w.put("kernel_w", job.kernel_w, 8);
  w.put("chunks", job.chunks, 16);
  w.put("stride", job.stride, 4);
  w.put("in_height", job.in_height, 16);
  w.put("in_width", job.in_width, 16);
  w.put_signed("first_y", job.first_y, 17);
  w.put_signed("first_x", job.first_x, 17);
  w.put("base", job.base);
  w.put("step_x", job.step_x);
  w.put("step_row", job.step_row);
  w.put("kernel_x", job.kernel_x);
  w.put("kernel_row", job.kernel_row);
  w.put("plane_words", job.plane_words, 20);
  w.put("act_release", job.act_release ? 1 : 0, 1);
  w.put("weight_release", job.weight_release ? 1 : 0, 1);
  w.put("param_release", job.param_release ? 1 : 0, 1);
  w.put("weight_streamed", job.weight_streamed ? 1 : 0, 1);
  w.put("segment_words", job.segment_words, 20);
  w.put("shared_kernel", job.shared_kernel ? 1 : 0, 1);
  w.put("has_residual", job.has_residual ? 1 : 0, 1);
  w.put("emits_activation", job.emits_activation ? 1 : 0, 1);
  w.put("out_kind", static_cast<std::int64_t>(job.out_kind), 2);
  w.put("shift", job.shift, 8);
  w.put("act_shift", job.act_shift, 6);
  w.put_signed("residual_gain", job.residual_gain, 32);
  w.put("relu", job.relu ? 1 : 0, 1);
  w.put("rounding", job.rounding, 3);
  w.put_signed("out_exponent", job.out_exponent, 10);
  w.put_signed("residual_exponent", job.residual_exponent, 10);
  w.put("offset_shift", job.offset_shift, 8);
  return w.bits();
}

}  // namespace absim::sim
