// SPDX-License-Identifier: Apache-2.0
#include "sim/system/pool_data.hpp"

#include <algorithm>

#include "sim/schedule/pool_geometry.hpp"

namespace absim::sim {
namespace {

/// The channels of a word in a tensor whose strip begins with row `first_row`.
struct WordPlace {
  std::size_t element = 0;
  std::size_t count = 0;
};

WordPlace locate(const PoolJob& job, unsigned lanes, std::uint64_t index, std::size_t first_row,
                 const models::MapShape& shape) {
  const std::uint64_t blocks = pool_blocks(job, lanes);
  const std::size_t pixel = first_row * shape.width + index / blocks;
  const std::size_t channel = index % blocks * lanes;  // of the job
  return {pixel * shape.channels + job.first_channel + channel,
          std::min<std::size_t>(lanes, job.channels - channel)};
}

}  // namespace

void load_pool_word(const PoolJob& job, unsigned lanes, std::uint64_t index, const Tensor& input,
                    std::int16_t* word) {
  const WordPlace place = locate(job, lanes, index, job.in_row, input.shape);
  for (std::size_t j = 0; j < place.count; ++j) {
    word[j] = static_cast<std::int16_t>(input.values[place.element + j]);
  }
  std::fill(word + place.count, word + lanes, std::int16_t{0});
}

void store_pool_word(const PoolJob& job, unsigned lanes, std::uint64_t index,
                     const OutElement* word, Tensor& output) {
  const WordPlace place = locate(job, lanes, index, job.out_row, output.shape);
  for (std::size_t j = 0; j < place.count; ++j) {
    output.values[place.element + j] = word[j].value;
  }
}

}  // namespace absim::sim
