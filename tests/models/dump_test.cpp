// SPDX-License-Identifier: Apache-2.0
// Dumps come back as they were written; every wrong one gives one clear line.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <sstream>

#include "models/core/error.hpp"
#include "models/core/sha256.hpp"
#include "models/inference/inference.hpp"
#include "models/network/dump.hpp"
#include "models/network/dump_check.hpp"
#include "models/network/dump_tensors.hpp"
#include "models/network/safetensors.hpp"
#include "tests/support/message_of.hpp"
#include "tests/support/oracle.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/test_networks.hpp"

using namespace absim;
using namespace absim::models;
using namespace absim::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void spit(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

/// A dump on disk, to be broken. Messages are shown without the directory.
class BrokenDump {
 public:
  explicit BrokenDump(const QuantizedNetwork& network) {
    write_dump(dir_.path("d"), network, false);
  }
  [[nodiscard]] std::string file(const char* name) const { return dir_.path("d/") + name; }

  /// The complaint after a text replacement in network.yaml.
  std::string yaml(const std::string& from, const std::string& to) {
    const std::string good = slurp(file("network.yaml"));
    spit(file("network.yaml"), replaced(good, from, to));
    const std::string found = message();
    spit(file("network.yaml"), good);
    return found;
  }
  /// The complaint after a change of the tensors, whose checksum is made to agree.
  template <typename Change>
  std::string tensors(Change&& change) {
    const std::string good = slurp(file("tensors.safetensors"));
    TensorFile contents = read_safetensors(file("tensors.safetensors"));
    change(contents.tensors);
    write_safetensors(file("tensors.safetensors"), contents);
    const std::string found = yaml(sha256_of(good), sha256_of_file(file("tensors.safetensors")));
    spit(file("tensors.safetensors"), good);
    return found;
  }
  std::string message() {
    const std::string text = message_of<Error>([&] { read_dump(dir_.path("d")); });
    CHECK(text.find('\n') == std::string::npos);
    return text.rfind(dir_.path("d/"), 0) == 0 ? text.substr(dir_.path("d/").size()) : text;
  }

 private:
  TempDir dir_;
};

using Tensors = std::map<std::string, Tensor>;

QuantizedNetwork full_network() {
  QuantizedNetwork network = make_awkward_network(5, WeightFormat::kBwb);
  network.float_top1_percent = 91.25;
  network.provenance = "say \"hello\" \\ done";
  network.values[0].weight_scale = {0.1};
  network.values[1].weight_scale = std::vector<double>(5, 1.0 / 3);
  network.values[2].output_scale = std::vector<double>(8, 1e-7);
  network.values[7].act_scale = std::vector<double>(8, 0.25);
  return network;
}

void require_equal(const QuantizedNetwork& a, const QuantizedNetwork& b) {
  REQUIRE(a.graph.name == b.graph.name);
  REQUIRE(a.graph.layers.size() == b.graph.layers.size());
  REQUIRE(a.format == b.format);
  REQUIRE(a.bits == b.bits);
  REQUIRE(a.input_codes == b.input_codes);
  REQUIRE(a.input_scale == b.input_scale);
  REQUIRE(a.float_top1_percent == b.float_top1_percent);
  REQUIRE(a.provenance == b.provenance);
  REQUIRE(a.graph.input.mean == b.graph.input.mean);
  REQUIRE(a.graph.input.std_dev == b.graph.input.std_dev);
  REQUIRE(a.graph.input.pixel_scale == b.graph.input.pixel_scale);
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    CAPTURE(i);
    REQUIRE(a.values[i].output == b.values[i].output);
    REQUIRE(a.values[i].codes == b.values[i].codes);
    REQUIRE(a.values[i].weight_scale == b.values[i].weight_scale);
    REQUIRE(a.values[i].output_scale == b.values[i].output_scale);
    REQUIRE(a.values[i].act_scale == b.values[i].act_scale);
    REQUIRE(a.values[i].postproc.size() == b.values[i].postproc.size());
    for (std::size_t t = 0; t < a.values[i].postproc.size(); ++t) {
      const PostprocParams& p = a.values[i].postproc[t];
      const PostprocParams& q = b.values[i].postproc[t];
      REQUIRE(p.multiplier == q.multiplier);
      REQUIRE(p.offset == q.offset);
      REQUIRE(p.residual_gain == q.residual_gain);
      REQUIRE(p.shift == q.shift);
      REQUIRE(p.act_multiplier == q.act_multiplier);
      REQUIRE(p.act_offset == q.act_offset);
      REQUIRE(p.act_shift == q.act_shift);
    }
  }
}

}  // namespace

