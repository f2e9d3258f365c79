// SPDX-License-Identifier: Apache-2.0
// Quantisation to DFP, S-DFP and posits: the exact network follows the float one, scales are what
// the policies say, and the same inputs give the same network.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <map>

#include "models/quantize/quantize.hpp"
#include "models/quantize/real_layer.hpp"
#include "tests/models/float_networks.hpp"
#include "tests/support/message_of.hpp"

namespace absim::models::test {
namespace {

using absim::test::message_of;
using Catch::Matchers::Contains;

Span<const std::uint8_t> image_at(const ImageSet& set, std::size_t index) {
  return {set.pixels.data() + index * set.image_bytes(), set.image_bytes()};
}

struct Case {
  FloatNetwork network;
  ImageSet images;
};

Case small_case() {
  const Graph graph = post_activation_graph();
  return {make_float_network(graph, random_weights(graph, 3), "random"),
          random_images(graph.input.shape, 64, graph.classes, 3)};
}

QuantizeOptions options_of(WeightFormat format, PositFormat posit = {}) {
  QuantizeOptions options;
  options.format = format;
  options.posit = posit;
  options.bits = format == WeightFormat::kPosit ? posit.n : kDfpBits;
  options.calibration_images = 64;
  options.augment = false;
  options.reestimate_batch_norm = false;
  return options;
}

/// Value of a tensor's code.
double value_of(const QuantizedNetwork& network, ElementType type, std::int32_t code, double scale) {
  if (type != ElementType::kPosit8 && type != ElementType::kPosit16) return code * scale;
  return scale * posit_to_double(network.posit, posit_from_signed(network.posit, code));
}

/// Largest relative error (root mean square) of any tensor of exact inference against float.
std::map<std::string, double> relative_errors(const Case& from, const QuantizedNetwork& quantized) {
  const FloatInference inference(from.network);
  std::map<std::string, double> error;
  std::map<std::string, double> power;
  for (std::size_t i = 0; i < 16; ++i) {
    const auto exact = inference.tensors(image_at(from.images, i));
    const TensorMap codes = infer_reference(quantized, quantized.bits, image_at(from.images, i));
    for (const auto& [name, map] : exact) {
      const ElementType type = tensor_type(quantized, name);
      const double scale = name == "input"
                               ? quantized.input_scale
                               : quantized.values[producer(quantized.graph, name)].output_scale[0];
      for (std::size_t e = 0; e < map.size(); ++e) {
        const double found = value_of(quantized, type, codes.at(name)[e], scale);
        error[name] += (found - double{map[e]}) * (found - double{map[e]});
        power[name] += double{map[e]} * double{map[e]};
      }
    }
  }
  for (auto& [name, value] : error) value = std::sqrt(value / power[name]);
  return error;
}

double worst(const std::map<std::string, double>& errors) {
  double most = 0.0;
  for (const auto& [name, value] : errors) most = std::max(most, value);
  return most;
}

}  // namespace

TEST_CASE("quantised DFP and posit networks follow the float one in every tensor",
          "[models][quantize]") {
  const Case from = small_case();
  const auto errors = [&](const QuantizeOptions& options) {
    return worst(relative_errors(from, quantize(from.network, from.images, options)));
  };
  const double dfp = errors(options_of(WeightFormat::kDfp));
  QuantizeOptions shifted = options_of(WeightFormat::kDfp);
  shifted.exponents.policy = DfpPolicy::kMinimumError;
  const double sdfp = errors(shifted);
  const double posit8 = errors(options_of(WeightFormat::kPosit, {8, 1}));
  const double posit12 = errors(options_of(WeightFormat::kPosit, {12, 1}));
  const double posit16 = errors(options_of(WeightFormat::kPosit, {16, 1}));
  CAPTURE(dfp, sdfp, posit8, posit12, posit16);
  CHECK(dfp < 0.08);
  CHECK(sdfp < 0.08);
  CHECK(sdfp < 1.05 * dfp);
  CHECK(posit8 < 0.08);
  CHECK(posit12 < posit8 / 8);   // four fraction bits more
  CHECK(posit16 < posit12 / 8);
  CHECK(posit16 < 0.0005);
}

TEST_CASE("exponents and betas are those of the policy", "[models][quantize]") {
  const Case from = small_case();
  QuantizeOptions options = options_of(WeightFormat::kDfp);
  const QuantizedNetwork plain = quantize(from.network, from.images, options);
  options.exponents.policy = DfpPolicy::kConstant;
  options.exponents.beta = -2;
  const QuantizedNetwork moved = quantize(from.network, from.images, options);
  for (std::size_t i = 0; i < plain.values.size(); ++i) {
    if (plain.values[i].codes.empty()) continue;
    CAPTURE(i);
    const FoldedLayer folded = fold_layer(from.network.layers[i], plain.graph.layers[i].out.channels,
                                          from.network.graph.bn_epsilon);
    float largest = 0.0F;
    for (const float w : folded.weights) largest = std::max(largest, std::fabs(w));
    const int expected = std::ilogb(largest) - 6;
    CHECK(plain.values[i].weight_exponent == TensorExponent{expected, 0});
    CHECK(moved.values[i].weight_exponent == TensorExponent{expected - 2, -2});
    // and the codes are the rounded weights at that exponent
    std::size_t wrong = 0;
    for (std::size_t k = 0; k < folded.weights.size(); ++k) {
      const double steps = std::ldexp(double{folded.weights[k]}, -expected);
      const double code = std::clamp(std::nearbyint(steps), -127.0, 127.0);
      wrong += static_cast<std::int8_t>(plain.values[i].codes[k]) != static_cast<int>(code);
    }
    CHECK(wrong == 0);
  }
  CHECK(plain.input_exponent->beta == 0);
  CHECK(moved.input_exponent->exponent == plain.input_exponent->exponent - 2);
}

TEST_CASE("posit scales follow the formula, or are 1", "[models][quantize]") {
  const Case from = small_case();
  QuantizeOptions options = options_of(WeightFormat::kPosit, {8, 1});
  options.posit_scale = PositScale::kNone;
  const QuantizedNetwork plain = quantize(from.network, from.images, options);
  options.posit_scale = PositScale::kFormula;
  options.posit_sigma = 3;
  const QuantizedNetwork scaled = quantize(from.network, from.images, options);
  for (std::size_t i = 0; i < plain.values.size(); ++i) {
    if (plain.values[i].codes.empty()) continue;
    CAPTURE(i);
    CHECK(plain.values[i].weight_exponent == TensorExponent{0, 0});
    const FoldedLayer folded = fold_layer(from.network.layers[i], plain.graph.layers[i].out.channels,
                                          from.network.graph.bn_epsilon);
    double sum = 0.0;
    for (const float w : folded.weights) sum += std::log2(std::fabs(double{w}));
    const double mean = sum / static_cast<double>(folded.weights.size());
    CHECK(scaled.values[i].weight_exponent == TensorExponent{static_cast<int>(std::lround(mean)) + 3, 0});
  }
  CHECK(plain.values[0].postproc[0].out_exponent == 0);
}

TEST_CASE("offsets bring channel means to the float network's", "[models][quantize]") {
  const Case from = small_case();
  const auto mean_error = [&](bool correct) {
    QuantizeOptions options = options_of(WeightFormat::kPosit, {6, 1});  // coarse: errors show
    options.correct_bias = correct;
    const QuantizedNetwork quantized = quantize(from.network, from.images, options);
    const FloatInference inference(from.network);
    const std::size_t layer = producer(quantized.graph, "b_short");  // signed: no ReLU hides it
    std::vector<double> difference(10, 0.0);
    for (std::size_t i = 0; i < 64; ++i) {
      const auto exact = inference.tensors(image_at(from.images, i));
      const TensorMap codes = infer_reference(quantized, 6, image_at(from.images, i));
      for (std::size_t e = 0; e < codes.at("b_short").size(); ++e) {
        difference[e % 10] +=
            value_of(quantized, ElementType::kPosit8, codes.at("b_short")[e],
                     quantized.values[layer].output_scale[0]) -
            double{exact.at("b_short")[e]};
      }
    }
    double sum = 0.0;
    for (const double d : difference) sum += std::fabs(d);
    return sum;
  };
  const double off = mean_error(false);
  const double on = mean_error(true);
  CAPTURE(on, off);
  CHECK(on < 0.6 * off);
}

TEST_CASE("bit-parallel quantisation does not depend on threads", "[models][quantize]") {
  const Case from = small_case();
  for (QuantizeOptions options :
       {options_of(WeightFormat::kDfp), options_of(WeightFormat::kPosit, {8, 2})}) {
    options.reestimate_batch_norm = true;
    options.threads = 1;
    const QuantizedNetwork one = quantize(from.network, from.images, options);
    options.threads = 3;
    const QuantizedNetwork three = quantize(from.network, from.images, options);
    REQUIRE(one.input_codes == three.input_codes);
    for (std::size_t i = 0; i < one.values.size(); ++i) {
      REQUIRE(one.values[i].codes == three.values[i].codes);
      REQUIRE(one.values[i].output_exponent == three.values[i].output_exponent);
      if (one.values[i].postproc.empty()) continue;
      REQUIRE(one.values[i].postproc[0].offset == three.values[i].postproc[0].offset);
    }
  }
}

TEST_CASE("networks and options without a bit-parallel form are refused",
          "[models][quantize][negative]") {
  const Case from = small_case();
  const auto message = [&](const QuantizeOptions& options) {
    return message_of<Error>([&] { quantize(from.network, from.images, options); });
  };
  QuantizeOptions options = options_of(WeightFormat::kDfp);
  options.bits = 7;
  CHECK(message(options) == "quantize: bits: 7; the format has 8");
  options = options_of(WeightFormat::kDfp);
  options.rounding = Rounding::kStochastic;
  CHECK(message(options) == "quantize: rounding: stochastic; a deterministic one is allowed");
  CHECK_THAT(message(options_of(WeightFormat::kPosit, {17, 1})), Contains("quantize: format"));
  const Graph graph = pre_activation_graph();
  const FloatNetwork network = make_float_network(graph, random_weights(graph, 1), "random");
  const ImageSet images = random_images(graph.input.shape, 8, graph.classes, 1);
  CHECK_THAT(message_of<Error>([&] {
               quantize(network, images, options_of(WeightFormat::kDfp));
             }),
             Contains("quantize: layer 'stem': found a second output; allowed: none in dfp networks"));
}

}  // namespace absim::models::test
