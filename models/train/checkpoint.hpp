// SPDX-License-Identifier: Apache-2.0
// Named tensors to and from safetensors, and the checkpoint that a run resumes from.
#pragma once

#include <cstddef>
#include <string>

#include "models/network/safetensors.hpp"
#include "models/train/optimizer.hpp"

namespace absim::models::train {

/// What has been reached so far.
struct Progress {
  std::size_t stage = 0;        // from 0
  std::size_t epochs_done = 0;  // of the stage
  double best_held_out = -1;    // percent
  std::size_t best_epoch = 0;   // from 1
};

/// Appends the tensors as F32, row-major, names prefixed.
void put_state(const NamedTensors& state, const std::string& prefix, TensorFile& file);
/// Copies the prefixed tensors of the file into the state; throws FormatError if one is missing or
/// has another shape.
void get_state(const TensorFile& file, const std::string& path, const std::string& prefix,
               const NamedTensors& state);

/// The recipe is stored, and a resumed run must have the same one, byte for byte.
void write_checkpoint(const std::string& path, TensorFile tensors, const Progress& progress,
                      const std::string& recipe);
/// Returns the tensors; throws FormatError if the recipe is another one.
TensorFile read_checkpoint(const std::string& path, const std::string& recipe, Progress& progress);

}  // namespace absim::models::train
