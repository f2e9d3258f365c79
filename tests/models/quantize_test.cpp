// SPDX-License-Identifier: Apache-2.0
// Quantisation: the integer network follows the float one, and the parameters are exact for the
// integer network as the reference inference runs it.
#include "models/quantize/quantize.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <set>

#include "models/network/cifar10.hpp"
#include "models/quantize/calibration.hpp"
#include "models/quantize/calibrator.hpp"
#include "tests/models/float_networks.hpp"
#include "tests/support/message_of.hpp"
#include "tests/support/oracle.hpp"

namespace absim::models::test {
namespace {

using absim::test::message_of;
using absim::test::oracle_accumulators;

Span<const std::uint8_t> image_of(const ImageSet& set, std::size_t index) {
  return {set.pixels.data() + index * set.image_bytes(), set.image_bytes()};
}

FloatNetwork random_network(const Graph& graph, std::uint64_t seed) {
  return make_float_network(graph, random_weights(graph, seed), "random");
}

QuantizeOptions plain_options() {
  QuantizeOptions options;
  options.calibration_images = 64;
  options.augment = false;
  return options;
}

/// All parameters of a network in one comparable list.
std::vector<std::int64_t> parameters(const QuantizedNetwork& network) {
  std::vector<std::int64_t> all;
  for (const LayerValues& values : network.values) {
    all.insert(all.end(), values.codes.begin(), values.codes.end());
    for (const PostprocParams& p : values.postproc) {
      all.insert(all.end(), p.multiplier.begin(), p.multiplier.end());
      all.insert(all.end(), p.offset.begin(), p.offset.end());
      all.insert(all.end(), p.act_multiplier.begin(), p.act_multiplier.end());
      all.insert(all.end(), p.act_offset.begin(), p.act_offset.end());
      all.insert(all.end(), {p.residual_gain, std::int64_t{p.shift}, std::int64_t{p.act_shift}});
    }
  }
  return all;
}

/// Root mean square of a - b over that of b.
double relative_error(const std::vector<double>& a, const std::vector<double>& b) {
  double error = 0.0;
  double power = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    error += (a[i] - b[i]) * (a[i] - b[i]);
    power += b[i] * b[i];
  }
  return std::sqrt(error / power);
}

}  // namespace

TEST_CASE("at full length every tensor of the integer network follows the float one",
          "[models][random]") {
  for (const Graph& graph : {post_activation_graph(), pre_activation_graph()}) {
    for (const WeightFormat format : {WeightFormat::kBwb, WeightFormat::kTwosComplement}) {
      for (const ScaleMode scale : {ScaleMode::kPerLayer, ScaleMode::kPerChannel}) {
        CAPTURE(graph.name, static_cast<int>(format), static_cast<int>(scale));
        const FloatNetwork network = random_network(graph, 3);
        const ImageSet images = random_images(graph.input.shape, 64, graph.classes, 3);
        QuantizeOptions options = plain_options();
        options.format = format;
        options.scale = scale;
        options.reestimate_batch_norm = false;
        const QuantizedNetwork quantized = quantize(network, images, options);
        const FloatInference inference(network);
        std::map<std::string, std::vector<double>> expected;
        std::map<std::string, std::vector<double>> found;
        for (std::size_t i = 0; i < 16; ++i) {
          for (const auto& [name, map] : inference.tensors(image_of(images, i))) {
            expected[name].insert(expected[name].end(), map.begin(), map.end());
          }
          const TensorMap codes = infer_reference(quantized, 8, image_of(images, i));
          for (const std::int32_t code : codes.at("input"))
            found["input"].push_back(code * quantized.input_scale);
          for (std::size_t k = 0; k < quantized.values.size(); ++k) {
            const std::string& name = quantized.graph.layers[k].name;
            const LayerValues& values = quantized.values[k];
            for (const std::int32_t code : codes.at(name))
              found[name].push_back(code * values.output_scale[7]);
            if (values.act_scale.empty()) continue;
            for (const std::int32_t code : codes.at(name + ".act")) {
              found[name + ".act"].push_back(code * values.act_scale[7]);
            }
          }
        }
        REQUIRE(found.size() == expected.size());
        for (const auto& [name, values] : expected) {
          CAPTURE(name);
          CHECK(relative_error(found.at(name), values) < 0.035);
        }
      }
    }
  }
}

