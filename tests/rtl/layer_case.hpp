// SPDX-License-Identifier: Apache-2.0
// Random convolution layers of every kind of PE for the RTL tests: geometry, values, jobs, and the
// words of every stream, all derived by nested loops over pixels and channels, independently of the
// schedule in sim/; results by integers or by the posit oracle.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "models/network/dump.hpp"
#include "sim/core/arch_config.hpp"
#include "sim/core/core_ports.hpp"
#include "sim/schedule/job.hpp"
#include "tests/support/posit_oracle.hpp"

namespace absim::tests {

using Rng = std::mt19937_64;

/// Uniform in [low, high]; the same on every standard library.
std::int64_t uniform(Rng& rng, std::int64_t low, std::int64_t high);
bool chance(Rng& rng, unsigned percent);

struct LayerCase {
  sim::ArchConfig arch;
  const test::PositOracle* oracle = nullptr;  ///< of the arch's format, where it is a posit one
  // Of bit-serial PEs
  models::WeightFormat format = models::WeightFormat::kBwb;
  unsigned bits = 8;
  unsigned truncation = 8;
  bool act_signed = false;
  // Geometry
  unsigned in_height = 1, in_width = 1, in_channels = 1, out_channels = 1;
  unsigned kernel_h = 1, kernel_w = 1, stride = 1;
  unsigned pad_top = 0, pad_left = 0;
  unsigned out_height = 1, out_width = 1;
  bool shared_kernel = false;
  bool weight_streamed = false;
  unsigned segment_words = 0;
  unsigned strip_rows = 1;     ///< output rows of a job (the last one may have fewer)
  unsigned groups_of_job = 1;  ///< column groups of a job (the last one may have fewer)
  // Values
  std::vector<std::uint16_t> acts;         ///< [y][x][c]: integers or posits
  std::vector<std::uint16_t> codes;        ///< [co][ky][kx][ci]
  std::vector<sim::ChannelParams> params;  ///< [co]
  std::vector<std::int16_t> residual;      ///< [oy][ox][co] or empty; posits are sign-extended
  std::int32_t residual_gain = 0;
  unsigned shift = 0, act_shift = 0;
  sim::OutKind out_kind = sim::OutKind::kU8;
  bool emits_activation = false;
  models::Rounding rounding = models::Rounding::kNearestEven;  // of dfp
  int residual_exponent = 0;                                   // of dfp and posit
  bool relu = false;                                           // of posit, as all that follows
  unsigned offset_shift = 0;
  int out_exponent = 0;

  /// Weight words of a step.
  [[nodiscard]] unsigned planes() const { return arch.pe == sim::PeKind::kAbs ? truncation : 1; }
  [[nodiscard]] unsigned chunks() const { return (in_channels + arch.lanes - 1) / arch.lanes; }
  /// Result of the array: sum over the window of activations times W_t. Not of posits.
  [[nodiscard]] std::int32_t accumulator(unsigned oy, unsigned ox, unsigned co) const;
  /// What post-processing rounds: of dfp, and of posits, in units of 2^(-2M) and before ReLU.
  [[nodiscard]] std::int64_t dfp_sum(unsigned oy, unsigned ox, unsigned co) const;
  [[nodiscard]] test::WideFixed posit_sum(unsigned oy, unsigned ox, unsigned co) const;
  [[nodiscard]] sim::OutElement output(unsigned oy, unsigned ox, unsigned co) const;
  /// Whether an output is neither zero nor an end of its range.
  [[nodiscard]] bool is_inside(const sim::OutElement& out) const;

 private:
  template <typename Visit>
  void for_products(unsigned oy, unsigned ox, unsigned co, const Visit& visit) const;
  [[nodiscard]] std::int32_t weight(std::uint16_t code) const;
  [[nodiscard]] std::int16_t residual_at(unsigned oy, unsigned ox, unsigned co) const;
  [[nodiscard]] test::PositPost posit_post(unsigned oy, unsigned ox, unsigned co) const;
  [[nodiscard]] test::WideFixed posit_accumulator(unsigned oy, unsigned ox, unsigned co) const;
};

/// A small random layer that fits the buffers' RTL sizes. Posit PEs need the oracle of their
/// format.
LayerCase random_layer(Rng& rng, const sim::ArchConfig& arch,
                       const test::PositOracle* oracle = nullptr);

/// A strip of output rows times a range of output channels.
struct JobCase {
  sim::JobDescriptor descriptor;
  unsigned out_row = 0, out_rows = 1;  // of the strip
  unsigned in_row = 0, in_rows = 1;    // loaded
  unsigned first_channel = 0, channels = 1;
};

/// Channels outer, strips inner: weights and parameters stay over the strips of a channel range.
std::vector<JobCase> make_jobs(const LayerCase& layer);

struct ActWord {
  std::uint32_t bank = 0;
  std::uint32_t address = 0;
  std::vector<std::uint8_t> data;
  bool last = false;
};

template <typename T>
struct Word {
  std::vector<T> data;
  bool last = false;
};

/// Everything that goes into the core and must come out of it.
struct Streams {
  std::vector<sim::JobDescriptor> jobs;
  std::vector<ActWord> acts;
  std::vector<Word<std::uint64_t>> weights;
  std::vector<Word<sim::ChannelParams>> params;
  std::vector<Word<std::int16_t>> residuals;
  std::vector<Word<sim::OutElement>> outs;
  std::uint64_t array_cycles = 0;
};

Streams make_streams(const LayerCase& layer, const std::vector<JobCase>& jobs);

/// Clamped, rounded fixed-point post-processing in 128-bit arithmetic.
sim::OutElement golden_postproc(std::int32_t acc, const sim::ChannelParams& params,
                                std::int32_t residual, std::int32_t gain, unsigned shift,
                                unsigned act_shift, sim::OutKind kind, bool emits);

}  // namespace absim::tests
