// SPDX-License-Identifier: Apache-2.0
#include "sim/units/abs_pe.hpp"

namespace absim::sim {

PlaneOperation plane_operation(const StepTag& step, unsigned plane_of_step) {
  const unsigned plane = step.stationary ? plane_of_step : step.plane;
  PlaneOperation operation;
  operation.clears = step.first_of_tile && plane_of_step == 0;
  operation.shift = !step.stationary && step.first_of_plane && !step.first_of_tile ? 1 : 0;
  operation.sign = step.twos_complement && plane == 0 ? -1 : 1;
  operation.weight = step.stationary ? step.planes - 1U - plane : 0U;
  operation.bwb = !step.twos_complement;
  operation.act_signed = step.act_signed;
  return operation;
}

std::int32_t plane_sum(Span<const std::uint8_t> acts, Span<const std::uint8_t> bits,
                       const PlaneOperation& operation) {
  std::int32_t sum = 0;
  for (std::size_t j = 0; j < acts.size(); ++j) {
    const std::int32_t a = operation.act_signed ? static_cast<std::int8_t>(acts[j]) : acts[j];
    if (bits[j] != 0) {
      sum += a;
    } else if (operation.bwb) {
      sum -= a;
    }
  }
  return sum;
}

std::int32_t accumulate(std::int32_t accumulator, std::int32_t sum,
                        const PlaneOperation& operation) {
  const std::uint32_t old = operation.clears ? 0U : static_cast<std::uint32_t>(accumulator);
  const auto term = static_cast<std::uint32_t>(operation.sign * sum);
  return static_cast<std::int32_t>((old << operation.shift) + (term << operation.weight));
}

}  // namespace absim::sim
