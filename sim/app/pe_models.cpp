// SPDX-License-Identifier: Apache-2.0
#include "sim/app/pe_models.hpp"

#include <algorithm>

#include "sim/system/kernel.hpp"
#include "sim/units/pe_array.hpp"

namespace absim::app {
namespace {

constexpr unsigned kBits = models::kMaxWeightBits;  // of a weight code in a vector file

sim::ArchConfig one_pe(const PeParameters& parameters) {
  sim::ArchConfig arch;
  arch.rows = arch.cols = arch.postproc_lanes = 1;
  arch.lanes = parameters.lanes;
  arch.plane_order = parameters.order;
  return arch;
}

/// One operand word and one plane of the weights of a chunk of `lanes` products.
struct Word {
  sim::Operand operand;
  std::vector<std::uint32_t> weights;  // packed
};

}  // namespace

std::int64_t golden_pe(const PeParameters& parameters, const PeVector& vector) {
  std::int64_t sum = 0;
  for (std::size_t k = 0; k < vector.codes.size(); ++k) {
    sum += std::int64_t{vector.activations[k]} *
           models::truncated_weight(parameters.format, kBits, vector.truncation, vector.codes[k]);
  }
  return sum;
}

std::vector<std::uint8_t> activation_bits(const PeVector& vector) {
  std::vector<std::uint8_t> bits;
  for (const std::int32_t a : vector.activations) {
    bits.push_back(static_cast<std::uint8_t>(static_cast<std::uint32_t>(a) & 0xffU));
  }
  return bits;
}

struct SystemCPe::Impl {
  explicit Impl(const PeParameters& p)
      : array("pe_array", one_pe(p)),
        word{sim::Operand(1, p.lanes),
             std::vector<std::uint32_t>(sim::packed_size(sim::plane_shape(1, p.lanes)))} {}

  sim::KernelScope kernel;
  sim::PeArray array;
  Word word;
};

SystemCPe::SystemCPe(const PeParameters& parameters)
    : impl_(std::make_unique<Impl>(parameters)), parameters_(parameters) {}

SystemCPe::~SystemCPe() = default;

std::int32_t SystemCPe::run(const PeVector& vector) {
  const std::vector<std::uint8_t> acts = activation_bits(vector);
  const std::size_t lanes = parameters_.lanes;
  const std::size_t chunks = (acts.size() + lanes - 1) / lanes;
  const bool stationary = parameters_.order == sim::PlaneOrder::kStationary;
  const std::size_t cycles = chunks * vector.truncation;
  sim::Operand& operand = impl_->word.operand;
  impl_->array.reset();
  for (std::size_t cycle = 0; cycle < cycles; ++cycle) {
    const std::size_t chunk = stationary ? cycle / vector.truncation : cycle % chunks;
    const auto plane = static_cast<unsigned>(stationary ? cycle % vector.truncation : cycle / chunks);
    const std::size_t first = chunk * lanes;
    const std::size_t count = std::min(lanes, acts.size() - first);
    std::vector<std::uint64_t> bits((lanes + 63) / 64);
    std::fill(operand.words.begin(), operand.words.end(), std::uint8_t{0});
    for (std::size_t j = 0; j < count; ++j) {
      operand.words[j] = acts[first + j];
      const std::uint64_t bit = vector.codes[first + j] >> (kBits - 1 - plane) & 1U;
      bits[j / 64] |= bit << j % 64;
    }
    sim::pack_weight_word(bits.data(), 1, lanes, impl_->word.weights.data());
    sim::StepTag& tag = operand.tag;
    tag.rows = tag.cols = 1;
    tag.planes = static_cast<std::uint8_t>(vector.truncation);
    tag.plane = static_cast<std::uint8_t>(stationary ? 0 : plane);
    tag.stationary = stationary;
    tag.twos_complement = parameters_.format == models::WeightFormat::kTwosComplement;
    tag.act_signed = parameters_.act_signed;
    tag.first_of_plane = !stationary && chunk == 0;
    tag.first_of_tile = chunk == 0 && (stationary || plane == 0);
    tag.last_of_tile = stationary ? chunk + 1 == chunks : cycle + 1 == cycles;
    impl_->array.tick(true, operand, {impl_->word.weights.data(), nullptr, nullptr}, false);
  }
  cycles_ += cycles;
  return impl_->array.accumulator(0, 0);
}

}  // namespace absim::app
