// SPDX-License-Identifier: Apache-2.0
// Coders: the weights that training multiplies with are those of the dump, and both backward
// products get rounded operands.
#include <catch2/catch.hpp>

#include <cmath>
#include <functional>
#include <vector>

#include <torch/torch.h>

#include "models/network/dump.hpp"
#include "models/quantize/weight_codes.hpp"
#include "models/train/parallel_coder.hpp"
#include "models/train/weight_coders.hpp"

namespace {

using absim::Span;
using namespace absim::models;
using namespace absim::models::train;

constexpr std::int64_t kSeed = 5;

torch::Tensor random_weights(std::int64_t outputs, std::int64_t inputs, std::int64_t kernel) {
  torch::manual_seed(kSeed);
  return torch::randn({outputs, inputs, kernel, kernel})
      .contiguous(torch::MemoryFormat::ChannelsLast)
      .requires_grad_();
}

/// Values in the order of a dump's codes: output, kernel row, kernel column, input.
std::vector<float> dump_order(const torch::Tensor& w) {
  const torch::Tensor flat = w.detach().permute({0, 2, 3, 1}).contiguous().view({-1});
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

}  // namespace

TEST_CASE("BWB weights in training are the dump's truncated weights", "[train]") {
  const torch::Tensor w = random_weights(6, 5, 3);
  const std::vector<float> values = dump_order(w);
  for (const ScaleMode mode : {ScaleMode::kPerChannel, ScaleMode::kPerLayer}) {
    QuantizeOptions options;
    options.scale = mode;
    const CodedWeights coded = code_weights({values.data(), values.size()}, 6, options);
    for (unsigned t = 1; t <= 8; ++t) {
      BwbCoder coder(mode, t);
      const std::vector<float> trained = dump_order(coder.weights(0, w));
      for (std::size_t i = 0; i < values.size(); ++i) {
        const double scale = coded.scale[coded.scale.size() == 1 ? 0 : i / (values.size() / 6)];
        const double wanted =
            std::ldexp(scale * truncated_weight(WeightFormat::kBwb, 8, t, coded.codes[i]),
                       -static_cast<int>(t));
        REQUIRE(trained[i] == static_cast<float>(wanted));
      }
    }
  }
}

TEST_CASE("Weights of a fixed full scale are lower ends or centres of cells", "[train]") {
  const torch::Tensor w = random_weights(4, 3, 3);
  const std::vector<float> values = dump_order(w);
  const double scale = static_cast<double>(w.detach().abs().max().item<float>());
  for (unsigned t = 1; t <= 8; ++t) {
    FixedScaleCoder coder(WeightFormat::kTwosComplement, {scale}, t);
    FixedScaleCoder centred(WeightFormat::kBwb, {scale}, t);
    const std::vector<float> trained = dump_order(coder.weights(0, w));
    const std::vector<float> centres = dump_order(centred.weights(0, w));
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double steps = std::ldexp(1.0, static_cast<int>(t) - 1);
      const double cell = std::fmin(std::floor(double{values[i]} / scale * steps), steps - 1);
      REQUIRE(trained[i] == static_cast<float>(cell / steps * scale));
      REQUIRE(centres[i] == static_cast<float>((cell + 0.5) / steps * scale));
    }
  }
}

TEST_CASE("One-bit weights are the sign times the constant of their fan-in", "[train]") {
  const torch::Tensor w = random_weights(4, 3, 3);
  OneBitCoder coder;
  const torch::Tensor coded = coder.weights(0, w);
  const auto constant = static_cast<float>(std::sqrt(2.0 / 27.0));
  REQUIRE(torch::equal(coded, torch::where(w < 0, -constant, constant)));
  REQUIRE((coded < 0).any().item<bool>());
  REQUIRE((coded > 0).any().item<bool>());
  // The gradient of the coded weights is that of the latent ones.
  const torch::Tensor direction = torch::randn_like(w);
  (coded * direction).sum().backward();
  REQUIRE(torch::equal(w.grad(), direction));
}

TEST_CASE("Both backward products of a DFP layer get rounded operands", "[train]") {
  constexpr std::int64_t kIn = 7;
  constexpr std::int64_t kOut = 4;
  constexpr std::int64_t kBatch = 9;
  Graph graph;
  Layer layer;
  layer.name = "fc";
  layer.op = LayerOp::kConv;
  layer.input = "input";
  layer.in = {1, 1, kIn};
  layer.out = {1, 1, kOut};
  layer.weight = "fc.weight";
  graph.layers.push_back(layer);
  RounderConfig config;
  config.format.format = WeightFormat::kDfp;
  config.role = TensorRole::kSigned;
  ParallelCoder coder(graph, {config, config, config, config}, kSeed);
  coder.begin_step(0);

  torch::Tensor w = random_weights(kOut, kIn, 1).detach().view({kOut, kIn}).requires_grad_();
  torch::Tensor a = torch::randn({kBatch, kIn}).requires_grad_();
  const torch::Tensor error = torch::randn({kBatch, kOut});
  const torch::Tensor y =
      coder.products(0, torch::matmul(coder.input(0, a), coder.weights(0, w).t()));
  y.backward(error);

  // The slow way: codes from the scalar functions, products in double.
  const auto rounded = [](const torch::Tensor& x) {
    const torch::Tensor flat = x.detach().contiguous();
    const Span<const float> values(flat.data_ptr<float>(), static_cast<std::size_t>(flat.numel()));
    const int exponent = dfp_exponent(values, 8);
    torch::Tensor out = torch::empty(x.sizes(), torch::kFloat64);
    for (std::size_t i = 0; i < values.size(); ++i) {
      out.data_ptr<double>()[i] = dfp_decode(
          dfp_encode(values[i], exponent, {-128, 127}, Rounding::kNearestEven), exponent);
    }
    return out;
  };
  const torch::Tensor wq = rounded(w);
  const torch::Tensor aq = rounded(a);
  const torch::Tensor eq = rounded(error);
  REQUIRE(torch::allclose(y.detach().to(torch::kFloat64), torch::matmul(aq, wq.t()), 1e-6, 1e-6));
  REQUIRE(torch::allclose(a.grad().to(torch::kFloat64), torch::matmul(eq, wq), 1e-6, 1e-6));
  const torch::Tensor gradient = torch::matmul(eq.t(), aq).to(torch::kFloat32);
  REQUIRE(torch::allclose(w.grad().to(torch::kFloat64), rounded(gradient), 1e-6, 1e-6));
  // The roundings are not idle.
  REQUIRE_FALSE(torch::allclose(wq, w.detach().to(torch::kFloat64), 1e-6, 1e-6));
  REQUIRE_FALSE(torch::allclose(eq, error.to(torch::kFloat64), 1e-6, 1e-6));
  REQUIRE(coder.take_measurements().size() == 4);
}
