// SPDX-License-Identifier: Apache-2.0
#include "models/quantize/quantize.hpp"

#include <algorithm>
#include <cmath>

#include "models/quantize/calibration.hpp"
#include "models/quantize/calibrator.hpp"
#include "models/quantize/parallel_calibrator.hpp"

namespace absim::models {
namespace {

/// Accumulators, the layer's tensors and the residual, all images at once.
constexpr std::uint64_t kMaxMemoryBytes = std::uint64_t{12} << 30;
constexpr std::uint64_t kBytesPerElement = 14;

void check_options(const FloatNetwork& network, const ImageSet& images,
                   const QuantizeOptions& options) {
  const std::string where = "quantize: ";
  if (!is_bit_serial(options.format)) {
    check_parallel_options(network, options);
  } else if (options.bits < 1 || options.bits > kMaxWeightBits) {
    throw ConfigError(where + "bits: " + std::to_string(options.bits) + "; 1 to " +
                      std::to_string(kMaxWeightBits) + " are allowed");
  }
  if (options.calibration_images == 0 || images.count == 0) {
    throw ConfigError(where + "calibration images: 0; at least 1 is needed");
  }
  const MapShape& shape = network.graph.input.shape;
  if (!(shape == MapShape{images.height, images.width, images.channels})) {
    const auto text = [](std::size_t h, std::size_t w, std::size_t c) {
      return std::to_string(h) + "x" + std::to_string(w) + "x" + std::to_string(c);
    };
    throw ConfigError(where +
                      "calibration images: " + text(images.height, images.width, images.channels) +
                      "; the network takes " + text(shape.height, shape.width, shape.channels));
  }
  if (options.augment && options.max_shift_pixels >= std::min(shape.height, shape.width)) {
    throw ConfigError(where + "max_shift_pixels: " + std::to_string(options.max_shift_pixels) +
                      "; less than the image's size is allowed");
  }
  std::uint64_t elements = shape.elements();
  for (const Layer& layer : network.graph.layers)
    elements = std::max<std::uint64_t>(elements, layer.out.elements());
  const std::uint64_t most = kMaxMemoryBytes / (kBytesPerElement * elements);
  if (std::min(images.count, options.calibration_images) > most) {
    throw ConfigError(where + "calibration images: " + std::to_string(options.calibration_images) +
                      "; maps of this size allow at most " + std::to_string(most));
  }
}

/// The graph without the names of float tensors.
Graph quantized_graph(Graph graph) {
  graph.input.batch_norm.clear();
  for (Layer& layer : graph.layers) {
    layer.weight.clear();
    layer.bias.clear();
    layer.batch_norm.clear();
    layer.act_batch_norm.clear();
  }
  return graph;
}

/// Signed codes of every pixel value; the largest magnitude is 127, zero is zero.
void code_pixels(const FloatNetwork& network, QuantizedNetwork& result) {
  std::vector<double> values;
  for (std::size_t c = 0; c < network.graph.input.shape.channels; ++c) {
    for (int pixel = 0; pixel < 256; ++pixel) values.push_back(normalised_input(network, c, pixel));
  }
  double largest = 0.0;
  for (const double v : values) largest = std::max(largest, std::fabs(v));
  result.input_scale = largest > 0.0 ? largest / 127.0 : 1.0;
  for (const double v : values) {
    result.input_codes.push_back(static_cast<std::int16_t>(std::round(v / result.input_scale)));
  }
}

}  // namespace

QuantizedNetwork quantize(const FloatNetwork& network, const ImageSet& training_images,
                          const QuantizeOptions& options, const QuantizeProgress& progress,
                          QuantizeReport* report) {
  check_options(network, training_images, options);
  QuantizedNetwork result;
  result.graph = quantized_graph(network.graph);
  result.format = options.format;
  result.bits = options.bits;
  result.provenance = options.provenance;
  result.posit = options.posit;
  result.rounding = options.rounding;
  const ImageSet images = calibration_set(training_images, options);
  if (is_bit_serial(options.format)) {
    code_pixels(network, result);
    Calibrator(network, images, options, result).run(progress);
  } else {
    ParallelCalibrator(network, images, options, result).run(progress, report);
  }
  check_network(result, "quantize");
  return result;
}

}  // namespace absim::models
