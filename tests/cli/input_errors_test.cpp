// SPDX-License-Identifier: Apache-2.0
// Every wrong dump or image set, and every combination that does not fit, gives one line and exit status 2.
#include <catch2/catch.hpp>

#include <cstring>
#include <filesystem>

#include "models/core/sha256.hpp"
#include "models/network/dump.hpp"
#include "models/network/safetensors.hpp"
#include "tests/support/small_sweep.hpp"
#include "tests/support/test_networks.hpp"

using namespace absim;
using absim::test::SmallSweep;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

constexpr const char* kTensors = "dump/tensors.safetensors";

/// Changes the dump's tensors and makes its checksum agree, so that the next check must find it.
template <typename Change>
void change_tensors(const SmallSweep& small, Change&& change) {
  const std::string before = models::sha256_of_file(small.path(kTensors));
  models::TensorFile file = models::read_safetensors(small.path(kTensors));
  change(file.tensors);
  models::write_safetensors(small.path(kTensors), file);
  small.replace("dump/network.yaml", before, models::sha256_of_file(small.path(kTensors)));
}

/// The first tensor of weight codes.
std::string code_tensor(const SmallSweep& small) {
  for (const auto& [name, tensor] : models::read_safetensors(small.path(kTensors)).tensors) {
    if (tensor.dtype == models::DType::kU8 && tensor.shape.size() == 4) return name;
  }
  FAIL("the dump has no codes");
  return {};
}

/// Overwrites the header's length field.
void set_header_length(const SmallSweep& small, std::uint64_t length) {
  std::string bytes = small.read(kTensors);
  std::memcpy(bytes.data(), &length, sizeof(length));
  small.write(kTensors, bytes);
}

}  // namespace

TEST_CASE("a dump with a missing tensor is refused", "[cli][negative]") {
  const SmallSweep small;
  const std::string name = code_tensor(small);
  change_tensors(small, [&](auto& tensors) { tensors.erase(name); });
  const std::string text = small.complaint();
  CHECK_THAT(text, StartsWith("dump/tensors.safetensors: "));
  CHECK((text.find("tensor '" + name + "': found none") != std::string::npos ||
         text.find("bytes of tensors") != std::string::npos));
}

TEST_CASE("a dump with a surplus tensor is refused", "[cli][negative]") {
  const SmallSweep small;
  change_tensors(small, [](auto& tensors) {
    tensors["extra"] = models::make_tensor<std::uint8_t>({1}, {0});
  });
  CHECK_THAT(small.complaint(),
             StartsWith("dump/tensors.safetensors: tensor 'extra': found a tensor that no layer "
                        "asks for"));
}

TEST_CASE("a tensor of the wrong shape is refused", "[cli][negative]") {
  const SmallSweep small;
  const std::string name = code_tensor(small);
  change_tensors(small, [&](auto& tensors) {
    auto& shape = tensors.at(name).shape;
    shape = {tensors.at(name).elements()};
  });
  CHECK_THAT(small.complaint(),
             StartsWith("dump/tensors.safetensors: tensor '" + name + "': found U8 ["));
}

TEST_CASE("a code beyond its width is refused", "[cli][negative]") {
  const SmallSweep small;
  std::filesystem::remove_all(small.path("dump"));
  models::write_dump(small.path("dump"),
                     test::make_awkward_network(1, models::WeightFormat::kBwb, 4), false);
  const std::string name = code_tensor(small);
  change_tensors(small, [&](auto& tensors) { tensors.at(name).bytes[5] = 16; });
  const std::string text = small.complaint({"--set", "truncation=4"});
  CHECK_THAT(text, StartsWith("dump/tensors.safetensors: "));
  CHECK_THAT(text, Contains("16"));
  CHECK_THAT(text, Contains("0..15"));
}

TEST_CASE("a truncated or changed tensor file is refused", "[cli][negative]") {
  const SmallSweep small;
  std::string bytes = small.read(kTensors);
  SECTION("cut by one byte") { bytes.pop_back(); }
  SECTION("cut in the header") { bytes.resize(100); }
  SECTION("empty") { bytes.clear(); }
  SECTION("one bit flipped") { bytes.back() = static_cast<char>(bytes.back() ^ 1); }
  small.write(kTensors, bytes);
  CHECK_THAT(small.complaint(), StartsWith("dump/tensors.safetensors: "));
}