TEST_CASE("dump: a network comes back as it was written", "[models][dump]") {
  const TempDir dir;
  for (const QuantizedNetwork& network :
       {full_network(), make_pool_network(3),
        make_awkward_network(2, WeightFormat::kTwosComplement, 5)}) {
    write_dump(dir.path("d"), network, true);
    const QuantizedNetwork back = read_dump(dir.path("d"));
    require_equal(network, back);
    const std::vector<std::uint8_t> pixels = random_image(network, 1);
    CHECK(infer_reference(network, 3, pixels) == infer_reference(back, 3, pixels));
  }
}

TEST_CASE("dump: the same network gives the same bytes", "[models][dump]") {
  const TempDir dir;
  write_dump(dir.path("a"), full_network(), false);
  write_dump(dir.path("b/"), read_dump(dir.path("a")), false);
  for (const char* file : {"/network.yaml", "/tensors.safetensors"}) {
    CHECK(slurp(dir.path("a") + file) == slurp(dir.path("b") + file));
  }
}

TEST_CASE("dump: extreme parameters survive", "[models][dump]") {
  QuantizedNetwork network = full_network();
  PostprocParams& params = network.values[1].postproc[2];
  params.multiplier[0] = std::numeric_limits<std::int16_t>::min();
  params.offset[0] = -(std::int64_t{1} << 47);
  params.offset[1] = (std::int64_t{1} << 47) - 1;
  params.residual_gain = std::numeric_limits<std::int32_t>::min();
  params.shift = kMaxShift;
  const TempDir dir;
  write_dump(dir.path("d"), network, false);
  require_equal(network, read_dump(dir.path("d")));
}

TEST_CASE("dump: writing replaces a dump only when told, and nothing else",
          "[models][dump][negative]") {
  const TempDir dir;
  const QuantizedNetwork network = make_pool_network(3);
  write_dump(dir.path("d"), network, false);
  const std::string before = slurp(dir.path("d/network.yaml"));
  CHECK(message_of<ConfigError>([&] { write_dump(dir.path("d"), network, false); }) ==
        dir.path("d") +
            ": found an existing file or directory; allowed: a new name, or overwriting");
  write_dump(dir.path("d"), full_network(), true);
  CHECK(slurp(dir.path("d/network.yaml")) != before);

  spit(dir.path("d/thesis.tex"), "years of work");
  CHECK_THAT(message_of<ConfigError>([&] { write_dump(dir.path("d"), network, true); }),
             Contains("found 'thesis.tex' in it; allowed: a dump and nothing else to overwrite"));
  CHECK(slurp(dir.path("d/thesis.tex")) == "years of work");
  const std::string file = dir.write("f", "data");
  CHECK_THAT(message_of<ConfigError>([&] { write_dump(file, network, true); }),
             Contains("found a file"));
  CHECK_THAT(message_of<Error>([&] { write_dump(file + "/d", network, true); }),
             Contains("cannot be written"));
  CHECK_THAT(message_of<ConfigError>([&] { write_dump("", network, true); }),
             Contains("found no name"));

  std::vector<std::string> left;
  for (const fs::directory_entry& entry : fs::directory_iterator(dir.path())) {
    left.push_back(entry.path().filename().string());
  }
  std::sort(left.begin(), left.end());
  CHECK(left == std::vector<std::string>{"d", "f"});  // no scratch files
}

TEST_CASE("dump: an unsound network is not written", "[models][dump][negative]") {
  const TempDir dir;
  QuantizedNetwork network = make_pool_network(3);
  network.values[0].codes.pop_back();
  CHECK_THROWS_AS(write_dump(dir.path("d"), network, false), FormatError);
  CHECK_FALSE(fs::exists(dir.path("d")));
}

