// SPDX-License-Identifier: Apache-2.0
// absim quantize: float weights in, a dump out that a sweep runs; wrong input refused.
#include <catch2/catch.hpp>

#include <filesystem>
#include <random>

#include "models/network/dump.hpp"
#include "models/network/safetensors.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

using namespace absim;
using absim::test::Outcome;
using absim::test::TempDir;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

constexpr const char* kNetwork =
    "name: tiny\n"
    "classes: 3\n"
    "input: {height: 6, width: 5, channels: 2, mean: [0.5, 0.4], std: [0.2, 0.3]}\n"
    "layers:\n"
    "  - {name: conv, op: conv, out_channels: 4, kernel: 3, padding: 1, weight: conv.weight,\n"
    "     bias: conv.bias, batch_norm: bn, relu: true}\n"
    "  - {name: fc, op: linear, out_channels: 3, weight: fc.weight, bias: fc.bias}\n";

models::Tensor random_tensor(std::vector<std::size_t> shape, std::mt19937_64& random) {
  std::size_t count = 1;
  for (const std::size_t extent : shape) count *= extent;
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random() % 2001) / 1000.0F - 1.0F;
  return models::make_tensor<float>(std::move(shape), values);
}

/// Network, weights and images of a small float network.
class SmallFloat {
 public:
  SmallFloat() {
    (void)dir_.write("net.yaml", kNetwork);
    std::mt19937_64 random(3);
    models::TensorFile weights;
    weights.tensors["conv.weight"] = random_tensor({4, 2, 3, 3}, random);
    weights.tensors["conv.bias"] = random_tensor({4}, random);
    for (const char* name : {"bn.weight", "bn.bias", "bn.running_mean"}) {
      weights.tensors[name] = random_tensor({4}, random);
    }
    weights.tensors["bn.running_var"] = models::make_tensor<float>({4}, {0.5F, 1.0F, 2.0F, 4.0F});
    weights.tensors["fc.weight"] = random_tensor({3, 4}, random);
    weights.tensors["fc.bias"] = random_tensor({3}, random);
    models::write_safetensors(dir_.path("w.safetensors"), weights);
    models::TensorFile images;
    std::vector<std::uint8_t> pixels(40 * 60);
    for (std::uint8_t& pixel : pixels) pixel = static_cast<std::uint8_t>(random() % 256);
    std::vector<std::uint8_t> labels(40);
    for (std::uint8_t& label : labels) label = static_cast<std::uint8_t>(random() % 3);
    images.tensors["images"] = models::make_tensor<std::uint8_t>({40, 6, 5, 2}, pixels);
    images.tensors["labels"] = models::make_tensor<std::uint8_t>({40}, labels);
    models::write_safetensors(dir_.path("i.safetensors"), images);
  }
  [[nodiscard]] Outcome quantize(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {"quantize",  "--network", "net.yaml",      "--weights",
                                          "w.safetensors", "--calibration", "i.safetensors",
                                          "--images",  "40"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return test::run_absim(arguments, dir_.path());
  }
  [[nodiscard]] std::string path(const std::string& name) const { return dir_.path(name); }

 private:
  TempDir dir_;
};

}  // namespace

TEST_CASE("quantize makes a dump in either format, the same at any number of jobs", "[cli]") {
  const SmallFloat small;
  for (const char* format : {"bwb", "twos_complement"}) {
    CAPTURE(format);
    const Outcome first = small.quantize({"--format", format, "--out", "d1", "--force", "--jobs",
                                          "1", "--test", "i.safetensors", "--bits", "6"});
    CAPTURE(first.err);
    REQUIRE(first.status == 0);
    CHECK_THAT(first.out, StartsWith("float: "));
    CHECK_THAT(first.out, Contains("t = 6: "));
    const models::QuantizedNetwork network = models::read_dump(small.path("d1"));
    CHECK(network.bits == 6);
    CHECK((network.format == models::WeightFormat::kBwb) == (std::string(format) == "bwb"));
    CHECK(network.float_top1_percent > 0.0);
    REQUIRE(small.quantize({"--format", format, "--out", "d2", "--force", "--jobs", "3", "--test",
                            "i.safetensors", "--bits", "6"}).status == 0);
    CHECK(test::read_text(small.path("d1/tensors.safetensors")) ==
          test::read_text(small.path("d2/tensors.safetensors")));
    CHECK(test::read_text(small.path("d1/network.yaml")) ==
          test::read_text(small.path("d2/network.yaml")));
  }
}

