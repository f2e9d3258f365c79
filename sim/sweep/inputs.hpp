// SPDX-License-Identifier: Apache-2.0
// The input files of a sweep, each read and checked once and shared by all points.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "models/network/dump.hpp"
#include "models/network/image_set.hpp"
#include "sim/core/sweep_config.hpp"
#include "sim/energy/tech_table.hpp"

namespace absim::sim {

class Inputs {
 public:
  /// Reads what the points name; checks that networks, images, truncation lengths and numbers of images
  /// fit each other; sets the truncation length where the sweep leaves it to the dump. Throws ConfigError
  /// or FormatError.
  explicit Inputs(SweepConfig& sweep);

  [[nodiscard]] const models::QuantizedNetwork& network(const PointConfig& point) const;
  /// The images of the point: the first `images` of its data set.
  [[nodiscard]] const models::ImageSet& images(const PointConfig& point) const;
  [[nodiscard]] const TechTable& tech(const PointConfig& point) const;

  /// Every file that was read, for the manifest.
  [[nodiscard]] const std::vector<std::string>& files() const { return files_; }

 private:
  void check(const PointConfig& point) const;
  void add_file(const std::string& path);

  std::map<std::string, models::QuantizedNetwork> networks_;
  std::map<std::pair<std::string, std::size_t>, models::ImageSet> images_;
  std::map<std::string, TechTable> techs_;
  std::vector<std::string> files_;
};

/// The first `count` images of a set.
models::ImageSet first_images(const models::ImageSet& set, std::size_t count);

}  // namespace absim::sim
