// SPDX-License-Identifier: Apache-2.0
// The images that calibration looks at: a random choice, shifted and flipped as in training.
#pragma once

#include "models/network/image_set.hpp"
#include "models/quantize/quantize.hpp"

namespace absim::models {

/// Draws options.calibration_images images without repetition (all, in random order, if there are
/// fewer) and augments them. Pixels shifted in from outside are black (0), as the padding of the
/// original pixels in training is. A function of the images and the options' seed alone.
ImageSet calibration_set(const ImageSet& images, const QuantizeOptions& options);

}  // namespace absim::models