TEST_CASE("re-estimated batch norm is exact for the integer network at every length",
          "[models][random]") {
  std::size_t checked = 0;
  for (const Graph& graph : {post_activation_graph(), pre_activation_graph()}) {
    const FloatNetwork network = random_network(graph, 5);
    const ImageSet images = random_images(graph.input.shape, 48, graph.classes, 5);
    const QuantizedNetwork quantized = quantize(network, images, plain_options());
    for (unsigned t = 1; t <= 8; ++t) {
      std::vector<TensorMap> tensors;
      for (std::size_t i = 0; i < images.count; ++i)
        tensors.push_back(infer_reference(quantized, t, image_of(images, i)));
      for (std::size_t k = 0; k < graph.layers.size(); ++k) {
        const Layer& layer = graph.layers[k];
        if (layer.op != LayerOp::kConv || !network.layers[k].batch_norm) continue;
        CAPTURE(graph.name, layer.name, t);
        const PostprocParams& params = quantized.values[k].postproc[t - 1];
        const std::size_t channels = layer.out.channels;
        std::vector<double> sum(channels);
        std::vector<double> square(channels);
        for (const TensorMap& map : tensors) {
          const auto sums = oracle_accumulators(quantized, k, t, map.at(layer.input));
          for (std::size_t i = 0; i < sums.size(); ++i) {
            const std::size_t c = i % channels;
            const double y =
                std::ldexp(static_cast<double>(sums[i] * params.multiplier[c] + params.offset[c]),
                           -static_cast<int>(params.shift)) *
                quantized.values[k].output_scale[t - 1];
            sum[c] += y;
            square[c] += y * y;
          }
        }
        const auto count = static_cast<double>(images.count * layer.out.pixels());
        for (std::size_t c = 0; c < channels; ++c) {
          const double mean = sum[c] / count;
          const double deviation = std::sqrt(square[c] / count - mean * mean);
          CHECK(mean == Approx(network.layers[k].batch_norm->beta[c]).margin(1e-4));
          // The multiplier's rounding and epsilon remain.
          CHECK(deviation ==
                Approx(std::fabs(network.layers[k].batch_norm->gamma[c])).epsilon(2e-3));
          ++checked;
        }
      }
    }
  }
  REQUIRE(checked > 200);
}

TEST_CASE("a layer without batch norm keeps mean and spread when weights get shorter",
          "[models][random]") {
  const Graph graph = post_activation_graph();
  const FloatNetwork network = random_network(graph, 9);
  const ImageSet images = random_images(graph.input.shape, 64, graph.classes, 9);
  const QuantizedNetwork quantized = quantize(network, images, plain_options());
  const LayerValues& logits = quantized.values.back();
  std::vector<std::vector<double>> means;
  for (const unsigned t : {8U, 2U}) {
    std::vector<double> mean(graph.classes);
    for (std::size_t i = 0; i < images.count; ++i) {
      const IntMap out = infer_reference(quantized, t, image_of(images, i)).at("head");
      for (std::size_t c = 0; c < graph.classes; ++c) {
        mean[c] += out[c] * logits.output_scale[t - 1] / static_cast<double>(images.count);
      }
    }
    means.push_back(mean);
  }
  CHECK(relative_error(means[1], means[0]) < 1e-3);
}

TEST_CASE("quantisation gives the same network on any number of threads", "[models]") {
  const Graph graph = pre_activation_graph();
  const FloatNetwork network = random_network(graph, 2);
  const ImageSet images = random_images(graph.input.shape, 100, graph.classes, 2);
  QuantizeOptions options;
  options.calibration_images = 80;
  options.max_shift_pixels = 2;
  options.threads = 1;
  std::size_t calls = 0;
  std::size_t total = 0;
  const QuantizedNetwork one =
      quantize(network, images, options, [&](std::size_t done, std::size_t all) {
        CHECK(done == ++calls);
        total = all;
      });
  CHECK(calls == total);
  CHECK(total == 8 * graph.layers.size());
  options.threads = 4;
  CHECK(parameters(quantize(network, images, options)) == parameters(one));
  options.seed = 2;
  CHECK(parameters(quantize(network, images, options)) != parameters(one));
}

