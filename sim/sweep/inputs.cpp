// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/inputs.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "models/core/error.hpp"
#include "models/core/yaml_tree.hpp"
#include "models/network/cifar10.hpp"

namespace absim::sim {
namespace {

namespace fs = std::filesystem;

std::string shape_text(std::size_t height, std::size_t width, std::size_t channels) {
  return fmt::format("{}x{}x{}", height, width, channels);
}

void check_images(const models::ImageSet& set, const std::string& path,
                  const models::QuantizedNetwork& network, const std::string& dump) {
  const models::MapShape& in = network.graph.input.shape;
  if (set.height != in.height || set.width != in.width || set.channels != in.channels) {
    throw ConfigError(fmt::format(
        "{}: found images of {}; allowed: {}, the input of {}", path,
        shape_text(set.height, set.width, set.channels),
        shape_text(in.height, in.width, in.channels), dump));
  }
  for (const std::int32_t label : set.labels) {
    if (label >= 0 && static_cast<std::size_t>(label) < network.graph.classes) continue;
    throw ConfigError(fmt::format("{}: found label {}; allowed: 0..{}, the classes of {}", path, label,
                                  network.graph.classes - 1, dump));
  }
}

/// Bit-serial dumps need a truncation length; the others have one, all their bits.
void resolve_truncation(PointConfig& point, const models::QuantizedNetwork& dump) {
  const std::string& where = point.truncation_where;
  if (models::is_bit_serial(dump.format)) {
    if (point.truncation == 0) {
      throw ConfigError(fmt::format("{}: found no such key; allowed: it is required, 1..{}, the bits "
                                    "of {}", where, dump.bits, point.network));
    }
    if (point.truncation <= dump.bits) return;
    throw ConfigError(fmt::format("{}: found {}; allowed: 1..{}, the bits of {}", where,
                                  point.truncation, dump.bits, point.network));
  }
  if (point.truncation == 0) point.truncation = dump.bits;
  if (point.truncation == dump.bits) return;
  throw ConfigError(fmt::format("{}: found {}; allowed: {}, all bits of {} (weights that are not "
                                "bit-serial cannot be cut), or no such key",
                                where, point.truncation, dump.bits, point.network));
}

}  // namespace

models::ImageSet first_images(const models::ImageSet& set, std::size_t count) {
  models::ImageSet part;
  part.count = std::min(count, set.count);
  part.height = set.height;
  part.width = set.width;
  part.channels = set.channels;
  const auto bytes = static_cast<std::ptrdiff_t>(part.count * set.image_bytes());
  part.pixels.assign(set.pixels.begin(), set.pixels.begin() + bytes);
  part.labels.assign(set.labels.begin(),
                     set.labels.begin() + static_cast<std::ptrdiff_t>(part.count));
  return part;
}

Inputs::Inputs(SweepConfig& sweep) {
  add_file(sweep.file);
  std::map<std::string, models::ImageSet> whole;
  for (PointConfig& point : sweep.points) {
    add_file(point.arch_file);
    if (networks_.count(point.network) == 0) {
      networks_.emplace(point.network, models::read_dump(point.network));
      add_file(point.network);
    }
    if (techs_.count(point.tech) == 0) {
      techs_.emplace(point.tech, read_tech(point.tech));
      add_file(point.tech);
    }
    if (whole.count(point.dataset) == 0) {
      whole.emplace(point.dataset, models::read_image_set(point.dataset));
      add_file(point.dataset);
    }
    const models::ImageSet& set = whole.at(point.dataset);
    if (point.images > set.count) {
      throw ConfigError(fmt::format("{}: found {}; allowed: 1..{}, the images of {}",
                                    point.images_where, point.images, set.count, point.dataset));
    }
    const auto key = std::make_pair(point.dataset, point.images);
    if (images_.count(key) == 0) {
      images_.emplace(key, first_images(set, point.images == 0 ? set.count : point.images));
    }
    resolve_truncation(point, network(point));
    check(point);
  }
}

void Inputs::check(const PointConfig& point) const {
  const models::QuantizedNetwork& dump = network(point);
  if (!point.posit_mac.empty() && tech(point).posit_mac_set(point.posit_mac) == nullptr) {
    const std::vector<std::string> known = tech(point).posit_mac_names();
    throw ConfigError(fmt::format("{}: found '{}'; allowed: {}", point.posit_mac_where,
                                  models::printable(point.posit_mac),
                                  known.empty() ? "nothing, " + point.tech + " has no posit_mac_sets"
                                                : fmt::format("{}", fmt::join(known, " | "))));
  }
  check_images(images(point), point.dataset, dump, point.network);
  if (point.fidelity != Fidelity::kFast && point.cosim_images > images(point).count) {
    throw ConfigError(fmt::format("{}: found {}; allowed: at most {}, the images of the point",
                                  point.cosim_images_where, point.cosim_images,
                                  images(point).count));
  }
}

void Inputs::add_file(const std::string& path) {
  std::vector<std::string> found;
  if (fs::is_directory(path)) {
    for (const auto& entry : fs::directory_iterator(path)) {
      if (entry.is_regular_file()) found.push_back(entry.path().string());
    }
    std::sort(found.begin(), found.end());
  } else {
    found.push_back(path);
  }
  for (const std::string& file : found) {
    if (std::find(files_.begin(), files_.end(), file) == files_.end()) files_.push_back(file);
  }
}

const models::QuantizedNetwork& Inputs::network(const PointConfig& point) const {
  return networks_.at(point.network);
}

const models::ImageSet& Inputs::images(const PointConfig& point) const {
  return images_.at({point.dataset, point.images});
}

const TechTable& Inputs::tech(const PointConfig& point) const { return techs_.at(point.tech); }

}  // namespace absim::sim
