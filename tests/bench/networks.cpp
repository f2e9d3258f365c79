// SPDX-License-Identifier: Apache-2.0
// Networks to measure with.
#include "tests/bench/networks.hpp"

#include <algorithm>
#include <filesystem>
#include <random>

namespace absim::bench {

using namespace models;

namespace {

std::string source_file(const std::string& path) { return ABSIM_SOURCE_DIR "/" + path; }

std::uint8_t random_code(std::mt19937_64& random) {
  std::normal_distribution<double> code(127.5, 30);  // trained weights look like this
  return static_cast<std::uint8_t>(std::clamp(code(random), 0.0, 255.0));
}

/// Parameters that keep activations within their range, about 2^-12 of an accumulator.
PostprocParams random_params(const Layer& layer, bool logits, std::mt19937_64& random) {
  PostprocParams params;
  params.shift = logits ? 0 : 24;
  params.residual_gain = layer.residual ? 1 << 23 : 0;
  for (std::size_t c = 0; c < layer.out.channels; ++c) {
    params.multiplier.push_back(static_cast<std::int16_t>(logits ? 1 : 2000 + random() % 1000));
    params.offset.push_back(logits ? 0 : static_cast<std::int64_t>(random() % (1U << 30)));
  }
  return params;
}

QuantizedNetwork random_network(const std::string& graph_path) {
  QuantizedNetwork network;
  std::mt19937_64 random(1);
  network.graph = read_graph(graph_path);
  for (std::size_t i = 0; i < network.graph.input.shape.channels * 256; ++i) {
    network.input_codes.push_back(static_cast<std::int16_t>(static_cast<int>(i % 256) - 128));
  }
  for (std::size_t i = 0; i < network.graph.layers.size(); ++i) {
    const Layer& layer = network.graph.layers[i];
    const bool logits = i + 1 == network.graph.layers.size();
    LayerValues values;
    values.output = logits ? ElementType::kS32 : ElementType::kU8;
    for (std::size_t k = 0; k < layer.weight_count(); ++k) {
      values.codes.push_back(random_code(random));
    }
    for (unsigned t = 1; t <= network.bits; ++t) {
      values.postproc.push_back(random_params(layer, logits, random));
    }
    network.values.push_back(values);
  }
  check_network(network, graph_path);
  return network;
}

}  // namespace

QuantizedNetwork resnet20(std::string& label) {
  const std::string dump = source_file("traces/resnet20_cifar10_bwb8");
  if (std::filesystem::exists(dump)) {
    label = "shipped dump";
    return read_dump(dump);
  }
  label = "random weights";
  return random_network(source_file("configs/network/resnet20_cifar10.yaml"));
}

QuantizedNetwork resnet20_posit(const std::string& format) {
  return read_dump(source_file("traces/resnet20_cifar10_") + format);
}

QuantizedNetwork resnet20_dfp(Rounding rounding) {
  QuantizedNetwork network = random_network(source_file("configs/network/resnet20_cifar10.yaml"));
  network.format = WeightFormat::kDfp;
  network.rounding = rounding;
  for (LayerValues& values : network.values) {
    for (std::uint16_t& code : values.codes) {  // around 0, within -127..127
      code = static_cast<std::uint16_t>(code < 1 ? 129 : (code + 128U) & 0xffU);
    }
    PostprocParams params;
    params.multiplier.assign(values.postproc.at(0).multiplier.size(), 1);
    params.offset.assign(params.multiplier.size(), 300);
    params.residual_gain = values.postproc.at(0).residual_gain == 0 ? 0 : 1 << 10;
    params.shift = values.output == ElementType::kS32 ? 0 : 11;
    values.postproc = {params};
  }
  check_network(network, "resnet20_dfp");
  return network;
}

ImageSet random_images(const QuantizedNetwork& network, std::size_t count) {
  const MapShape& shape = network.graph.input.shape;
  ImageSet images;
  images.count = count;
  images.height = shape.height;
  images.width = shape.width;
  images.channels = shape.channels;
  std::mt19937_64 random(2);
  for (std::size_t i = 0; i < count * shape.elements(); ++i) {
    images.pixels.push_back(static_cast<std::uint8_t>(random() >> 56));
  }
  for (std::size_t i = 0; i < count; ++i) {
    images.labels.push_back(static_cast<std::int32_t>(random() % network.graph.classes));
  }
  return images;
}

}  // namespace absim::bench
