// SPDX-License-Identifier: Apache-2.0
// The trainable network computes what float inference computes, for every kind of layer.
#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

#include <torch/torch.h>

#include "models/core/error.hpp"
#include "models/train/checkpoint.hpp"
#include "models/train/graph_net.hpp"
#include "tests/models/float_networks.hpp"
#include "tests/support/message_of.hpp"

namespace {

using namespace absim::models;
using namespace absim::models::train;
using absim::models::test::post_activation_graph;
using absim::models::test::pre_activation_graph;
using absim::models::test::random_images;
using absim::models::test::random_weights;

constexpr std::size_t kImages = 6;
constexpr std::uint64_t kSeed = 31;
constexpr double kStep = 1e-2;  // of a difference quotient; the loss is quadratic in the factor

/// Training knows no batch norm on the input.
Graph trainable(Graph graph) {
  if (graph.input.batch_norm.empty()) return graph;
  graph.input.batch_norm.clear();
  graph.input.pixel_scale = 1.0 / 255.0;
  graph.input.mean = {0.5, 0.4, 0.6};
  graph.input.std_dev = {0.3, 0.2, 0.25};
  return graph;
}

torch::Tensor input_of(const FloatNetwork& network, const ImageSet& set) {
  torch::Tensor images =
      torch::empty({static_cast<std::int64_t>(set.count), static_cast<std::int64_t>(set.height),
                    static_cast<std::int64_t>(set.width), static_cast<std::int64_t>(set.channels)});
  float* out = images.data_ptr<float>();
  for (std::size_t i = 0; i < set.pixels.size(); ++i)
    out[i] = static_cast<float>(normalised_input(network, i % set.channels, set.pixels[i]));
  return images.permute({0, 3, 1, 2});
}

}  // namespace

TEST_CASE("The trainable network gives the logits of float inference", "[train]") {
  for (const Graph& graph :
       {trainable(post_activation_graph()), trainable(pre_activation_graph())}) {
    CAPTURE(graph.name, kSeed);
    const TensorFile file = random_weights(graph, kSeed);
    const FloatNetwork network = make_float_network(graph, file, "random");
    const ImageSet set = random_images(graph.input.shape, kImages, graph.classes, kSeed);
    GraphNet net(graph, true);
    get_state(file, "random", "", net.state());
    Coder identity;
    const torch::NoGradGuard no_grad;
    const torch::Tensor logits =
        net.forward(input_of(network, set), {&identity, 0, false}).contiguous();
    const std::vector<float> wanted = FloatInference(network).logits(set.pixels, kImages);
    REQUIRE(static_cast<std::size_t>(logits.numel()) == wanted.size());
    double spread = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      spread = std::max(spread, std::fabs(double{wanted[i]}));
      REQUIRE(double{logits.data_ptr<float>()[i]} == Approx(double{wanted[i]}).margin(2e-4));
    }
    REQUIRE(spread > 0.5);  // not all zero
  }
}

TEST_CASE("A length's own values are used at that length only", "[train]") {
  const Graph graph = trainable(post_activation_graph());
  const TensorFile file = random_weights(graph, kSeed);
  const FloatNetwork network = make_float_network(graph, file, "random");
  const torch::Tensor images =
      input_of(network, random_images(graph.input.shape, kImages, graph.classes, kSeed));
  GraphNet net(graph, true);
  get_state(file, "random", "", net.state());
  Coder identity;
  const torch::NoGradGuard no_grad;
  const auto logits = [&](unsigned length) {
    return net.forward(images, {&identity, length, false});
  };
  const torch::Tensor common = logits(0);
  net.add_length(3);
  REQUIRE(torch::equal(logits(3), common));
  for (const char* name : {"a1.bn.t3.weight", "head.weight_alpha.t3"}) {
    CAPTURE(name);
    torch::Tensor own = net.parameters().at(name);
    const torch::Tensor before = own.clone();
    own.mul_(1.5);
    REQUIRE_FALSE(torch::allclose(logits(3), common, 1e-3, 1e-3));
    REQUIRE(torch::equal(logits(0), common));
    REQUIRE(torch::equal(logits(2), common));
    own.copy_(before);
  }
  net.parameters_of(3).at("head.bias.t3").add_(1.0);
  net.use_length_as_common(3);
  REQUIRE(torch::allclose(logits(0), common + 1.0, 1e-5, 1e-5));
}

TEST_CASE("What learns is named, and nothing else gets a gradient", "[train]") {
  const Graph graph = trainable(pre_activation_graph());
  GraphNet net(graph, true);
  net.add_length(1);
  net.learn_only(net.parameters_of(1));
  const torch::Tensor images = torch::randn({4, 3, 8, 8});
  Coder identity;
  net.forward(images, {&identity, 1, true}).pow(2).sum().backward();
  std::size_t learning = 0;
  for (const auto& [name, tensor] : net.parameters()) {
    CAPTURE(name);
    const bool own = name.find(".t1") != std::string::npos;
    REQUIRE(tensor.grad().defined() == own);
    if (own) ++learning;
  }
  REQUIRE(learning == 2 * 6);  // gamma and beta of six batch norms
  REQUIRE(GraphNet(graph, false).parameters_of(0).size() == 6);  // weights alone
}

TEST_CASE("Running statistics that are used do not move, and gamma learns", "[train]") {
  const Graph graph = trainable(post_activation_graph());
  for (const bool training : {true, false}) {
    CAPTURE(training);
    GraphNet net(graph, true);
    net.learn_only(net.parameters_of(0));
    Coder identity;
    const torch::Tensor before = net.state().at("a1.bn.running_mean").clone();
    net.forward(torch::randn({4, 3, 8, 8}) + 1.0, {&identity, 0, training}).pow(2).sum().backward();
    REQUIRE(torch::equal(net.state().at("a1.bn.running_mean"), before) != training);
    REQUIRE(net.parameters().at("a1.bn.weight").grad().abs().sum().item<double>() > 0);
  }
}

TEST_CASE("A layer's factor learns slower by the root of its weights", "[train]") {
  const Graph graph = trainable(post_activation_graph());
  GraphNet net(graph, true);
  net.add_alpha(2, std::vector<float>(graph.layers.size(), 0.7F));
  net.learn_only(net.parameters_of(2));
  const torch::Tensor images = torch::randn({4, 3, 8, 8});
  Coder identity;
  const auto loss = [&] { return net.forward(images, {&identity, 2, true}).pow(2).sum(); };
  loss().backward();
  const torch::Tensor alpha = net.parameters().at("head.weight_alpha.t2");
  const auto root = std::sqrt(static_cast<double>(net.parameters().at("head.weight").numel()));
  const auto learnt = alpha.grad().item<double>();
  const torch::NoGradGuard no_grad;
  alpha.add_(kStep);
  const auto above = loss().item<double>();
  alpha.sub_(2 * kStep);
  const auto below = loss().item<double>();
  REQUIRE(std::fabs(learnt) > 1e-3);
  REQUIRE(learnt * root == Approx((above - below) / (2 * kStep)).epsilon(1e-2));
}

TEST_CASE("A batch norm on the input is refused", "[train]") {
  using Catch::Matchers::Contains;
  REQUIRE_THAT(
      absim::test::message_of<absim::ConfigError>([] { GraphNet(pre_activation_graph(), true); }),
      Contains("pre: input: batch_norm"));
}