TEST_CASE("quantize makes bit-parallel dumps, the same at any number of jobs", "[cli]") {
  const SmallFloat small;
  for (const char* format : {"dfp:8", "sdfp:8", "posit:8,1", "posit:16,2", "posit:5,0"}) {
    CAPTURE(format);
    const Outcome first =
        small.quantize({"--format", format, "--out", "d1", "--force", "--jobs", "1", "--test",
                        "i.safetensors", "--layers"});
    CAPTURE(first.err);
    REQUIRE(first.status == 0);
    CHECK_THAT(first.out, StartsWith("layer "));
    CHECK_THAT(first.out, Contains("\nconv ") && Contains("\nfc ") && Contains("float: "));
    const models::QuantizedNetwork network = models::read_dump(small.path("d1"));
    CHECK_THAT(first.out, Contains("t = " + std::to_string(network.bits) + ": "));
    CHECK(first.out.find("t = ") == first.out.rfind("t = "));  // one length only
    CHECK((network.format == models::WeightFormat::kPosit) == (format[0] == 'p'));
    CHECK(network.values[0].weight_exponent.has_value());
    REQUIRE(small.quantize({"--format", format, "--out", "d2", "--force", "--jobs", "3"}).status == 0);
    CHECK(test::read_text(small.path("d1/tensors.safetensors")) ==
          test::read_text(small.path("d2/tensors.safetensors")));
  }
}

TEST_CASE("options of bit-parallel formats have their effect", "[cli]") {
  const SmallFloat small;
  const auto parameters = [&](std::vector<std::string> more) {
    more.insert(more.end(), {"--out", "d", "--force"});
    const Outcome outcome = small.quantize(more);
    CAPTURE(outcome.err);
    REQUIRE(outcome.status == 0);
    return test::read_text(small.path("d/network.yaml")) +
           test::read_text(small.path("d/tensors.safetensors"));
  };
  const std::string sdfp = parameters({"--format", "sdfp:8"});
  CHECK(parameters({"--format", "sdfp:8", "--exponent-policy", "min_error:-4..0"}) == sdfp);
  CHECK(parameters({"--format", "sdfp:8", "--exponent-policy", "constant:-1"}) != sdfp);
  CHECK(parameters({"--format", "sdfp:8", "--exponent-policy", "maximum"}) ==
        parameters({"--format", "dfp:8"}));
  CHECK(parameters({"--format", "sdfp:8", "--rounding", "floor"}) != sdfp);
  CHECK(parameters({"--format", "sdfp:8", "--bias-correction", "off"}) != sdfp);
  CHECK(parameters({"--format", "sdfp:8", "--batch-norm", "measured"}) != sdfp);
  const std::string posit = parameters({"--format", "posit:8,1"});
  CHECK(parameters({"--format", "posit:8,1", "--posit-scale", "min_error"}) == posit);
  CHECK(parameters({"--format", "posit:8,1", "--posit-scale", "none"}) != posit);
  CHECK(parameters({"--format", "posit:8,1", "--posit-scale", "formula:5"}) !=
        parameters({"--format", "posit:8,1", "--posit-scale", "formula"}));
}

TEST_CASE("every option of calibration has its effect on the parameters", "[cli]") {
  const SmallFloat small;
  const auto parameters = [&](std::vector<std::string> more) {
    more.insert(more.end(), {"--format", "bwb", "--out", "d", "--force"});
    const Outcome outcome = small.quantize(more);
    CAPTURE(outcome.err);
    REQUIRE(outcome.status == 0);
    return test::read_text(small.path("d/tensors.safetensors"));
  };
  const std::string plain = parameters({"--shift", "2"});
  CHECK(parameters({"--shift", "2", "--flip", "on", "--alpha", "on", "--batch-norm", "measured",
                    "--seed", "1"}) == plain);
  CHECK(parameters({"--shift", "0"}) != plain);
  CHECK(parameters({"--shift", "2", "--flip", "off"}) != plain);
  CHECK(parameters({"--shift", "2", "--alpha", "off"}) != plain);
  CHECK(parameters({"--shift", "2", "--batch-norm", "trained"}) != plain);
  CHECK(parameters({"--shift", "2", "--seed", "2"}) != plain);
}

