// SPDX-License-Identifier: Apache-2.0
// Fast inference equals the reference, tensor by tensor, with every instruction set, and with an
// emulation of the AVX-512 VNNI kernel that runs where the instructions are missing.
#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <limits>
#include <random>

#include "models/core/error.hpp"
#include "models/inference/fast_run.hpp"
#include "models/inference/inference.hpp"
#include "tests/models/kernels_here.hpp"
#include "tests/support/message_of.hpp"
#include "tests/support/network_builder.hpp"
#include "tests/support/test_networks.hpp"

using namespace absim;
using namespace absim::models;
using namespace absim::test;

namespace {

/// What a comparison came across, so that tests can demand it.
struct Reached {
  std::size_t direct = 0;
  std::size_t winograd = 0;
  std::size_t odd_winograd = 0;  // maps that are no whole number of tiles
  std::size_t half_weights = 0;
  std::size_t full_requantize = 0;
  std::size_t cheap_requantize = 0;
  std::size_t compared = 0;

  void note(const fast::Plan& plan) {
    for (const fast::Step& step : plan.steps) {
      const bool tiles = step.kind == fast::StepKind::kWinograd;
      direct += step.kind == fast::StepKind::kDirect ? 1U : 0U;
      winograd += tiles ? 1U : 0U;
      odd_winograd += tiles && step.layer.out.height % 2 == 1 ? 1U : 0U;
      half_weights += step.half_weights ? 1U : 0U;
      if (step.kind == fast::StepKind::kPool) continue;
      (step.requantize.task.low_bits_suffice ? cheap_requantize : full_requantize) += 1;
    }
  }
};

/// Every tensor at truncation length t, with every kernel, equals the reference's.
void compare_at(const QuantizedNetwork& network, unsigned t, std::size_t images, Reached& reached) {
  for (std::size_t image = 0; image < images; ++image) {
    const std::vector<std::uint8_t> pixels = random_image(network, image + 50);
    const TensorMap expected = infer_reference(network, t, pixels);
    for (const Kernels& kernels : all_kernels()) {
      const fast::Plan plan = fast::make_plan(network, t, *kernels.table);
      const TensorMap found = run_plan(plan, pixels);
      reached.note(plan);
      REQUIRE(found.size() == expected.size());
      for (const auto& [name, map] : expected) {
        CAPTURE(network.graph.name, t, image, kernels.name, name);
        REQUIRE(found.at(name) == map);
        reached.compared += map.size();
      }
    }
  }
}

void compare(const QuantizedNetwork& network, std::size_t images, Reached& reached) {
  for (unsigned t = 1; t <= network.bits; ++t) compare_at(network, t, images, reached);
}

/// A chain of convolutions of random shapes; every second one adds the layer before it.
QuantizedNetwork random_network(std::uint64_t seed, WeightFormat format, unsigned bits) {
  std::mt19937_64 random(seed);
  const auto pick = [&](std::size_t low, std::size_t high) {
    return low + random() % (high - low + 1);
  };
  NetworkBuilder builder("random", {pick(5, 9), pick(5, 9), pick(1, 20)}, seed, format, bits);
  for (std::size_t i = 0; i < 4; ++i) {
    NetworkBuilder::Spec spec;
    spec.name = "conv" + std::to_string(i);
    spec.channels = pick(1, 40);
    const bool square = pick(0, 1) == 0;
    spec.kernel_h = square ? 3 : pick(1, 5);
    spec.kernel_w = square ? 3 : pick(1, 5);
    spec.stride = i == 2 ? pick(1, 3) : 1;
    spec.pad = {spec.kernel_h / 2, pick(0, spec.kernel_w - 1), spec.kernel_h / 2,
                spec.kernel_w - 1};
    static constexpr ElementType kTypes[] = {ElementType::kU8, ElementType::kS8, ElementType::kS16};
    spec.output = kTypes[pick(0, 2)];
    spec.emits_activation = spec.output == ElementType::kS16;
    builder.add(spec);
    NetworkBuilder::Spec same = spec;  // keeps the shape and adds what came before
    same.name += ".same";
    same.kernel_h = same.kernel_w = 3;
    same.stride = 1;
    same.pad = {1, 1, 1, 1};
    same.channels = spec.channels + pick(0, 20);
    same.residual = Residual{spec.name, 1, pick(0, same.channels - spec.channels)};
    builder.add(same);
  }
  builder.add_linear("linear", pick(2, 20));
  return builder.finish();
}

}  // namespace

