// SPDX-License-Identifier: Apache-2.0
#include "models/train/data.hpp"

#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include "models/core/error.hpp"
#include "models/network/cifar10.hpp"

namespace absim::models::train {

DataSet read_data(const std::string& directory) {
  const std::filesystem::path folder(directory);
  const std::filesystem::path train = folder / "train.safetensors";
  if (std::filesystem::exists(train)) {
    return {folder.filename().string(), read_image_set(train.string()),
            read_image_set((folder / "val.safetensors").string())};
  }
  return {"CIFAR-10", read_cifar10_directory(directory, Split::kTrain),
          read_cifar10_directory(directory, Split::kTest)};
}

Normalisation normalisation_of(const Graph& graph, const ImageSet& images) {
  const InputSpec& input = graph.input;
  const auto text = [](std::size_t h, std::size_t w, std::size_t c) {
    return fmt::format("{}x{}x{}", h, w, c);
  };
  if (!(input.shape == MapShape{images.height, images.width, images.channels})) {
    throw ConfigError(fmt::format("{}: input {}; allowed: {}, the size of the images", graph.name,
                                  text(input.shape.height, input.shape.width, input.shape.channels),
                                  text(images.height, images.width, images.channels)));
  }
  if (input.shape.channels != 3 || input.shape.height != input.shape.width ||
      std::fabs(input.pixel_scale * 255 - 1) > 1e-9) {
    throw ConfigError(graph.name +
                      ": input; allowed in training: square RGB images, pixel_scale 1 / 255");
  }
  Normalisation normalisation{};
  for (std::size_t c = 0; c < 3; ++c) {
    normalisation.mean[c] = static_cast<float>(input.mean.at(c));
    normalisation.std[c] = static_cast<float>(input.std_dev.at(c));
  }
  return normalisation;
}

std::vector<std::size_t> take_balanced(const std::vector<std::size_t>& indices, const ImageSet& set,
                                       std::size_t count, std::size_t classes) {
  std::vector<std::size_t> taken(classes, 0);
  std::vector<std::size_t> kept;
  for (const std::size_t i : indices) {
    std::size_t& of_class = taken.at(static_cast<std::size_t>(set.labels[i]));
    if (of_class >= count / classes) continue;
    ++of_class;
    kept.push_back(i);
  }
  return kept;
}

}  // namespace absim::models::train
