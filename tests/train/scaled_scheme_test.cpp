// SPDX-License-Identifier: Apache-2.0
// Scaling bit-progressive training: full scales, and bits that stay once their stage is over.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <torch/torch.h>

#include "models/train/bit_serial_schemes.hpp"
#include "tests/models/float_networks.hpp"

namespace {

using namespace absim::models;
using namespace absim::models::train;

constexpr std::int64_t kSeed = 17;
constexpr unsigned kBits = 5;

Config scaled_config(bool norm_per_length, double clip_rms) {
  Config config;
  config.scheme.method = Method::kScaled;
  config.scheme.encoding = WeightFormat::kBwb;
  config.scheme.bits = kBits;
  config.scheme.norm_per_length = norm_per_length;
  config.scheme.clip_rms = clip_rms;
  return config;
}

std::vector<std::string> weight_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const Layer& layer : graph.layers)
    if (layer.has_weights()) names.push_back(layer.weight);
  return names;
}

std::vector<float> values_of(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.detach().contiguous().view({-1});
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

/// The first `length` bits of each weight's code, offset binary.
std::vector<int> leading_bits(GraphNet& net, const std::string& name, double scale,
                              unsigned length) {
  std::vector<int> bits;
  const int cells = 1 << length;
  for (const float w : values_of(net.parameters().at(name)))
    bits.push_back(std::clamp(static_cast<int>(std::floor((double{w} / scale + 1.0) * cells / 2.0)),
                              0, cells - 1));
  return bits;
}

double full_scale(GraphNet& net, const std::string& name) {
  return double{net.state().at(name + "_scale").item<float>()};
}

}  // namespace

TEST_CASE("Full scale is a layer's largest weight, or clip_rms where that is less", "[train]") {
  const Graph graph = test::post_activation_graph();
  for (const double clip : {0.0, 1.5, 100.0}) {
    torch::manual_seed(kSeed);
    GraphNet net(graph, true);
    std::map<std::string, std::vector<float>> before;
    for (const std::string& name : weight_names(graph))
      before[name] = values_of(net.parameters().at(name));
    make_scaled_scheme(scaled_config(true, clip))->enter(0, net);
    for (const auto& [name, w] : before) {
      double largest = 0;
      double squares = 0;
      for (const float x : w) {
        largest = std::max(largest, std::fabs(double{x}));
        squares += double{x} * double{x};
      }
      const double limit = clip * std::sqrt(squares / static_cast<double>(w.size()));
      CAPTURE(name, clip, largest, limit);
      if (clip == 1.5) {
        REQUIRE(limit < largest);  // the case this is for
        CHECK(full_scale(net, name) == Approx(limit).epsilon(1e-5));
      } else {
        CHECK(full_scale(net, name) == largest);
      }
    }
  }
}

TEST_CASE("A stage of bit-progressive training decides one bit and keeps those before it",
          "[train]") {
  const Graph graph = test::post_activation_graph();
  const std::vector<std::string> names = weight_names(graph);
  torch::manual_seed(kSeed);
  GraphNet net(graph, true);
  const auto scheme = make_scaled_scheme(scaled_config(false, 2.0));
  REQUIRE(scheme->stages().size() == kBits + 1);
  const torch::NoGradGuard no_grad;
  for (unsigned t = 1; t <= kBits; ++t) {
    const std::size_t stage = t - 1;
    scheme->enter(stage, net);
    std::size_t held = 0;
    std::size_t decided = 0;
    for (std::size_t step = 0; step < 3; ++step) {
      scheme->before_step(stage, step, net);
      for (const std::string& name : names) {
        const double scale = full_scale(net, name);
        const std::vector<int> first = leading_bits(net, name, scale, t - 1);
        const std::vector<int> now = leading_bits(net, name, scale, t);
        torch::Tensor w = net.parameters().at(name);
        w.add_(torch::randn_like(w) * scale / std::pow(2.0, t));  // half a cell of t - 1 bits
        const std::vector<int> pushed = leading_bits(net, name, scale, t - 1);
        scheme->after_step(stage, net);
        const std::vector<int> kept = leading_bits(net, name, scale, t - 1);
        const std::vector<int> then = leading_bits(net, name, scale, t);
        REQUIRE(kept == first);
        for (std::size_t i = 0; i < first.size(); ++i) {
          held += static_cast<std::size_t>(pushed[i] != first[i]);
          decided += static_cast<std::size_t>(then[i] != now[i]);
        }
        for (const float x : values_of(w)) REQUIRE(std::fabs(double{x}) < scale);
      }
    }
    CAPTURE(t, kSeed);
    CHECK(decided > 100);
    CHECK((t == 1) == (held == 0));  // one cell at first: nothing to leave
    CHECK((t == 1 || held > 100));
  }
  std::map<std::string, std::vector<float>> weights;
  for (const std::string& name : names) weights[name] = values_of(net.parameters().at(name));
  scheme->enter(kBits, net);
  const NamedTensors learning = scheme->learning(kBits, net);
  REQUIRE(learning.size() == kBits * names.size());
  for (const auto& [name, tensor] : learning) CHECK(name.find("_alpha.t") != std::string::npos);
  for (const std::string& name : names)
    CHECK(values_of(net.parameters().at(name)) == weights[name]);
}
