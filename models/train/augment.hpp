// SPDX-License-Identifier: Apache-2.0
// Order, split, shift and mirror of training images. A function of (seed, epoch) alone, so a
// resumed run repeats it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/core/span.hpp"
#include "models/network/image_set.hpp"
#include "models/train/config.hpp"

namespace absim::models::train {

/// splitmix64 (Steele, Lea and Flood 2014), keyed by seed and stream: the same numbers with every
/// standard library.
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream);
  std::uint64_t next();
  /// 0..bound-1.
  std::size_t below(std::size_t bound);

 private:
  std::uint64_t state_;
};

/// Input normalisation: (pixel / 255 - mean) / std, RGB.
struct Normalisation {
  float mean[3];
  float std[3];
};
/// Statistics of the CIFAR-10 training set.
constexpr Normalisation kCifar10{{0.49140F, 0.48216F, 0.44653F}, {0.24703F, 0.24349F, 0.26159F}};

struct SplitIndices {
  std::vector<std::size_t> train;
  std::vector<std::size_t> held_out;  // as many images of each class
};

/// Splits by seed. held_out is a multiple of `classes`. Throws FormatError if a class has too few
/// images, or an image a label beyond the classes.
SplitIndices split_held_out(const ImageSet& set, std::size_t held_out, std::uint64_t seed,
                            std::size_t classes = 10);

/// The indices in the order of this epoch.
std::vector<std::size_t> epoch_order(std::vector<std::size_t> indices, std::uint64_t seed,
                                     std::size_t epoch);

/// Writes normalised float images [n][side][side][3] to out. The border of the shift is black, a
/// cut-out square of mean colour.
class BatchMaker {
 public:
  BatchMaker(const ImageSet& set, const AugmentConfig& augment, std::uint64_t seed,
             const Normalisation& normalisation);
  /// Height and width of this epoch's images: the early epochs see windows that lie inside the
  /// image.
  [[nodiscard]] std::size_t side(std::size_t epoch) const;
  void augmented(Span<const std::size_t> indices, std::size_t epoch, Span<float> out) const;
  void plain(Span<const std::size_t> indices, Span<float> out) const;

 private:
  struct Window {
    std::ptrdiff_t side;
    std::ptrdiff_t top;  // of the image's rows; may lie outside
    std::ptrdiff_t left;
    bool mirror;
  };
  void copy_image(std::size_t image, const Window& window, float* out) const;
  void cut_out(Random& random, std::size_t side, float* out) const;

  const ImageSet& set_;
  AugmentConfig augment_;
  std::uint64_t seed_;
  float table_[3][256];
};

}  // namespace absim::models::train
