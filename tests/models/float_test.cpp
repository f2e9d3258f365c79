// SPDX-License-Identifier: Apache-2.0
// Float inference against plain loops in double precision, and against a published accuracy.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <map>

#include "models/network/cifar10.hpp"
#include "tests/models/float_networks.hpp"

namespace absim::models::test {
namespace {

using Map = std::vector<double>;

/// One layer by its definition: batch norm unfolded, one bounds check per product.
class PlainNetwork {
 public:
  explicit PlainNetwork(const FloatNetwork& network) : network_(network) {}

  std::map<std::string, Map> run(Span<const std::uint8_t> pixels) {
    const InputSpec& input = network_.graph.input;
    shapes_["input"] = input.shape;
    Map map;
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      const std::size_t c = i % input.shape.channels;
      double v = pixels[i] * input.pixel_scale;
      if (!input.mean.empty()) v = (v - input.mean[c]) / input.std_dev[c];
      map.push_back(network_.input_batch_norm ? normalise(*network_.input_batch_norm, c, v) : v);
    }
    tensors_["input"] = map;
    for (std::size_t i = 0; i < network_.graph.layers.size(); ++i)
      run_layer(network_.graph.layers[i], network_.layers[i]);
    return tensors_;
  }

 private:
  double normalise(const BatchNorm& bn, std::size_t c, double v) const {
    return bn.gamma[c] * (v - bn.mean[c]) / std::sqrt(bn.variance[c] + network_.graph.bn_epsilon) +
           bn.beta[c];
  }

  /// The element, or `outside` beyond the map.
  static double at(const Map& map, const MapShape& shape, long y, long x, std::size_t c,
                   double outside) {
    if (y < 0 || x < 0 || y >= static_cast<long>(shape.height) ||
        x >= static_cast<long>(shape.width))
      return outside;
    return map[(static_cast<std::size_t>(y) * shape.width + static_cast<std::size_t>(x)) *
                   shape.channels +
               c];
  }

  double element(const Layer& layer, const FloatLayer& values, std::size_t y, std::size_t x,
                 std::size_t o) const {
    const Map& in = tensors_.at(layer.input);
    double sum = 0.0;
    double largest = -1e300;
    std::size_t inside = 0;
    for (std::size_t ky = 0; ky < layer.kernel_h; ++ky) {
      for (std::size_t kx = 0; kx < layer.kernel_w; ++kx) {
        const long iy = static_cast<long>(y * layer.stride + ky) - static_cast<long>(layer.pad.top);
        const long ix =
            static_cast<long>(x * layer.stride + kx) - static_cast<long>(layer.pad.left);
        if (!layer.has_weights()) {
          const double v = at(in, layer.in, iy, ix, o, std::nan(""));
          if (std::isnan(v)) continue;
          ++inside;
          sum += v;
          largest = std::max(largest, v);
          continue;
        }
        for (std::size_t i = 0; i < layer.in.channels; ++i) {
          const std::size_t tap = layer.shared_kernel() ? 0 : ky * layer.kernel_w + kx;
          const std::size_t taps = layer.shared_kernel() ? 1 : layer.kernel_h * layer.kernel_w;
          sum += at(in, layer.in, iy, ix, i, 0.0) *
                 values.weights[(o * taps + tap) * layer.in.channels + i];
        }
      }
    }
    if (layer.op == LayerOp::kMaxPool) return largest;
    if (layer.op == LayerOp::kAvgPool) return sum / static_cast<double>(inside);
    return layer.shared_kernel() ? sum / static_cast<double>(layer.in.pixels()) : sum;
  }

  void run_layer(const Layer& layer, const FloatLayer& values) {
    Map out;
    Map act;
    for (std::size_t i = 0; i < layer.out.elements(); ++i) {
      const std::size_t c = i % layer.out.channels;
      const std::size_t x = i / layer.out.channels % layer.out.width;
      const std::size_t y = i / layer.out.channels / layer.out.width;
      double v = element(layer, values, y, x, c);
      if (!values.bias.empty()) v += values.bias[c];
      if (values.batch_norm) v = normalise(*values.batch_norm, c, v);
      if (layer.residual) {
        const MapShape& shape = shapes_.at(layer.residual->tensor);
        const long from = static_cast<long>(c) - static_cast<long>(layer.residual->channel_offset);
        if (from >= 0 && from < static_cast<long>(shape.channels)) {
          v += at(tensors_.at(layer.residual->tensor), shape,
                  static_cast<long>(y * layer.residual->stride),
                  static_cast<long>(x * layer.residual->stride), static_cast<std::size_t>(from),
                  0.0);
        }
      }
      if (layer.relu) v = std::max(v, 0.0);
      out.push_back(v);
      if (layer.emits_activation)
        act.push_back(std::max(0.0, normalise(*values.act_batch_norm, c, v)));
    }
    shapes_[layer.name] = layer.out;
    tensors_[layer.name] = out;
    if (layer.emits_activation) tensors_[layer.name + ".act"] = act;
  }