TEST_CASE("an existing dump is replaced only when asked", "[cli][negative]") {
  const SmallFloat small;
  REQUIRE(small.quantize({"--format", "bwb", "--out", "d"}).status == 0);
  const Outcome again = small.quantize({"--format", "bwb", "--out", "d"});
  CHECK(again.status == 2);
  CHECK_THAT(again.err, StartsWith("absim quantize: d: found "));
  CHECK(small.quantize({"--format", "bwb", "--out", "d", "--force"}).status == 0);
}

TEST_CASE("wrong input of quantize gives one line and status 2", "[cli][negative]") {
  const SmallFloat small;
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"--format", "gray"}, "--format: found 'gray'; allowed: bwb, twos_complement, dfp:8, sdfp:8, posit:n,es"},
      {{"--format", "dfp:7"}, "--format: found 'dfp:7'; allowed: "},
      {{"--format", "posit:17,1"},
       "--format: found 'posit:17,1'; allowed: posit:n,es with n 3..16 and es 0..2"},
      {{"--format", "posit:8,3"}, "--format: found 'posit:8,3'; allowed: posit:n,es with "},
      {{"--format", "posit:8"}, "--format: found 'posit:8'; allowed: posit:n,es with "},
      {{"--format", "posit:2,0"}, "--format: found 'posit:2,0'; allowed: posit:n,es with "},
      {{"--format", "sdfp:8", "--exponent-policy", "best"},
       "--exponent-policy: found 'best'; allowed: maximum, constant:B, min_error[:LO..HI], "
       "overflow_rate:R"},
      {{"--format", "sdfp:8", "--exponent-policy", "constant:33"},
       "--exponent-policy: found 'constant:33'; allowed: constant:B with B -32..32"},
      {{"--format", "sdfp:8", "--exponent-policy", "min_error:2..1"},
       "--exponent-policy: found 'min_error:2..1'; allowed: min_error:LO..HI with -32 <= LO"},
      {{"--format", "sdfp:8", "--exponent-policy", "overflow_rate:1"},
       "--exponent-policy: found 'overflow_rate:1'; allowed: overflow_rate:R with 0 <= R < 1"},
      {{"--format", "dfp:8", "--exponent-policy", "maximum"},
       "--exponent-policy: found 'maximum'; allowed: it is for sdfp:8"},
      {{"--format", "dfp:8", "--rounding", "stochastic"},
       "--rounding: found 'stochastic'; allowed: nearest_even, half_away, half_up, floor, "
       "toward_zero"},
      {{"--format", "posit:8,1", "--rounding", "floor"},
       "--rounding: found 'floor'; allowed: it is for dfp:8 and sdfp:8"},
      {{"--format", "posit:8,1", "--posit-scale", "formula:x"},
       "--posit-scale: found 'formula:x'; allowed: formula:SIGMA with SIGMA -16..16"},
      {{"--format", "posit:8,1", "--bits", "7"},
       "--bits: found '7'; allowed: it is for bwb and twos_complement"},
      {{"--format", "bwb", "--bias-correction", "off"},
       "--bias-correction: found 'off'; allowed: it is for bit-parallel formats"},
      {{"--format", "bwb", "--layers"}, "--layers: found with --format bwb"},
      {{"--format", "bwb", "--bits", "9"}, "--bits: found '9'; allowed: 1..8"},
      {{"--format", "bwb", "--scales", "none"},
       "--scales: found 'none'; allowed: per_channel, per_layer"},
      {{"--format", "bwb", "--shift", "17"}, "--shift: found '17'; allowed: 0..16"},
      {{"--format", "bwb", "--flip", "yes"}, "--flip: found 'yes'; allowed: on, off"},
      {{"--format", "bwb", "--alpha", "1"}, "--alpha: found '1'; allowed: on, off"},
      {{"--format", "bwb", "--batch-norm", "none"},
       "--batch-norm: found 'none'; allowed: measured, trained"},
      {{"--format", "bwb", "--test", "none.safetensors"}, "none.safetensors: "},
  };
  for (const auto& [arguments, message] : cases) {
    std::vector<std::string> all = arguments;
    all.insert(all.end(), {"--out", "d"});
    const Outcome outcome = small.quantize(all);
    CAPTURE(outcome.err);
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, StartsWith("absim quantize: " + message));
    CHECK(!std::filesystem::exists(small.path("d")));
  }
}