TEST_CASE("fast inference equals the reference on awkward networks at every t",
          "[models][fast][random]") {
  warn_of_missing_kernels();
  Reached reached;
  for (const WeightFormat format : {WeightFormat::kBwb, WeightFormat::kTwosComplement}) {
    compare(make_awkward_network(21, format), 2, reached);
    compare(make_awkward_network(22, format, 5), 1, reached);
    compare(make_pool_network(23, format), 2, reached);
  }
  REQUIRE(reached.half_weights > 0);
  REQUIRE(reached.odd_winograd > 0);
}

TEST_CASE("fast inference equals the reference on random shapes", "[models][fast][random]") {
  warn_of_missing_kernels();
  Reached reached;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    const WeightFormat format = seed % 3 == 0 ? WeightFormat::kTwosComplement : WeightFormat::kBwb;
    const auto bits = static_cast<unsigned>(seed % 2 == 0 ? 8 : 1 + seed % 8);
    const QuantizedNetwork network = random_network(seed, format, bits);
    compare_at(network, bits, 1, reached);
    compare_at(network, (bits + 1) / 2, 1, reached);
  }
  REQUIRE(reached.direct > 20);
  REQUIRE(reached.winograd > 20);
  REQUIRE(reached.odd_winograd > 5);
  REQUIRE(reached.half_weights > 5);
  REQUIRE(reached.cheap_requantize > 20);
}

TEST_CASE("fast inference keeps extreme post-processing parameters exact",
          "[models][fast][random]") {
  warn_of_missing_kernels();
  Reached reached;
  std::mt19937_64 random(5);
  const auto any_of = [&](std::initializer_list<std::int64_t> values) {
    return values.begin()[random() % values.size()];
  };
  constexpr std::int64_t k47 = std::int64_t{1} << 47;
  for (int round = 0; round < 12; ++round) {
    QuantizedNetwork network = make_awkward_network(31, WeightFormat::kBwb);
    for (LayerValues& values : network.values) {
      for (PostprocParams& params : values.postproc) {
        params.shift = static_cast<unsigned>(any_of({0, 1, 20, 31, 32, 33, 40, 47}));
        if (params.residual_gain != 0) {
          params.residual_gain = static_cast<std::int32_t>(
              any_of({std::numeric_limits<std::int32_t>::min(), -1, 1, 1 << 20,
                      std::numeric_limits<std::int32_t>::max()}));
        }
        for (std::int16_t& m : params.multiplier) {
          m = static_cast<std::int16_t>(any_of({-32768, -1, 0, 1, 77, 32767}));
        }
        for (std::int64_t& b : params.offset) b = any_of({-k47, -1, 0, 1, 1 << 20, k47 - 1});
        for (std::int16_t& m : params.act_multiplier) {
          m = static_cast<std::int16_t>(any_of({-32768, 3, 32767}));
        }
        if (!params.act_offset.empty()) {
          params.act_shift = static_cast<unsigned>(any_of({0, 7, 16, 32, 33, 47}));
        }
        for (std::int64_t& b : params.act_offset) b = any_of({-k47, 0, 1 << 20, k47 - 1});
      }
    }
    check_network(network, "extreme");
    CAPTURE(round);
    compare_at(network, static_cast<unsigned>(1 + round % 8), 1, reached);
  }
  REQUIRE(reached.full_requantize > 50);
}