TEST_CASE("dump: missing parts are named", "[models][dump][negative]") {
  const TempDir dir;
  CHECK(message_of<ConfigError>([&] { read_dump(dir.path("none")); }) ==
        dir.path("none") + ": found no directory; allowed: a dump");
  CHECK_THAT(message_of<ConfigError>([&] { read_dump(dir.path()); }),
             Contains("network.yaml: found no readable file"));
  BrokenDump dump(make_pool_network(3));
  fs::remove(dump.file("tensors.safetensors"));
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

TEST_CASE("dump: an accumulator that could overflow is refused", "[models][dump][negative]") {
  QuantizedNetwork network;
  network.graph.name = "wide";
  network.graph.classes = 1;
  network.graph.input.shape = {1, 1, 65536};
  network.graph.input.mean.assign(65536, 0);
  network.graph.input.std_dev.assign(65536, 1);
  Layer layer;
  layer.name = "fc";
  layer.op = LayerOp::kLinear;
  layer.input = "input";
  layer.in = {1, 1, 65536};
  layer.out = {1, 1, 1};
  network.graph.layers = {layer};
  network.input_codes.assign(65536 * 256, 0);
  LayerValues values;
  values.output = ElementType::kS32;
  values.codes.assign(65536, 128);
  values.postproc.resize(8);
  for (PostprocParams& params : values.postproc) {
    params.multiplier = {1};
    params.offset = {0};
  }
  network.values = {values};
  CHECK_NOTHROW(check_network(network, "net"));
  CHECK(accumulator_bound(network, 0, 0, 8) == 65536ULL * 128 * 2);  // |W_8| = 1
  network.values[0].codes.assign(65536, 255);
  CHECK(message_of<FormatError>([&] { check_network(network, "net"); }) ==
        "net: tensor 'fc.codes': found weights whose accumulator can reach 2147483648 in channel 0 "
        "at t = 8; "
        "allowed: at most 2147483647");
  network.values[0].codes[9] = 128;
  CHECK_NOTHROW(check_network(network, "net"));
}

TEST_CASE("dump: no accumulator exceeds its bound", "[models][dump][random]") {
  const QuantizedNetwork network = make_awkward_network(4, WeightFormat::kTwosComplement);
  double closest = 0;
  for (unsigned t = 1; t <= 8; ++t) {
    const TensorMap tensors = oracle_infer(network, t, random_image(network, 1));
    for (std::size_t i = 0; i < network.values.size(); ++i) {
      const Layer& layer = network.graph.layers[i];
      const auto sums = oracle_accumulators(network, i, t, tensors.at(layer.input));
      for (std::size_t k = 0; k < sums.size(); ++k) {
        const auto bound =
            static_cast<double>(accumulator_bound(network, i, k % layer.out.channels, t));
        const auto sum = std::abs(static_cast<double>(sums[k]));
        REQUIRE(sum <= bound);
        closest = std::max(closest, sum / bound);
      }
    }
  }
  REQUIRE(closest > 0.2);
}

TEST_CASE("check_network names what a network in memory lacks", "[models][dump][negative]") {
  const QuantizedNetwork good = make_awkward_network(5, WeightFormat::kBwb);
  const auto broken = [&](auto&& change) {
    QuantizedNetwork network = good;
    change(network);
    return message_of<Error>([&] { check_network(network, "net"); });
  };
  using N = QuantizedNetwork;
  CHECK(broken([](N&) {}) == "(no error)");
  CHECK(broken([](N& n) { n.bits = 0; }) == "net: bits: found 0; allowed: 1..8");
  CHECK(broken([](N& n) { n.bits = 9; }) == "net: bits: found 9; allowed: 1..8");
  CHECK(broken([](N& n) { n.values.pop_back(); }) ==
        "net: layers: found values of 10; allowed: of 11");
  CHECK(broken([](N& n) { n.input_codes.pop_back(); }) ==
        "net: tensor 'input.codes': found 767 values; allowed: 768");
  CHECK_THAT(broken([](N& n) { n.input_scale = NAN; }), Contains("net: input_scale: found nan"));
  CHECK_THAT(broken([](N& n) { n.float_top1_percent = -1; }),
             Contains("net: float_top1_percent: found -1"));
  CHECK_THAT(broken([](N& n) { n.provenance = "a\nb"; }),
             Contains("net: provenance: found control characters"));
  CHECK(broken([](N& n) { n.values[2].codes.pop_back(); }) ==
        "net: tensor 'a.conv1.codes': found 584 values; allowed: 585");
  CHECK_THAT(broken([](N& n) { n.values[2].postproc.pop_back(); }),
             Contains("'a.conv1.multiplier': found 7 truncation lengths; allowed: 8"));
  CHECK_THAT(broken([](N& n) { n.values[2].postproc[1].multiplier.pop_back(); }),
             Contains("'a.conv1.multiplier': found 12 values; allowed: 13"));
  CHECK_THAT(broken([](N& n) { n.values[2].postproc[1].offset.pop_back(); }),
             Contains("'a.conv1.offset': found 12 values; allowed: 13"));
  CHECK_THAT(broken([](N& n) { n.values[2].postproc[1].act_multiplier.push_back(1); }),
             Contains("'a.conv1.act_multiplier': found 1 values; allowed: 0"));
  CHECK_THAT(broken([](N& n) { n.values[7].postproc[1].act_offset.pop_back(); }),
             Contains("'c.stream.act_offset': found 10 values; allowed: 11"));
  CHECK_THAT(broken([](N& n) { n.values[2].postproc[1].act_shift = 1; }),
             Contains("'a.conv1.act_shift': found 1 at t = 2; allowed: 0..0"));
  CHECK_THAT(broken([](N& n) { n.values[7].output = ElementType::kS8; }),
             Contains("net: layer 'c.stream': output: found s8; allowed: s16, a residual stream"));
  CHECK_THAT(broken([](N& n) { n.values[0].weight_scale = {INFINITY}; }),
             Contains("'stem.weight_scale': found inf"));
  CHECK_THAT(broken([](N& n) { n.values[0].act_scale = {1}; }),
             Contains("'stem.act_scale': found 1 values; allowed: none or 0"));
  CHECK_THAT(broken([](N& n) { n.graph.layers[0].stride = 2; }),
             Contains("net: layer 'stem': out: found 11x9x5; allowed: 6x5x5"));
}

TEST_CASE("check_network: pools carry the type of their input and no values",
          "[models][dump][negative]") {
  const QuantizedNetwork good = make_pool_network(3);
  QuantizedNetwork network = good;
  network.values[1].output = ElementType::kS8;
  CHECK_THAT(message_of<Error>([&] { check_network(network, "net"); }),
             Contains("layer 'max': output: found s8; allowed: u8, as the pooled tensor"));
  network = good;
  network.values[1].codes = {1};
  CHECK_THAT(message_of<Error>([&] { check_network(network, "net"); }),
             Contains("'max.codes': found 1 values; allowed: 0"));
  network = good;
  network.values[1].postproc.resize(8);
  CHECK_THAT(message_of<Error>([&] { check_network(network, "net"); }),
             Contains("'max.multiplier': found 8 values; allowed: 0"));
}

TEST_CASE("sha256 gives the published digests", "[models]") {  // FIPS 180-4 examples
  CHECK(sha256_of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256_of(std::string(1000000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  const TempDir dir;
  for (const std::size_t size : {0U, 1U, 55U, 56U, 63U, 64U, 65U, 119U, 65536U, 65537U}) {
    const std::string text(size, 'x');
    Sha256 pieces;
    for (std::size_t at = 0; at < size; at += 13) {
      pieces.update(text.data() + at, std::min<std::size_t>(13, size - at));
    }
    CAPTURE(size);
    CHECK(pieces.hex_digest() == sha256_of(text));
    CHECK(sha256_of_file(dir.write("f", text)) == sha256_of(text));
  }
  CHECK_THROWS_AS(sha256_of_file(dir.path("none")), Error);
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
