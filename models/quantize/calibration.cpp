// SPDX-License-Identifier: Apache-2.0
#include "models/quantize/calibration.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>
#include <utility>

namespace absim::models {
namespace {

/// 0..bound-1; the same with every standard library, unlike its distributions.
std::size_t below(std::mt19937_64& random, std::size_t bound) { return random() % bound; }

struct Augmentation {
  std::ptrdiff_t dy = 0;  // pixels that the picture's content moves down
  std::ptrdiff_t dx = 0;  // and right
  bool flip = false;
};

void copy_image(const ImageSet& from, std::size_t index, const Augmentation& how,
                std::uint8_t* to) {
  const auto height = static_cast<std::ptrdiff_t>(from.height);
  const auto width = static_cast<std::ptrdiff_t>(from.width);
  const std::uint8_t* pixels = from.pixels.data() + index * from.image_bytes();
  for (std::ptrdiff_t y = 0; y < height; ++y) {
    for (std::ptrdiff_t x = 0; x < width; ++x, to += from.channels) {
      const std::ptrdiff_t sy = y - how.dy;
      const std::ptrdiff_t sx = (how.flip ? width - 1 - x : x) - how.dx;
      if (sy < 0 || sx < 0 || sy >= height || sx >= width) continue;  // stays black
      std::memcpy(to, pixels + static_cast<std::size_t>(sy * width + sx) * from.channels,
                  from.channels);
    }
  }
}

}  // namespace

ImageSet calibration_set(const ImageSet& images, const QuantizeOptions& options) {
  std::mt19937_64 random(options.seed);
  std::vector<std::size_t> order(images.count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  ImageSet set{std::min(images.count, options.calibration_images),
               images.height,
               images.width,
               images.channels,
               {},
               {}};
  set.pixels.resize(set.count * set.image_bytes());
  const std::size_t shifts = 2 * std::size_t{options.max_shift_pixels} + 1;
  for (std::size_t i = 0; i < set.count; ++i) {
    std::swap(order[i], order[i + below(random, images.count - i)]);
    Augmentation how;
    if (options.augment) {
      how.dy = static_cast<std::ptrdiff_t>(below(random, shifts)) -
               static_cast<std::ptrdiff_t>(options.max_shift_pixels);
      how.dx = static_cast<std::ptrdiff_t>(below(random, shifts)) -
               static_cast<std::ptrdiff_t>(options.max_shift_pixels);
      how.flip = options.flip && below(random, 2) == 1;
    }
    copy_image(images, order[i], how, set.pixels.data() + i * set.image_bytes());
    set.labels.push_back(images.labels[order[i]]);
  }
  return set;
}

}  // namespace absim::models
