// SPDX-License-Identifier: Apache-2.0
// Network descriptions: shapes are inferred rightly, every wrong description is refused with its
// place.
#include <catch2/catch.hpp>

#include <cmath>
#include <fstream>
#include <sstream>

#include "models/core/error.hpp"
#include "models/network/dump.hpp"
#include "tests/support/message_of.hpp"
#include "tests/support/temp_dir.hpp"

using namespace absim;
using namespace absim::models;
using absim::test::message_of;
using Catch::Matchers::Contains;

namespace {

constexpr const char* kHeader =
    "name: tiny\nclasses: 4\n"
    "input: {height: 9, width: 7, channels: 3, mean: [0, 0, 0], std: [1, 1, 1]}\n"
    "layers:\n";
constexpr const char* kConv =
    "  - {name: a, op: conv, out_channels: 5, kernel: 3, padding: 1, weight: w}\n";
constexpr const char* kHead = "  - {name: fc, op: linear, out_channels: 4, weight: v}\n";

std::string message(const std::string& text) {
  const test::TempDir dir;
  const std::string path = dir.write("net.yaml", text);
  const std::string found = message_of<ConfigError>([&] { read_graph(path); });
  return found.rfind(path, 0) == 0 ? "net.yaml" + found.substr(path.size()) : found;
}

/// The complaint about `layers` between header and head.
std::string layer_message(const std::string& layers) { return message(kHeader + layers + kHead); }

Graph read_text(const std::string& text) {
  const test::TempDir dir;
  return read_graph(dir.write("net.yaml", text));
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("graph: ResNet-20 has its published size", "[models][graph]") {
  for (const char* path : {"configs/network/resnet20_cifar10.yaml",
                           "configs/network/resnet20_cifar10_akamaster.yaml"}) {
    CAPTURE(path);
    const Graph graph = read_graph(path);
    std::size_t weights = 0;
    std::uint64_t macs = 0;
    std::size_t convs = 0;
    for (const Layer& layer : graph.layers) {
      weights += layer.weight_count();
      macs += layer.op == LayerOp::kConv ? layer.macs() : 0;
      convs += layer.op == LayerOp::kConv ? 1 : 0;
    }
    CHECK(convs == 19);
    CHECK(weights == 269722 - 2 * 688 - 10);  // all parameters less batch norms and the last bias
    CHECK(macs == 40550400);
    CHECK(graph.layers.back().kernel_h == 8);
    const Layer& option_a = graph.layers[8];
    CHECK(option_a.name == "layer2.0.conv2");
    REQUIRE(option_a.residual.has_value());
    CHECK(option_a.residual->tensor == "layer1.2.conv2");
    CHECK(option_a.residual->stride == 2);
    CHECK(option_a.residual->channel_offset == 8);
    CHECK(option_a.out == MapShape{16, 16, 32});
  }
}

TEST_CASE("graph: WRN-20-10 has its published size", "[models][graph]") {
  const Graph graph = read_graph("configs/network/wrn20_10_cifar10.yaml");
  std::size_t weights = 0;
  std::size_t pools = 0;
  std::uint64_t macs = 0;
  for (const Layer& layer : graph.layers) {
    weights += layer.has_weights() ? layer.weight_count() : 0;
    pools += layer.op == LayerOp::kAvgPool ? 1 : 0;
    macs += layer.macs();
  }
  CHECK(weights == 26737120);
  CHECK(pools == 2);
  // First convolution, three stages, head.
  CHECK(macs == 1024UL * 160 * 27 + 6UL * 1024 * 160 * 1440 + 256UL * 320 * (1440 + 5 * 2880) +
                    64UL * 640 * (2880 + 5 * 5760) + 64 * 640 * 10);
  const Layer& down = graph.layers[8];
  CHECK(down.name == "conv2d_7");
  CHECK(down.input == "conv2d_6.act");
  CHECK(down.pad.top == 0);  // SAME at stride 2 pads below and to the right only
  CHECK(down.pad.bottom == 1);
  CHECK(down.out == MapShape{16, 16, 320});
}

TEST_CASE("graph: shapes follow kernel, stride and padding", "[models][graph]") {
  const Graph graph = read_text(
      std::string(kHeader) +
      "  - {name: a, op: conv, out_channels: 5, kernel: [3, 5], stride: 2, padding: [0, 2, 1, 3], "
      "weight: w,"
      " activation: {batch_norm: n}}\n"
      "  - {name: p, op: max_pool, input: a, kernel: 3, stride: 2, padding: same}\n"
      "  - {name: b, op: conv, input: a.act, out_channels: 7, kernel: 1, stride: 2, weight: w,"
      " residual: {tensor: p, channel_offset: 2}}\n" +
      kHead);
  CHECK(graph.layers[0].out == MapShape{4, 4, 5});
  CHECK(graph.layers[0].emits_activation);
  CHECK(graph.layers[0].act_batch_norm == "n");
  CHECK(graph.layers[1].out == MapShape{2, 2, 5});
  CHECK(graph.layers[1].pad.bottom == 1);
  CHECK(graph.layers[2].out == MapShape{2, 2, 7});
  CHECK(graph.layers[3].kernel_w == 2);
  CHECK(graph.layers[3].products() == 2 * 2 * 7);
  CHECK(graph.layers[3].weight_count() == 4 * 7);
  CHECK(producer(graph, "a.act") == 0);
  CHECK(producer(graph, "input") == 4);
  CHECK(tensor_shape(graph, "a.act") == MapShape{4, 4, 5});
  CHECK(tensor_shape(graph, "input") == MapShape{9, 7, 3});
  CHECK_THROWS_AS(producer(graph, "b.act"), InvariantError);
}

TEST_CASE("graph: the default input is the activation just made", "[models][graph]") {
  const Graph graph = read_text(std::string(kHeader) +
                                "  - {name: a, op: conv, out_channels: 5, kernel: 1, weight: w, "
                                "activation: {batch_norm: n}}\n" +
                                kHead);
  CHECK(graph.layers[0].input == "input");
  CHECK(graph.layers[1].input == "a.act");
}

TEST_CASE("graph: wrong headers are refused", "[models][graph][negative]") {
  const std::string good = std::string(kHeader) + kConv + kHead;
  CHECK(message(good) == "(no error)");
  CHECK_THAT(message(replaced(good, "name: tiny", "name: a b")),
             Contains("net.yaml:1:7: name: found 'a b'"));
  CHECK_THAT(message(replaced(good, "classes: 4", "classes: 0")),
             Contains("net.yaml:2:10: classes: found '0'"));
  CHECK_THAT(message(replaced(good, "classes: 4", "classes: 4\nbn_epsilon: 0")),
             Contains("bn_epsilon: found '0'"));
  CHECK_THAT(message(replaced(good, "classes: 4", "clases: 4")), Contains("is 'clases' meant?"));
  CHECK_THAT(message(replaced(good, "channels: 3", "channels: 2")),
             Contains("input.mean: found a list of 3; allowed: a list of 2"));
  CHECK_THAT(message(replaced(good, "std: [1, 1, 1]", "std: [1, 0, 1]")),
             Contains("input.std[1]: found '0'; allowed: a number greater than 0"));
  CHECK_THAT(message(replaced(good, "height: 9", "height: 65536, widht: 9")),
             Contains("allowed: height, width"));
  CHECK_THAT(message(replaced(good, "height: 9, width: 7", "height: 65536, width: 65536")),
             Contains("elements; allowed: at most"));
  CHECK_THAT(message(replaced(good, "input: {", "input: {pixel_scale: 0, ")),
             Contains("input.pixel_scale: found '0'"));
  CHECK_THAT(message(replaced(good, "layers:", "layer:")),
             Contains("layers: found no such key (is 'layer' meant?)"));
  CHECK_THAT(message("name: t\n"), Contains("classes: found no such key"));
}

TEST_CASE("graph: wrong layers are refused with their place", "[models][graph][negative]") {
  const std::string conv = kConv;
  CHECK_THAT(layer_message(replaced(conv, "conv,", "dwconv,")),
             Contains("net.yaml:5:19: layers[0].op: found 'dwconv'; allowed: conv | linear | "
                      "max_pool | avg_pool"));
  CHECK_THAT(layer_message(replaced(conv, "name: a", "name: input")),
             Contains("layers[0].name: found 'input'"));
  CHECK_THAT(layer_message(replaced(conv, "name: a", "name: x.act")),
             Contains("layers[0].name: found 'x.act'"));
  CHECK_THAT(layer_message(conv + conv),
             Contains("net.yaml:6:12: layers[1].name: found 'a', the name of layer 0, again"));
  CHECK_THAT(layer_message(replaced(conv, "kernel: 3", "kernel: 12")),
             Contains("layers[0].kernel: found 12x12; allowed: at most the padded map, 11x9"));
  CHECK_THAT(layer_message(replaced(conv, "kernel: 3", "kernel: 0")),
             Contains("layers[0].kernel: found '0'"));
  CHECK_THAT(layer_message(replaced(conv, "kernel: 3", "kernel: [3]")),
             Contains("allowed: a list of 2"));
  CHECK_THAT(layer_message(replaced(conv, "kernel: 3", "kernel: 3, stride: 0")),
             Contains("layers[0].stride: found '0'"));
  CHECK_THAT(layer_message(replaced(conv, "padding: 1", "padding: 3")),
             Contains("layers[0].padding: found [3, 3, 3, 3]; allowed: less than the kernel, 3x3"));
  CHECK_THAT(layer_message(replaced(conv, "padding: 1", "padding: valid")),
             Contains("padding: found 'valid'; allowed: pixels"));
  CHECK_THAT(layer_message(replaced(conv, "padding: 1", "padding: [1, 1]")),
             Contains("allowed: a list of 4"));
  CHECK_THAT(layer_message(replaced(conv, "weight: w", "weigth: w")),
             Contains("weight: found no such key (is 'weigth' meant?)"));
  CHECK_THAT(layer_message(replaced(conv, "weight: w", "weight: w, rellu: true")),
             Contains("unknown key (is 'relu' meant?)"));
  CHECK_THAT(layer_message(replaced(conv, "weight: w", "weight: w, relu: 1")),
             Contains("allowed: true or false"));
  CHECK_THAT(layer_message(replaced(conv, "op: conv", "op: conv, input: b")),
             Contains("layers[0].input: found 'b'; allowed: input, an earlier layer, or its .act"));
  CHECK_THAT(layer_message(replaced(conv, "op: conv", "op: conv, input: a")),
             Contains("layers[0].input: found 'a'"));
  CHECK_THAT(layer_message(
                 replaced(conv, "weight: w", "weight: w, relu: true, activation: {batch_norm: n}")),
             Contains("layers[0].relu: found true beside a second output"));
  CHECK_THAT(layer_message(replaced(conv, "weight: w", "weight: w, activation: {}")),
             Contains("activation.batch_norm: found no such key"));
  CHECK_THAT(layer_message("  - {name: p, op: max_pool, kernel: 3, relu: true}\n"),
             Contains("layers[0].relu: found an unknown key"));
  CHECK_THAT(message(kHeader + conv +
                     "  - {name: fc, op: linear, out_channels: 4, kernel: 3, weight: v}\n"),
             Contains("layers[1].kernel: found an unknown key"));
  CHECK_THAT(layer_message(replaced(conv, "out_channels: 5", "out_channels: 65536")),
             Contains("(no error)"));
  CHECK_THAT(layer_message(replaced(conv, "kernel: 3", "kernel: 255")),
             Contains("allowed: at most the padded map"));
}

TEST_CASE("graph: a residual stream feeds no convolution", "[models][graph][negative]") {
  const std::string stream = replaced(kConv, "weight: w", "weight: w, activation: {batch_norm: n}");
  CHECK_THAT(message(kHeader + stream + replaced(kHead, "op: linear", "op: linear, input: a")),
             Contains("layers[1].input: found 'a', a residual stream; allowed: an activation, such "
                      "as 'a.act'"));
}

TEST_CASE("graph: wrong residuals are refused", "[models][graph][negative]") {
  const auto with = [](const std::string& residual) {
    return layer_message(
        kConv +
        ("  - {name: b, op: conv, out_channels: 7, kernel: 3, padding: 1, weight: w, residual: {" +
         residual + "}}\n"));
  };
  CHECK(with("tensor: a, channel_offset: 2") == "(no error)");
  CHECK(with("tensor: input") == "(no error)");
  CHECK_THAT(with("tensor: c"),
             Contains("layers[1].residual: found 'c'; allowed: input, an earlier layer"));
  CHECK_THAT(with("tensor: b"), Contains("layers[1].residual: found 'b'"));
  CHECK_THAT(with("tensor: a, channel_offset: 3"),
             Contains("found 5 channels at offset 3; allowed: within the output's 7"));
  CHECK_THAT(with("tensor: a, stride: 2"),
             Contains("found 'a', 9x7x5 with stride 2; allowed: what gives 9x7 pixels"));
  CHECK_THAT(with("tensor: a, stride: 0"), Contains("layers[1].residual.stride: found '0'"));
  CHECK_THAT(with("tensr: a"), Contains("residual.tensor: found no such key (is 'tensr' meant?)"));
}

TEST_CASE("graph: the last layer gives the logits and nothing is computed in vain",
          "[models][graph][negative]") {
  CHECK_THAT(message(std::string(kHeader) + kConv),
             Contains("layers[0].out_channels: found 9x7x5; allowed: 1x1x4"));
  CHECK_THAT(message(kHeader + replaced(kHead, "weight: v", "weight: v, relu: true")),
             Contains("layers[0].op: found linear with relu"));
  CHECK_THAT(message(std::string(kHeader) + "  - {name: p, op: max_pool, kernel: 3}\n"),
             Contains("layers[0].op: found max_pool"));
  CHECK_THAT(message(kHeader + std::string(kConv) +
                     replaced(kHead, "op: linear", "op: linear, input: input")),
             Contains("net.yaml:5:12: layers[0].name: found 'a', whose output no layer uses"));
}

TEST_CASE("graph: check_graph names the layer of a graph built in memory",
          "[models][graph][negative]") {
  const Graph good = read_text(std::string(kHeader) + kConv + kHead);
  CHECK_NOTHROW(check_graph(good, "here"));
  const auto broken = [&](auto&& change) {
    Graph graph = good;
    change(graph);
    return message_of<ConfigError>([&] { check_graph(graph, "here"); });
  };
  CHECK(broken([](Graph& g) { g.layers.clear(); }) == "here: layers: found 0; allowed: 1..4096");
  CHECK_THAT(broken([](Graph& g) { g.layers[0].out.height = 8; }),
             Contains("here: layer 'a': out: found 8x7x5; allowed: 9x7x5"));
  CHECK_THAT(broken([](Graph& g) { g.layers[1].in.width = 8; }),
             Contains("here: layer 'fc': in: found 9x8x5"));
  CHECK_THAT(broken([](Graph& g) { g.layers[1].kernel_h = 8; }),
             Contains("for linear the whole map, 9x7"));
  CHECK_THAT(broken([](Graph& g) { g.layers[0].stride = 0; }), Contains("stride: found 0"));
  CHECK_THAT(broken([](Graph& g) { g.layers[0].kernel_w = 0; }), Contains("kernel: found 3x0"));
  CHECK_THAT(broken([](Graph& g) {
               g.layers[0].op = LayerOp::kMaxPool;
               g.layers[0].relu = true;
               g.layers[0].out.channels = 3;
             }),
             Contains("relu: found true; allowed: false for max_pool"));
  CHECK_THAT(broken([](Graph& g) {
               g.layers[0].op = LayerOp::kMaxPool;
               g.layers[0].emits_activation = true;
               g.layers[0].out.channels = 3;
             }),
             Contains("activation: found one"));
  CHECK_THAT(broken([](Graph& g) {
               g.layers[0].op = LayerOp::kAvgPool;
               g.layers[0].residual = Residual{"input", 1, 0};
               g.layers[0].out.channels = 3;
             }),
             Contains("residual: found one; allowed: none for avg_pool"));
  CHECK_THAT(broken([](Graph& g) { g.layers[0].out.channels = 0; }),
             Contains("out_channels: found 9x7x0"));
  CHECK_THAT(broken([](Graph& g) {
               g.layers[0].residual = Residual{"input", 0, 0};
             }),
             Contains("found stride 0"));
  CHECK_THAT(broken([](Graph& g) { g.classes = 0; }), Contains("here: classes: found 0"));
  CHECK_THAT(broken([](Graph& g) { g.bn_epsilon = 0; }), Contains("here: bn_epsilon: found 0"));
  CHECK_THAT(broken([](Graph& g) { g.input.mean.pop_back(); }),
             Contains("found 2 means and 3 deviations"));
  CHECK_THAT(broken([](Graph& g) { g.input.std_dev[1] = -1; }), Contains("std: found -1"));
  CHECK_THAT(broken([](Graph& g) { g.input.pixel_scale = 0; }), Contains("pixel_scale: found 0"));
  CHECK_THAT(broken([](Graph& g) { g.input.mean[0] = INFINITY; }),
             Contains("mean: found no finite number"));
  CHECK_THAT(broken([](Graph& g) { g.input.shape.width = 0; }),
             Contains("here: input: found 9x0x3"));
  CHECK_THAT(broken([](Graph& g) {
               g.layers[0].out.channels = 40000;
               g.layers[0].kernel_h = g.layers[0].kernel_w = 9;
               g.layers[0].pad = {4, 4, 4, 4};
               g.input.shape.channels = g.layers[0].in.channels = 100;
               g.input.mean.assign(100, 0);
               g.input.std_dev.assign(100, 1);
             }),
             Contains("out_channels: found 324000000 weights; allowed: at most 268435456"));
}

TEST_CASE("graph: every key that a description may have is documented", "[models][graph]") {
  std::ifstream in("configs/network/README.md");
  std::ostringstream text;
  text << in.rdbuf();
  const std::string readme = text.str();
  REQUIRE(readme.size() > 1000);
  const std::string good = std::string(kHeader) + kConv + kHead;
  std::size_t keys = 0;
  for (const std::string& complaint :
       {message(replaced(good, "classes", "zzz: 1\nclasses")),
        message(replaced(good, "{height", "{zzz: 1, height")),
        message(replaced(good, "{name: a", "{zzz: 1, name: a")),
        message(replaced(good, "weight: w", "weight: w, residual: {zzz: 1, tensor: input}")),
        message(replaced(good, "weight: w", "weight: w, activation: {zzz: 1, batch_norm: b}"))}) {
    CAPTURE(complaint);
    const std::string marker = "allowed: ";
    REQUIRE_THAT(complaint, Contains("found an unknown key"));
    std::istringstream list(complaint.substr(complaint.find(marker) + marker.size()));
    for (std::string key; std::getline(list >> std::ws, key, ','); ++keys) {
      CAPTURE(key);
      const bool documented = readme.find("`" + key + "`") != std::string::npos ||
                              readme.find("{" + key) != std::string::npos ||
                              readme.find(", " + key) != std::string::npos;
      CHECK(documented);
    }
  }
  CHECK(keys == 5 + 7 + 13 + 3 + 1);
}
