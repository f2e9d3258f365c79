// SPDX-License-Identifier: Apache-2.0
// Networks to measure with.
#pragma once

#include <cstddef>
#include <string>

#include "models/network/dump.hpp"
#include "models/network/image_set.hpp"

namespace absim::bench {

/// CIFAR ResNet-20, 8-bit BWB: the shipped dump, or where there is none a random network of the
/// same shape (the time does not depend on values). `label` says which.
models::QuantizedNetwork resnet20(std::string& label);

/// Random pixels and labels for a network.
models::ImageSet random_images(const models::QuantizedNetwork& network, std::size_t count);

/// The shipped dump of this format, for example "posit8_1".
models::QuantizedNetwork resnet20_posit(const std::string& format);

/// The same graph in dynamic fixed point, with random weights.
models::QuantizedNetwork resnet20_dfp(models::Rounding rounding);

}  // namespace absim::bench