  const FloatNetwork& network_;
  std::map<std::string, Map> tensors_;
  std::map<std::string, MapShape> shapes_;
};

FloatNetwork random_network(const Graph& graph, std::uint64_t seed) {
  return make_float_network(graph, random_weights(graph, seed), "random");
}

}  // namespace

TEST_CASE("float inference equals plain loops in every tensor", "[models][random]") {
  for (const Graph& graph : {post_activation_graph(), pre_activation_graph()}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      CAPTURE(graph.name, seed);
      const FloatNetwork network = random_network(graph, seed);
      const ImageSet images = random_images(graph.input.shape, 1, graph.classes, seed);
      const auto found = FloatInference(network).tensors(images.pixels);
      const auto expected = PlainNetwork(network).run(images.pixels);
      REQUIRE(found.size() == expected.size());
      std::size_t negative = 0;
      for (const auto& [name, map] : expected) {
        CAPTURE(name);
        REQUIRE(found.at(name).size() == map.size());
        double worst = 0.0;
        for (std::size_t i = 0; i < map.size(); ++i) {
          worst = std::max(worst, std::fabs(map[i] - static_cast<double>(found.at(name)[i])));
          if (map[i] < 0.0) ++negative;
        }
        CHECK(worst < 2e-5);
      }
      REQUIRE(negative > 0);
    }
  }
}

TEST_CASE("float accuracy is the same on any number of threads and in any batch", "[models]") {
  const Graph graph = post_activation_graph();
  const FloatNetwork network = random_network(graph, 7);
  const FloatInference inference(network);
  const ImageSet images = random_images(graph.input.shape, 100, graph.classes, 7);
  const std::vector<float> together = inference.logits(images.pixels, images.count);
  for (std::size_t i = 0; i < images.count; ++i) {
    const Span<const std::uint8_t> one(images.pixels.data() + i * images.image_bytes(),
                                       images.image_bytes());
    const std::vector<float> alone = inference.logits(one, 1);
    REQUIRE(std::equal(alone.begin(), alone.end(),
                       together.begin() + static_cast<std::ptrdiff_t>(i * graph.classes)));
  }
  const Accuracy one = evaluate(inference, images, 1);
  std::size_t last = 0;
  const Accuracy three =
      evaluate(inference, images, 3, [&](std::size_t done) { last = std::max(last, done); });
  CHECK(one.top1 == three.top1);
  CHECK(one.top5 == three.top5);
  CHECK(one.top5 > one.top1);
  CHECK(last == images.count);
}

TEST_CASE("a weight file must hold exactly the tensors of the network", "[models][negative]") {
  const Graph graph = post_activation_graph();
  const TensorFile good = random_weights(graph, 1);
  CHECK_NOTHROW(make_float_network(graph, good, "w"));
  const auto message = [&](const TensorFile& file) {
    try {
      make_float_network(graph, file, "w.safetensors");
    } catch (const FormatError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  TensorFile file = good;
  file.tensors.erase("a2.weight");
  CHECK(message(file) == "w.safetensors: a2.weight: missing; the network needs F32 [7, 7, 3, 3]");
  file = good;
  file.tensors["extra"] = make_tensor<float>({1}, {0.0F});
  CHECK(message(file) == "w.safetensors: extra: surplus; the network description does not name it");
  file = good;
  file.tensors["head.weight"] = make_tensor<float>({20, 6}, std::vector<float>(120));
  CHECK(message(file) == "w.safetensors: head.weight: F32 [20, 6]; the network needs F32 [6, 20]");
  file = good;
  file.tensors["stem.bn.bias"] = make_tensor<std::int32_t>({5}, std::vector<std::int32_t>(5));
  CHECK(message(file) == "w.safetensors: stem.bn.bias: I32 [5]; the network needs F32 [5]");
  file = good;
  file.tensors["head.bias"] = make_tensor<float>({6}, {0, 0, INFINITY, 0, 0, 0});
  CHECK(message(file) ==
        "w.safetensors: head.bias: value 2 is not finite; only finite numbers are allowed");
  file = good;
  file.tensors["stem.bn.running_var"] = make_tensor<float>({5}, {1, 1, -1, 1, 1});
  CHECK(message(file).find("w.safetensors: stem.bn.running_var: a variance of -1") == 0);
  file = good;
  file.tensors["stem.bn.num_batches_tracked"] =
      make_tensor<std::int64_t>({}, std::vector<std::int64_t>{7});
  CHECK(message(file) == "accepted");
}

TEST_CASE("the public ResNet-20 reaches its published 91.73 % on CIFAR-10", "[models][slow]") {
  if (const std::string reason = missing_cifar10_inputs(); !reason.empty()) {
    WARN("skipped: " << reason);
    return;
  }
  const FloatNetwork network = public_resnet20();
  const ImageSet images = read_cifar10_directory(cifar10_directory(), Split::kTest);
  const Accuracy accuracy = evaluate(FloatInference(network), images, 0);
  CHECK(accuracy.images == 10000);
  CHECK(accuracy.top1 >= 9171);
  CHECK(accuracy.top1 <= 9175);
}

}  // namespace absim::models::test