TEST_CASE("shorter weight words quantise too, down to one bit", "[models]") {
  const Graph graph = post_activation_graph();
  const FloatNetwork network = random_network(graph, 4);
  const ImageSet images = random_images(graph.input.shape, 32, graph.classes, 4);
  QuantizeOptions options = plain_options();
  for (const unsigned bits : {1U, 5U}) {
    options.bits = bits;
    const QuantizedNetwork quantized = quantize(network, images, options);
    CHECK(quantized.values[0].postproc.size() == bits);
    const auto& codes = quantized.values[0].codes;
    CHECK(*std::max_element(codes.begin(), codes.end()) == (1U << bits) - 1);
  }
}

TEST_CASE("a 1-bit network with weights +-c is exact, residual branches in proportion",
          "[models]") {
  const Graph graph = pre_activation_graph();
  TensorFile file = random_weights(graph, 8);
  for (const Layer& layer : graph.layers) {
    if (!layer.has_weights()) continue;
    Tensor& tensor = file.tensors[layer.weight];
    std::vector<float> values;
    for (const float w : tensor.as<float>()) values.push_back(w < 0 ? -0.25F : 0.25F);
    tensor = make_tensor<float>(tensor.shape, values);
  }
  const FloatNetwork network = make_float_network(graph, file, "1 bit");
  const ImageSet images = random_images(graph.input.shape, 32, graph.classes, 8);
  QuantizeOptions options = plain_options();
  options.bits = 1;
  options.reestimate_batch_norm = false;
  const QuantizedNetwork quantized = quantize(network, images, options);
  const FloatInference inference(network);
  std::vector<double> found;
  std::vector<double> expected;
  for (std::size_t i = 0; i < 16; ++i) {
    const IntMap codes = infer_reference(quantized, 1, image_of(images, i)).at("b2");
    for (const std::int32_t code : codes)
      found.push_back(code * quantized.values[5].output_scale[0]);
    const std::vector<float> values = inference.tensors(image_of(images, i)).at("b2");
    expected.insert(expected.end(), values.begin(), values.end());
  }
  CHECK(relative_error(found, expected) < 0.03);
}

TEST_CASE("calibration images are drawn once each and shifted and flipped within bounds",
          "[models][random]") {
  ImageSet images = random_images({8, 6, 3}, 40, 4, 11);
  for (std::size_t i = 0; i < images.count; ++i) images.labels[i] = static_cast<std::int32_t>(i);
  QuantizeOptions options;
  options.calibration_images = 30;
  options.max_shift_pixels = 2;
  const ImageSet set = calibration_set(images, options);
  REQUIRE(set.count == 30);
  CHECK(std::set<std::int32_t>(set.labels.begin(), set.labels.end()).size() == 30);
  std::set<std::tuple<int, int, bool>> seen;
  for (std::size_t i = 0; i < set.count; ++i) {
    const Span<const std::uint8_t> from = image_of(images, static_cast<std::size_t>(set.labels[i]));
    const Span<const std::uint8_t> to = image_of(set, i);
    std::size_t matches = 0;
    for (int dy = -2; dy <= 2; ++dy) {
      for (int dx = -2; dx <= 2; ++dx) {
        for (const bool flip : {false, true}) {
          bool same = true;
          for (int y = 0; y < 8 && same; ++y) {
            for (int x = 0; x < 6 && same; ++x) {
              const int sy = y - dy;
              const int sx = (flip ? 5 - x : x) - dx;
              const bool inside = sy >= 0 && sy < 8 && sx >= 0 && sx < 6;
              for (int c = 0; c < 3; ++c) {
                const int want = inside ? from[static_cast<std::size_t>((sy * 6 + sx) * 3 + c)] : 0;
                same = same && to[static_cast<std::size_t>((y * 6 + x) * 3 + c)] == want;
              }
            }
          }
          if (!same) continue;
          ++matches;
          seen.insert({dy, dx, flip});
        }
      }
    }
    CHECK(matches == 1);
  }
  REQUIRE(seen.size() > 15);
  options.augment = false;
  options.calibration_images = 1000;
  const ImageSet all = calibration_set(images, options);
  REQUIRE(all.count == 40);
  for (std::size_t i = 0; i < all.count; ++i) {
    const Span<const std::uint8_t> from = image_of(images, static_cast<std::size_t>(all.labels[i]));
    CHECK(std::equal(from.begin(), from.end(), image_of(all, i).begin()));
  }
}

