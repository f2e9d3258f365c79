// SPDX-License-Identifier: Apache-2.0
#include "models/formats/dfp_round.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/core/error.hpp"
#include "models/formats/kernels/dfp_loops.hpp"

namespace absim::models {
namespace {

constexpr int kLowestExponent = -500;  // 2^500 times any float is a finite double
constexpr std::uint64_t kIndices = std::uint64_t{1} << 32U;  // that share a key

struct Here {};

/// splitmix64 (Steele, Lea and Flood, OOPSLA 2014) of seed and the upper half of the index.
rounding::RandomKey random_key(std::uint64_t seed, std::uint64_t index) {
  const auto mix = [](std::uint64_t z) {
    z += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  };
  const std::uint64_t key = mix(mix(seed) ^ (index / kIndices));
  return {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32U)};
}

}  // namespace

std::uint32_t dfp_random(std::uint64_t seed, std::uint64_t index) {
  return rounding::random16<Here>(random_key(seed, index), static_cast<std::uint32_t>(index));
}

void dfp_round(Span<const float> in, Span<float> out, int exponent, IntegerRange range,
               Rounding rounding, std::uint64_t seed, std::uint64_t first_index,
               const rounding::RoundKernels& kernels) {
  ABSIM_CHECK(in.size() == out.size(), "dfp_round: as many results as values");
  ABSIM_CHECK(range.low <= range.high, "dfp_round: an empty range of codes");
  const double largest =
      std::max(std::fabs(double{1} * range.low), std::fabs(double{1} * range.high));
  ABSIM_CHECK(exponent >= kLowestExponent &&
                  dfp_decode(1, exponent) * largest <= double{std::numeric_limits<float>::max()},
              "dfp_round: the exponent leaves the range of float");
  for (std::size_t done = 0; done < in.size();) {
    const std::uint64_t index = first_index + done;
    const auto count = static_cast<std::size_t>(
        std::min<std::uint64_t>(in.size() - done, kIndices - index % kIndices));
    rounding::DfpTask task;
    task.in = in.data() + done;
    task.count = count;
    task.step = dfp_decode(1, exponent);
    task.inverse = dfp_decode(1, -exponent);
    task.low = range.low;
    task.high = range.high;
    const bool finite = kernels.dfp(task, out.data() + done, rounding, random_key(seed, index),
                                    static_cast<std::uint32_t>(index));
    ABSIM_CHECK(finite, "dfp_round: a finite value is needed");
    done += count;
  }
}

}  // namespace absim::models
