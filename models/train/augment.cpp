// SPDX-License-Identifier: Apache-2.0
// Augmentation by hand on 8-bit images: a few hundred microseconds a batch.
#include "models/train/augment.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace absim::models::train {
namespace {

// Streams of random numbers, kept apart from each other.
constexpr std::uint64_t kSplitStream = 1;
constexpr std::uint64_t kFlipStream = 2;
constexpr std::uint64_t kOrderStream = 1'000'000;
constexpr std::uint64_t kShiftStream = 2'000'000;

std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

void shuffle(std::vector<std::size_t>& values, Random& random) {
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random.below(i)]);
}

}  // namespace

Random::Random(std::uint64_t seed, std::uint64_t stream) : state_(mix(mix(seed + 1) + stream)) {}

std::uint64_t Random::next() { return mix(state_ += 0x9e3779b97f4a7c15ULL); }

std::size_t Random::below(std::size_t bound) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::size_t>((static_cast<Wide>(next()) * bound) >> 64);
}

SplitIndices split_held_out(const ImageSet& set, std::size_t held_out, std::uint64_t seed,
                            std::size_t classes) {
  std::vector<std::size_t> all(set.count);
  for (std::size_t i = 0; i < set.count; ++i) all[i] = i;
  Random random(seed, kSplitStream);
  shuffle(all, random);
  const std::size_t wanted = held_out / classes;
  std::vector<std::size_t> taken(classes, 0);
  SplitIndices split;
  for (const std::size_t i : all) {
    const auto label = static_cast<std::size_t>(set.labels[i]);
    if (label >= classes) {
      throw FormatError(fmt::format("training images: image {} has label {}; allowed: 0 to {}", i,
                                    label, classes - 1));
    }
    std::size_t& count = taken[label];
    if (count < wanted) {
      split.held_out.push_back(i);
      ++count;
    } else {
      split.train.push_back(i);
    }
  }
  for (std::size_t c = 0; c < classes; ++c) {
    if (taken[c] < wanted) {
      throw FormatError(
          fmt::format("training images: {} of class {}; allowed: at least {}, for held_out",
                      taken[c], c, wanted));
    }
  }
  return split;
}

std::vector<std::size_t> epoch_order(std::vector<std::size_t> indices, std::uint64_t seed,
                                     std::size_t epoch) {
  Random random(seed, kOrderStream + epoch);
  shuffle(indices, random);
  return indices;
}

BatchMaker::BatchMaker(const ImageSet& set, const AugmentConfig& augment, std::uint64_t seed,
                       const Normalisation& normalisation)
    : set_(set), augment_(augment), seed_(seed) {
  ABSIM_CHECK(set.channels == 3 && set.height == set.width,
              "made for square images with three channels");
  for (int c = 0; c < 3; ++c) {
    for (int v = 0; v < 256; ++v) {
      table_[c][v] =
          (static_cast<float>(v) / 255.0F - normalisation.mean[c]) / normalisation.std[c];
    }
  }
}

void BatchMaker::copy_image(std::size_t image, const Window& window, float* out) const {
  const auto height = static_cast<std::ptrdiff_t>(set_.height);
  const auto width = static_cast<std::ptrdiff_t>(set_.width);
  const std::uint8_t* pixels = set_.pixels.data() + image * set_.image_bytes();
  for (std::ptrdiff_t y = 0; y < window.side; ++y) {
    for (std::ptrdiff_t x = 0; x < window.side; ++x, out += 3) {
      const std::ptrdiff_t sy = y + window.top;
      const std::ptrdiff_t sx = (window.mirror ? window.side - 1 - x : x) + window.left;
      const bool inside = sy >= 0 && sy < height && sx >= 0 && sx < width;
      for (int c = 0; c < 3; ++c)
        out[c] = table_[c][inside ? pixels[3 * (sy * width + sx) + c] : 0];
    }
  }
}

std::size_t BatchMaker::side(std::size_t epoch) const {
  return epoch < augment_.early_epochs ? augment_.early_crop : set_.height;
}

/// A square whose centre lies anywhere in the image (DeVries and Taylor 2017).
void BatchMaker::cut_out(Random& random, std::size_t side, float* out) const {
  const auto extent = static_cast<std::ptrdiff_t>(side);
  const auto square = static_cast<std::ptrdiff_t>(augment_.cutout);
  const std::ptrdiff_t top = static_cast<std::ptrdiff_t>(random.below(side)) - square / 2;
  const std::ptrdiff_t left = static_cast<std::ptrdiff_t>(random.below(side)) - square / 2;
  for (std::ptrdiff_t y = std::max<std::ptrdiff_t>(top, 0); y < std::min(top + square, extent);
       ++y) {
    for (std::ptrdiff_t x = std::max<std::ptrdiff_t>(left, 0); x < std::min(left + square, extent);
         ++x)
      std::fill_n(out + 3 * (y * extent + x), 3, 0.0F);
  }
}

void BatchMaker::augmented(Span<const std::size_t> indices, std::size_t epoch,
                           Span<float> out) const {
  const std::size_t extent = side(epoch);
  ABSIM_CHECK(out.size() == indices.size() * extent * extent * 3, "a batch must fit its images");
  const std::size_t pad = epoch < augment_.early_epochs ? 0 : augment_.pad;
  const std::size_t places = set_.height + 2 * pad - extent + 1;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    Random random(seed_, (kShiftStream + epoch) * 1'000'003 + indices[i]);
    Window window{static_cast<std::ptrdiff_t>(extent), 0, 0, false};
    window.top =
        static_cast<std::ptrdiff_t>(random.below(places)) - static_cast<std::ptrdiff_t>(pad);
    window.left =
        static_cast<std::ptrdiff_t>(random.below(places)) - static_cast<std::ptrdiff_t>(pad);
    switch (augment_.flip) {
      case Flip::kOff:
        break;
      case Flip::kRandom:
        window.mirror = random.below(2) == 1;
        break;
      case Flip::kAlternating:
        window.mirror =
            (Random(seed_, kFlipStream * 1'000'003 + indices[i]).below(2) + epoch) % 2 == 1;
        break;
    }
    float* image = out.data() + i * extent * extent * 3;
    copy_image(indices[i], window, image);
    if (augment_.cutout != 0) cut_out(random, extent, image);
  }
}

void BatchMaker::plain(Span<const std::size_t> indices, Span<float> out) const {
  ABSIM_CHECK(out.size() == indices.size() * set_.image_bytes(), "a batch must fit its images");
  const Window whole{static_cast<std::ptrdiff_t>(set_.height), 0, 0, false};
  for (std::size_t i = 0; i < indices.size(); ++i)
    copy_image(indices[i], whole, out.data() + i * set_.image_bytes());
}

}  // namespace absim::models::train