TEST_CASE("integer accumulators equal plain loops", "[models][random]") {
  std::mt19937_64 random(21);
  std::vector<Layer> layers{conv("odd", "input", {7, 9, 3}, 5, 3, 1, {1, 1, 1, 1}),
                            conv("strided", "input", {9, 8, 4}, 33, 3, 2, {0, 1, 1, 0}),
                            conv("wide", "input", {6, 6, 7}, 16, 5, 1, {2, 2, 2, 2}),
                            conv("point", "input", {4, 5, 1}, 20, 1, 1, {})};
  for (const Layer& layer : layers) {
    CAPTURE(layer.name);
    std::vector<std::int32_t> weights;
    for (std::size_t i = 0; i < layer.weight_count(); ++i)
      weights.push_back(static_cast<std::int32_t>(random() % 511) - 255);
    std::vector<std::int16_t> in;
    for (std::size_t i = 0; i < layer.in.elements(); ++i)
      in.push_back(static_cast<std::int16_t>(random() % 384) - 128);
    const LayerAccumulator accumulator(layer, weights);
    std::vector<std::int32_t> out(accumulator.shape().elements());
    LayerAccumulator::Scratch scratch;
    accumulator.run(in, out, scratch);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::size_t o = i % layer.out.channels;
      const std::size_t x = i / layer.out.channels % layer.out.width;
      const std::size_t y = i / layer.out.channels / layer.out.width;
      std::int64_t sum = 0;
      for (std::size_t k = 0; k < layer.products(); ++k) {
        const std::size_t iy =
            y * layer.stride + k / layer.in.channels / layer.kernel_w - layer.pad.top;
        const std::size_t ix =
            x * layer.stride + k / layer.in.channels % layer.kernel_w - layer.pad.left;
        if (iy >= layer.in.height || ix >= layer.in.width) continue;
        sum += std::int64_t{weights[o * layer.products() + k]} *
               in[(iy * layer.in.width + ix) * layer.in.channels + k % layer.in.channels];
      }
      if (sum != out[i]) ++wrong;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("channel statistics stay exact where squares overflow 64 bits", "[models]") {
  constexpr std::int32_t kLarge = 2147483647;
  ChannelStatistics statistics(2);
  std::vector<std::int32_t> values;
  for (int i = 0; i < 1000; ++i) {
    values.push_back(i % 2 == 0 ? kLarge : -kLarge);
    values.push_back(i % 2 == 0 ? 7 : 9);
  }
  statistics.add(values, kLarge);
  ChannelStatistics other(2);
  other.add(values, kLarge);
  statistics.merge(other);
  CHECK(statistics.mean(0) == 0.0);
  CHECK(statistics.variance(0) == Approx(static_cast<double>(kLarge) * kLarge));
  CHECK(statistics.mean(1) == 8.0);
  CHECK(statistics.variance(1) == Approx(1.0));
}

TEST_CASE("clipping is worth it only for rare large values", "[models]") {
  Histogram uniform(1.0);
  for (int i = 0; i <= 10000; ++i) uniform.add(i / 10000.0);
  CHECK(uniform.best_clip(255) > 0.98);
  Histogram outlier(10.0);
  for (int i = 0; i <= 100000; ++i) outlier.add(i / 100000.0);
  outlier.add(10.0);
  CHECK(outlier.best_clip(255) < 9.0);
  CHECK(outlier.best_clip(255) >= 1.0);
}

TEST_CASE("fixed-point parameters are the finest that fit and keep the mean", "[models][random]") {
  std::mt19937_64 random(31);
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    RealPostproc real;
    const double size = std::ldexp(1.0, static_cast<int>(random() % 24) - 20);
    for (int c = 0; c < 8; ++c) {
      real.gain.push_back(size * static_cast<double>(normal(random)));
      real.centre.push_back(10000.0 * static_cast<double>(normal(random)));
      real.offset.push_back(50.0 * static_cast<double>(normal(random)));
    }
    real.residual_gain = round % 2 == 0 ? 1.3 : 0.0;
    const FixedPostproc fixed = to_fixed_point(real, "test");
    const double unit = std::ldexp(1.0, static_cast<int>(fixed.shift));
    double largest = 0.0;
    for (std::size_t c = 0; c < 8; ++c) {
      largest = std::max(largest, std::fabs(real.gain[c]) * unit);
      CHECK(std::fabs(fixed.multiplier[c] - real.gain[c] * unit) <= 0.5);
      const double mean =
          (fixed.multiplier[c] * real.centre[c] + static_cast<double>(fixed.offset[c])) / unit;
      CHECK(mean == Approx(real.offset[c]).margin(0.51 / unit));
    }
    const bool residual_is_largest = std::abs(fixed.residual_gain) >= (1 << 30);
    CHECK((largest > 16383.0 || residual_is_largest || fixed.shift == kMaxShift));
    CHECK(std::fabs(fixed.residual_gain - real.residual_gain * unit) <= 0.5);
  }
  RealPostproc huge{{1e6}, {0.0}, {0.0}, 0.0};
  CHECK(message_of<ConfigError>([&] { to_fixed_point(huge, "net: layer a"); }) ==
        "net: layer a: gains or offsets too large for fixed point; at most 16-bit multipliers and "
        "48-bit offsets "
        "are allowed");
}

TEST_CASE("fixed point rounds half up", "[models]") {
  const FixedPostproc fixed{{1}, {0}, 3, 2};
  for (std::int64_t x = -40; x <= 40; ++x) {
    for (std::int64_t r = -5; r <= 5; ++r) {
      CHECK(fixed.apply(0, x, r) ==
            static_cast<std::int64_t>(std::floor(static_cast<double>(x + 3 * r) / 4.0 + 0.5)));
    }
  }
  CHECK(FixedPostproc{{2}, {1}, 0, 0}.apply(0, 5, 9) == 11);
}

TEST_CASE("wrong options and networks that overflow are refused", "[models][negative]") {
  const Graph graph = post_activation_graph();
  const FloatNetwork network = random_network(graph, 1);
  const ImageSet images = random_images(graph.input.shape, 4, graph.classes, 1);
  const auto message = [&](const QuantizeOptions& options, const ImageSet& set) {
    return message_of<ConfigError>([&] { quantize(network, set, options); });
  };
  QuantizeOptions options = plain_options();
  options.bits = 9;
  CHECK(message(options, images) == "quantize: bits: 9; 1 to 8 are allowed");
  options = plain_options();
  options.calibration_images = 0;
  CHECK(message(options, images) == "quantize: calibration images: 0; at least 1 is needed");
  options = plain_options();
  CHECK(message(options, random_images({9, 9, 3}, 4, 6, 1)) ==
        "quantize: calibration images: 9x9x3; the network takes 9x8x3");
  options.augment = true;
  options.max_shift_pixels = 8;
  CHECK(message(options, images) ==
        "quantize: max_shift_pixels: 8; less than the image's size is allowed");

  Graph large;
  large.name = "large";
  large.input = {{64, 64, 64}, 1.0, {}, {}, ""};
  large.classes = 2;
  large.layers.push_back(conv("stem", "input", {64, 64, 64}, 64, 1, 1, {}));
  large.layers.back().relu = true;
  large.layers.push_back(linear("head", "stem", large.layers.back().out, 2));
  const FloatNetwork wide = random_network(large, 1);
  const ImageSet few = random_images(large.input.shape, 2, 2, 1);
  CHECK(message_of<ConfigError>([&] {
          quantize(wide, few, plain_options());
        }).find("large: layer head: accumulators reach ") == 0);
}

/// Orientation, float emulation with re-estimated batch norm: 27, 75, 89.6, 91.4, 91.6 % at t
/// = 1..5.
TEST_CASE("the public ResNet-20 keeps its accuracy in 8 bits and loses it slowly in fewer",
          "[models][slow]") {
  if (const std::string reason = missing_cifar10_inputs(); !reason.empty()) {
    WARN("skipped: " << reason);
    return;
  }
  const FloatNetwork network = public_resnet20();
  QuantizeOptions options;
  options.calibration_images = 1024;
  const QuantizedNetwork quantized =
      quantize(network, read_cifar10_directory(cifar10_directory(), Split::kTrain), options);
  const ImageSet test = read_cifar10_directory(cifar10_directory(), Split::kTest);
  const std::map<unsigned, std::size_t> least{{1, 2000}, {2, 7350}, {3, 8810},
                                              {4, 8990}, {5, 9010}, {8, 9143}};
  for (const auto& [t, top1] : least) {
    CAPTURE(t);
    CHECK(evaluate(FastInference(quantized, t), test, 10, 0).top1 >= top1);
  }
}

}  // namespace absim::models::test
