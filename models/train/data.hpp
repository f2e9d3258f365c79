// SPDX-License-Identifier: Apache-2.0
// The images of a run.
#pragma once

#include <string>

#include "models/network/graph.hpp"
#include "models/network/image_set.hpp"
#include "models/train/augment.hpp"

namespace absim::models::train {

struct DataSet {
  std::string name;
  ImageSet train;
  ImageSet test;
};

/// A folder of CIFAR-10 binary batches, or of train.safetensors and val.safetensors (image sets;
/// the validation set serves as test set). Throws FormatError.
DataSet read_data(const std::string& directory);

/// Throws ConfigError unless the images fit the network's input: size, and pixels / 255.
Normalisation normalisation_of(const Graph& graph, const ImageSet& images);

/// The first `count` / classes indices of each class, in their order.
std::vector<std::size_t> take_balanced(const std::vector<std::size_t>& indices, const ImageSet& set,
                                       std::size_t count, std::size_t classes);

}  // namespace absim::models::train
