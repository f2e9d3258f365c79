// SPDX-License-Identifier: Apache-2.0
// Dumps come back as they were written; writing leaves nothing half-done.
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <limits>

#include "models/inference/inference.hpp"
#include "models/network/dump.hpp"
#include "tests/support/broken_dump.hpp"
#include "tests/support/message_of.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/test_networks.hpp"

using namespace absim;
using namespace absim::models;
using namespace absim::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

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