TEST_CASE("a header that lies about lengths or offsets is refused", "[cli][negative]") {
  const SmallSweep small;
  SECTION("longer than the file") { set_header_length(small, std::uint64_t{1} << 60); }
  SECTION("shorter than the JSON") { set_header_length(small, 16); }
  SECTION("zero") { set_header_length(small, 0); }
  SECTION("offsets beyond the end") {
    std::string bytes = small.read(kTensors);
    const std::string key = "\"data_offsets\":[";
    const std::size_t at = bytes.rfind(key);
    REQUIRE(at != std::string::npos);
    bytes[at + key.size()] = '9';
    small.write(kTensors, bytes);
  }
  CHECK_THAT(small.complaint(), StartsWith("dump/tensors.safetensors: "));
}

TEST_CASE("images that do not fit the network are refused", "[cli][negative]") {
  const SmallSweep small;
  models::TensorFile file;
  SECTION("of another size") {
    file.tensors["images"] =
        models::make_tensor<std::uint8_t>({2, 4, 4, 3}, std::vector<std::uint8_t>(96));
    file.tensors["labels"] = models::make_tensor<std::uint8_t>({2}, {0, 1});
    models::write_safetensors(small.path("images.safetensors"), file);
    CHECK(small.complaint({"--set", "dataset.images=2"}) ==
          "images.safetensors: found images of 4x4x3; allowed: 11x9x3, the input of dump");
  }
  SECTION("with a label beyond the classes") {
    file = models::read_safetensors(small.path("images.safetensors"));
    file.tensors.at("labels").bytes[3] = 200;
    models::write_safetensors(small.path("images.safetensors"), file);
    CHECK_THAT(small.complaint(), StartsWith("images.safetensors: found label 200; allowed: 0.."));
  }
  SECTION("fewer than asked for") {
    CHECK(small.complaint({"--set", "dataset.images=21"}) ==
          "--set dataset.images=21: dataset.images: found 21; allowed: 1..20, the images of "
          "images.safetensors");
  }
  SECTION("fewer than the clocked core should get") {
    CHECK_THAT(small.complaint({"--set", "cosim_images=21", "--set", "fidelity=systemc"}),
               StartsWith("--set cosim_images=21: cosim_images: found 21; allowed: at most 20"));
  }
}

TEST_CASE("a truncation length beyond the dump's bits is refused", "[cli][negative]") {
  const SmallSweep small;
  std::filesystem::remove_all(small.path("dump"));
  models::write_dump(small.path("dump"),
                     test::make_awkward_network(1, models::WeightFormat::kBwb, 4), false);
  CHECK(small.complaint() ==
        "sweep.yaml:6:20: truncation: found 8; allowed: 1..4, the bits of dump");
}

TEST_CASE("a network that does not fit the buffers is refused with what would fit",
          "[cli][negative]") {
  const SmallSweep small;
  const std::string text = small.complaint({"--set", "arch.act_buffer_bytes=64"});
  CHECK_THAT(text, StartsWith("point 0 (truncation=1): "));
  CHECK_THAT(text, Contains("layer 'stem'"));
  CHECK_THAT(text, Contains("act_buffer_bytes: 64 bytes are too few"));
  CHECK_THAT(text, Contains("at least 448 bytes fit"));
}

TEST_CASE("an energy table without provenance is refused", "[cli][negative]") {
  const SmallSweep small;
  small.write("tech.yaml",
              absim::test::read_text(ABSIM_SOURCE_DIR "/configs/tech/horowitz45.yaml"));
  small.replace("tech.yaml", "node:", "nod:");
  const std::string text = small.complaint({"--set", "tech=tech.yaml"});
  CHECK_THAT(text, StartsWith("tech.yaml:"));
  CHECK_THAT(text, Contains("node"));
}