TEST_CASE("fast inference is exact up to the last accumulator bit", "[models][fast]") {
  // Winograd's form yields four times the output; it is used while that fits 32 bits. All weights
  // are +255 and all inputs -128: 1827 channels are the most that fit, 1828 must take the direct
  // form.
  for (const std::size_t channels : {std::size_t{1827}, std::size_t{1828}}) {
    CAPTURE(channels);
    NetworkBuilder builder("wide", {3, 3, channels}, 3, WeightFormat::kBwb, 8);
    NetworkBuilder::Spec spec;
    spec.name = "logits";
    spec.channels = 2;
    spec.kernel_h = spec.kernel_w = 3;
    spec.output = ElementType::kS32;
    QuantizedNetwork network = builder.add(spec).finish();
    std::fill(network.values[0].codes.begin(), network.values[0].codes.end(), std::uint16_t{255});
    std::fill(network.input_codes.begin(), network.input_codes.end(), std::int16_t{-128});
    for (PostprocParams& params : network.values[0].postproc) {
      params.shift = 0;
      params.multiplier = {1, -1};
      params.offset = {0, 0};
    }
    check_network(network, "wide");
    Reached reached;
    compare_at(network, 8, 1, reached);
    REQUIRE((reached.winograd > 0) == (channels == 1827));
  }
}

TEST_CASE("every vector kernel's dot product is the exact integer one", "[models][fast]") {
  // One pixel, one group: activations and weights at the ends of their ranges, where instructions
  // that saturate would show.
  warn_of_missing_kernels();
  for (const Kernels& kernels : all_kernels()) {
    CAPTURE(kernels.name);
    const fast::KernelTable& table = *kernels.table;
    const bool bytes = table.weight_bytes == 1;
    const std::size_t lanes = table.lanes;
    std::mt19937_64 random(9);
    std::size_t wrong = 0;
    for (int round = 0; round < 500; ++round) {
      std::vector<std::uint8_t> act8(64);
      std::vector<std::int16_t> act16(64);
      std::vector<std::int8_t> weight8(lanes * table.group);
      std::vector<std::int16_t> weight16(lanes * table.group);
      std::vector<std::int32_t> expected(lanes, 0);
      for (std::size_t g = 0; g < table.group; ++g) {
        act8[g] = static_cast<std::uint8_t>(round % 2 == 0 ? 255 : random());
        act16[g] = static_cast<std::int16_t>(round % 4 == 0 ? -128 : act8[g]);
      }
      for (std::size_t i = 0; i < weight8.size(); ++i) {
        weight8[i] = static_cast<std::int8_t>(round % 3 == 0 ? -128 : random());
        weight16[i] = static_cast<std::int16_t>(round % 3 == 0 ? -255 : weight8[i]);
        expected[i / table.group] +=
            bytes ? act8[i % table.group] * weight8[i] : act16[i % table.group] * weight16[i];
      }
      std::vector<std::int32_t> out(lanes);
      std::vector<std::int32_t> zeros(lanes, 0);
      std::vector<std::int64_t> ones(lanes, 1);
      std::vector<std::int64_t> offsets(lanes, 0);
      const std::vector<std::int32_t> pixel(table.pixels, 0);
      fast::ConvTask task;
      task.input = bytes ? static_cast<const void*>(act8.data()) : act16.data();
      task.input_pixel = pixel.data();
      task.pixels = task.kernel_rows = task.row_groups = 1;
      task.weights = bytes ? static_cast<const void*>(weight8.data()) : weight16.data();
      task.channels = lanes;
      task.correction = zeros.data();
      task.requantize = {ones.data(),
                         offsets.data(),
                         0,
                         0,
                         std::numeric_limits<std::int32_t>::min(),
                         std::numeric_limits<std::int32_t>::max(),
                         true};
      task.output = {out.data(), pixel.data(), fast::Storage::kS32, 0};
      table.conv(task);
      wrong += out == expected ? 0U : 1U;
    }
    REQUIRE(wrong == 0);
  }
}

#if defined(__x86_64__)
TEST_CASE("a build for x86-64 contains every instruction set", "[models][fast]") {
  REQUIRE(fast::avx2_kernels() != nullptr);
  REQUIRE(fast::avx512_vnni_kernels() != nullptr);
}
#endif

TEST_CASE("logits of a batch are those of each image", "[models][fast]") {
  const QuantizedNetwork network = make_pool_network(3);
  std::vector<std::uint8_t> pixels;
  std::vector<std::int32_t> expected;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const std::vector<std::uint8_t> image = random_image(network, seed);
    pixels.insert(pixels.end(), image.begin(), image.end());
    const IntMap logits = infer_reference(network, 3, image).at("linear");
    expected.insert(expected.end(), logits.begin(), logits.end());
  }
  REQUIRE(FastInference(network, 3).logits(pixels, 5) == expected);
}

