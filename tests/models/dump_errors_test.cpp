// SPDX-License-Identifier: Apache-2.0
// Every wrong dump gives one clear line.
#include <catch2/catch.hpp>

#include <filesystem>
#include <random>

#include "tests/support/broken_dump.hpp"
#include "tests/support/test_networks.hpp"

using namespace absim;
using namespace absim::models;
using namespace absim::test;
using Catch::Matchers::Contains;

TEST_CASE("dump: missing parts are named", "[models][dump][negative]") {
  const TempDir dir;
  CHECK(message_of<ConfigError>([&] { read_dump(dir.path("none")); }) ==
        dir.path("none") + ": found no directory; allowed: a dump");
  CHECK_THAT(message_of<ConfigError>([&] { read_dump(dir.path()); }),
             Contains("network.yaml: found no readable file"));
  BrokenDump dump(make_pool_network(3));
  std::filesystem::remove(dump.file("tensors.safetensors"));
  CHECK(dump.message() ==
        "tensors.safetensors: found no readable file; allowed: the tensors of the dump");
}

TEST_CASE("dump: a wrong network.yaml is refused with its place", "[models][dump][negative]") {
  BrokenDump dump(full_network());
  REQUIRE(dump.message() == "(no error)");
  CHECK(dump.yaml("absim_dump: 1", "absim_dump: 2") ==
        "network.yaml:1:13: absim_dump: found '2'; allowed: a whole number 1..1");
  CHECK_THAT(dump.yaml("absim_dump: 1\n", ""), Contains("absim_dump: found no such key"));
  CHECK_THAT(dump.yaml("bits: 8", "bits: 9"),
             Contains("network.yaml:4:30: format.bits: found '9'; allowed: a whole number 1..8"));
  CHECK_THAT(dump.yaml("weights: bwb", "weights: float"),
             Contains("format.weights: found 'float'; allowed: bwb | twos_complement"));
  CHECK_THAT(dump.yaml("input_scale", "input_scala"),
             Contains("input_scale: found no such key (is 'input_scala' meant?)"));
  CHECK_THAT(dump.yaml("input_scale: ", "input_scale: -"),
             Contains("input_scale: found '-0.015625'; allowed: a number greater than 0"));
  CHECK_THAT(dump.yaml("float_top1_percent: 91.25", "float_top1_percent: 101"),
             Contains("allowed: a number 0..100"));
  CHECK_THAT(dump.yaml("provenance: ", "provenence: "),
             Contains("provenence: found an unknown key (is 'provenance' meant?)"));
  CHECK_THAT(
      dump.yaml("    out: [11, 9, 5]", "    out: [11, 9, 6]"),
      Contains("layers[0].out: found [11, 9, 6]; allowed: [11, 9, 5], from the layers before"));
  CHECK_THAT(dump.yaml("    in: [11, 9, 3]", "    in: [11, 8, 3]"),
             Contains("layers[0].in: found [11, 8, 3]; allowed: [11, 9, 3]"));
  CHECK_THAT(dump.yaml("    output: u8", "    output: f32"),
             Contains("layers[0].output: found 'f32'; allowed: u8 | s8 | s16 | s32"));
  CHECK_THAT(dump.yaml("    output: u8", "    output: s8"),
             Contains("layers[0].output: found s8; allowed: u8 after relu"));
  CHECK_THAT(dump.yaml("    output: s32", "    output: s16"),
             Contains("layers[10].output: found s16; allowed: s32, the logits"));
  CHECK_THAT(dump.yaml("    output: s16", "    output: s32"),
             Contains("layers[4].output: found s32; allowed: s8 | s16 without relu"));
  CHECK_THAT(
      dump.yaml("    output: s8", "    output: s16"),
      Contains("layers[6].output: found s16 as type of the input 'b.conv1'; allowed: u8 | s8"));
  CHECK_THAT(dump.yaml("weight_scale: [0.1]", "weight_scale: [-1]"),
             Contains("layers[0].weight_scale[0]: found '-1'"));
  CHECK_THAT(dump.yaml("weight_scale: [0.1]", "weight_scale: [1, 2]"),
             Contains("tensor 'stem.weight_scale': found 2 values; allowed: none or 5"));
  CHECK_THAT(dump.yaml("channel_offset: 4", "channel_offset: 9"),
             Contains("found 5 channels at offset 9; allowed: within the output's 13"));
  CHECK_THAT(dump.yaml("    op: conv", "    op: conv\n    weight: w"),
             Contains("layers[0].weight: found an unknown key"));
  CHECK_THAT(dump.yaml("tensors_sha256: ", "tensors_sha256: 0"),
             Contains("tensors.safetensors: found SHA-256 "));
  CHECK_THAT(dump.yaml("layers:\n", "layers: []\nmore:\n"),
             Contains("found a list of 0; allowed: a list of 1 to 4096"));
}

