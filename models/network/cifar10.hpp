// SPDX-License-Identifier: Apache-2.0
// Readers of image sets: safetensors sets and the official CIFAR-10 binary batches.
#pragma once

#include <cstddef>
#include <string>

#include "models/network/image_set.hpp"

namespace absim::models {

enum class Split { kTrain, kTest };

/// Reads data_batch_1.bin .. data_batch_5.bin, or test_batch.bin, from a directory. limit: images
/// at most, 0 = all.
ImageSet read_cifar10_directory(const std::string& directory, Split split, std::size_t limit = 0);

/// Reads a `.safetensors` set (`images` U8 [N][H][W][C], `labels` U8, I32 or I64 [N]), a CIFAR-10
/// batch (`.bin`), or the test split of a directory of batches. Takes the first `limit` images, 0 =
/// all. Throws FormatError.
ImageSet read_image_set(const std::string& path, std::size_t limit = 0);

}  // namespace absim::models