TEST_CASE("accuracy does not depend on the number of threads", "[models][fast]") {
  const QuantizedNetwork network = make_awkward_network(4, WeightFormat::kBwb);
  const FastInference inference(network, 4);
  const std::size_t classes = network.graph.classes;
  ImageSet images;
  images.count = 70;
  images.height = network.graph.input.shape.height;
  images.width = network.graph.input.shape.width;
  images.channels = network.graph.input.shape.channels;
  Accuracy expected;
  expected.images = images.count;
  for (std::size_t i = 0; i < images.count; ++i) {
    const std::vector<std::uint8_t> image = random_image(network, i);
    images.pixels.insert(images.pixels.end(), image.begin(), image.end());
    images.labels.push_back(static_cast<std::int32_t>(i % classes));
    const IntMap logits = infer_reference(network, 4, image).at("linear");
    expected.top1 += in_top_k(logits, i % classes, 1) ? 1U : 0U;
    expected.top5 += in_top_k(logits, i % classes, 5) ? 1U : 0U;
  }
  REQUIRE(expected.top5 > expected.top1);
  for (const unsigned threads : {0U, 1U, 2U, 3U, 16U}) {
    CAPTURE(threads);
    std::size_t last = 0;
    bool rising = true;
    const Accuracy found = evaluate(inference, images, classes, threads, [&](std::size_t done) {
      rising = rising && done > last;
      last = done;
    });
    REQUIRE(found.images == expected.images);
    REQUIRE(found.top1 == expected.top1);
    REQUIRE(found.top5 == expected.top5);
    REQUIRE(rising);
    REQUIRE(last == images.count);
  }
  images.labels[66] = static_cast<std::int32_t>(classes);
  REQUIRE(message_of<ConfigError>([&] { evaluate(inference, images, classes, 2); }) ==
          "dataset: image 66: found label 10; allowed: 0..9");
}

TEST_CASE("an exception in a worker reaches the caller", "[models][fast][negative]") {
  const QuantizedNetwork network = make_pool_network(3);
  const FastInference inference(network, 1);
  ImageSet images{
      40, 12, 10, 3, std::vector<std::uint8_t>(40 * 360), std::vector<std::int32_t>(40)};
  REQUIRE_THROWS_AS(
      evaluate(inference, images, 5, 2, [](std::size_t) { throw ConfigError("stop"); }),
      ConfigError);
}

TEST_CASE("fast inference refuses what it cannot run", "[models][fast][negative]") {
  const QuantizedNetwork network = make_pool_network(3, WeightFormat::kBwb, 6);
  REQUIRE(message_of<ConfigError>([&] { FastInference(network, 7); }) ==
          "truncation: found 7; allowed: 1..6");
  REQUIRE(message_of<ConfigError>([&] { FastInference(network, 0); }) ==
          "truncation: found 0; allowed: 1..6");
  NetworkBuilder builder("tall", {1, 1, 1}, 1, WeightFormat::kBwb, 1);
  NetworkBuilder::Spec spec;
  spec.name = "stem";
  spec.channels = 1;
  QuantizedNetwork tall = builder.add(spec).add_linear("linear", 2).finish();
  tall.graph.layers[0].pad = {254, 0, 254, 0};
  tall.graph.layers[0].kernel_h = 255;
  tall.graph.layers[0].out.height = 255;
  tall.graph.layers[0].in = tall.graph.input.shape = {1, 65536, 128};
  tall.values[0].codes.resize(255 * 128);
  REQUIRE(message_of<ConfigError>([&] { FastInference(tall, 1); }) ==
          "tall: tensor 'input': found 4269801472 elements with its padding; allowed: at most "
          "2147483647");
  if (best_simd_level() != SimdLevel::kAvx512Vnni) {
    REQUIRE_THROWS_AS(FastInference(network, 1, SimdLevel::kAvx512Vnni), ConfigError);
  }
}