TEST_CASE("dump: wrong tensors are refused by name", "[models][dump][negative]") {
  BrokenDump dump(full_network());
  CHECK(dump.tensors([](Tensors&) {}) == "(no error)");
  CHECK(
      dump.tensors([](Tensors& t) { t["stem.codes"].dtype = DType::kI8; }) ==
      "tensors.safetensors: tensor 'stem.codes': found I8 [5, 3, 3, 3]; allowed: U8 [5, 3, 3, 3]");
  CHECK(dump.tensors([](Tensors& t) {
    t["stem.codes"].shape = {5, 9, 3};
  }) == "tensors.safetensors: tensor 'stem.codes': found U8 [5, 9, 3]; allowed: U8 [5, 3, 3, 3]");
  CHECK(dump.tensors([](Tensors& t) {
    t["other.codes"] = t["stem.codes"];
    t.erase("stem.codes");
  }) == "tensors.safetensors: tensor 'stem.codes': found none; allowed: U8 [5, 3, 3, 3]");
  CHECK(dump.tensors([](Tensors& t) { t["more"] = make_tensor<std::int8_t>({1}, {1}); }) ==
        "tensors.safetensors: tensor 'more': found a tensor that no layer asks for; allowed: none");
  CHECK_THAT(dump.tensors([](Tensors& t) { t.erase("a.conv1.codes"); }),
             Contains("tensor 'a.conv1.codes': found none; allowed: U8 [13, 3, 3, 5]"));
  CHECK_THAT(dump.tensors([](Tensors& t) {
    t["stem.offset"] =
        make_tensor<std::int64_t>({8, 5}, std::vector<std::int64_t>(40, std::int64_t{1} << 47));
  }),
             Contains("tensor 'stem.offset': found 140737488355328 in channel 0 at t = 1; allowed: "
                      "signed 48 bits"));
  CHECK_THAT(dump.tensors([](Tensors& t) {
    t["c.stream.act_offset"] = make_tensor<std::int64_t>(
        {8, 11}, std::vector<std::int64_t>(88, -(std::int64_t{1} << 47) - 1));
  }),
             Contains("tensor 'c.stream.act_offset': found -140737488355329"));
  CHECK_THAT(dump.tensors([](Tensors& t) { t["stem.shift"].bytes[3] = 48; }),
             Contains("tensor 'stem.shift': found 48 at t = 4; allowed: 0..47"));
  CHECK_THAT(dump.tensors([](Tensors& t) { t["c.stream.act_shift"].bytes[7] = 255; }),
             Contains("tensor 'c.stream.act_shift': found 255 at t = 8; allowed: 0..47"));
  CHECK_THAT(
      dump.tensors([](Tensors& t) { t["stem.residual_gain"].bytes[4] = 1; }),
      Contains(
          "tensor 'stem.residual_gain': found 1 at t = 2; allowed: 0, the layer adds no residual"));
  const std::string path = dump.file("tensors.safetensors");
  spit(path, slurp(path).substr(0, 500));
  CHECK_THAT(dump.message(), Contains("found 500 bytes; allowed: a header and the "));
}

TEST_CASE("dump: a code beyond its width is refused", "[models][dump][negative]") {
  BrokenDump dump(make_awkward_network(5, WeightFormat::kBwb, 5));
  CHECK_THAT(dump.tensors([](Tensors& t) { t["stem.codes"].bytes[7] = 32; }),
             Contains("tensor 'stem.codes': found code 32; allowed: 0..31 in 5 bits"));
}

TEST_CASE("dump: a file cut off or changed anywhere is refused",
          "[models][dump][negative][random]") {
  BrokenDump dump(make_pool_network(3));
  const std::string path = dump.file("tensors.safetensors");
  const std::string good = slurp(path);
  for (std::size_t size = 0; size < good.size(); size += 97) {
    CAPTURE(size);
    spit(path, good.substr(0, size));
    REQUIRE_THAT(dump.message(), Contains("tensors.safetensors: "));
  }
  for (std::size_t at = 0; at < good.size(); at += 101) {
    CAPTURE(at);
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    spit(path, bad);
    REQUIRE_THAT(dump.message(), Contains("tensors.safetensors: "));
  }
}

TEST_CASE("dump: network.yaml cut off anywhere is refused", "[models][dump][negative]") {
  BrokenDump dump(make_pool_network(3));
  const std::string path = dump.file("network.yaml");
  const std::string good = slurp(path);
  for (std::size_t size = 0; size + 5 < good.size(); size += 13) {
    CAPTURE(size);
    spit(path, good.substr(0, size));
    REQUIRE(dump.message() != "(no error)");
  }
}

TEST_CASE("dump: random damage to network.yaml gives one line or a sound network",
          "[models][dump][random]") {
  BrokenDump dump(make_pool_network(3));
  const std::string path = dump.file("network.yaml");
  const std::string good = slurp(path);
  const std::string spice = "[]{}:,-?&*!|>'\"#%@`\n\t 09az~\x01\xff";
  std::mt19937_64 random(21);
  std::size_t refused = 0;
  std::size_t accepted = 0;
  for (int round = 0; round < 400; ++round) {
    std::string bad = good;
    for (std::uint64_t edits = 1 + random() % 3; edits > 0; --edits) {
      const std::size_t at = random() % bad.size();
      switch (random() % 3) {
        case 0:
          bad[at] = spice[random() % spice.size()];
          break;
        case 1:
          bad.insert(at, 1, spice[random() % spice.size()]);
          break;
        default:
          bad.erase(at, 1 + random() % 20);
          break;
      }
    }
    CAPTURE(round, bad);
    spit(path, bad);
    const std::string found = dump.message();  // any other exception fails the test
    (found == "(no error)" ? accepted : refused) += 1;
  }
  REQUIRE(refused > 200);
  REQUIRE(accepted > 0);  // damage to names or normalisation
}
