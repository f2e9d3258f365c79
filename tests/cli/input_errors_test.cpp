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

/// Replaces the dump's tensor file and makes its checksum agree, so that the next check must find what is
/// wrong with it.
template <typename Write>
void replace_tensors(const SmallSweep& small, Write&& write) {
  const std::string before = models::sha256_of_file(small.path(kTensors));
  write();
  small.replace("dump/network.yaml", before, models::sha256_of_file(small.path(kTensors)));
}

template <typename Change>
void change_tensors(const SmallSweep& small, Change&& change) {
  replace_tensors(small, [&] {
    models::TensorFile file = models::read_safetensors(small.path(kTensors));
    change(file.tensors);
    models::write_safetensors(small.path(kTensors), file);
  });
}

/// A dump with codes of four bits.
void write_narrow_dump(const SmallSweep& small) {
  models::write_dump(small.path("dump"),
                     test::make_awkward_network(1, models::WeightFormat::kBwb, 4), true);
}

/// The first tensor of weight codes.
std::string code_tensor(const SmallSweep& small) {
  for (const auto& [name, tensor] : models::read_safetensors(small.path(kTensors)).tensors) {
    if (tensor.dtype == models::DType::kU8 && tensor.shape.size() == 4) return name;
  }
  FAIL("the dump has no codes");
  return {};
}

/// A safetensors file whose header claims another length.
std::string with_header_length(std::string bytes, std::uint64_t length) {
  std::memcpy(bytes.data(), &length, sizeof(length));
  return bytes;
}

/// A safetensors file with a digit of its last `data_offsets` changed to 9: [begin, end].
std::string with_far_offset(std::string bytes) {
  const std::string key = "\"data_offsets\":[";
  const std::size_t at = bytes.rfind(key);
  REQUIRE(at != std::string::npos);
  REQUIRE(bytes[at + key.size()] != '9');
  bytes[at + key.size()] = '9';
  return bytes;
}

}  // namespace

TEST_CASE("a dump without one of its files is refused", "[cli][negative]") {
  const SmallSweep small;
  SECTION("no description") {
    std::filesystem::remove(small.path("dump/network.yaml"));
    CHECK(small.complaint() ==
          "dump/network.yaml: found no readable file; allowed: a YAML file");
  }
  SECTION("no tensors") {
    std::filesystem::remove(small.path(kTensors));
    CHECK(small.complaint() == "dump/tensors.safetensors: found no readable file; allowed: the "
                               "tensors of the dump");
  }
}

TEST_CASE("a wrong description of a dump is refused with its place", "[cli][negative]") {
  const SmallSweep small;
  SECTION("that does not parse") {
    small.replace("dump/network.yaml", "layers:", "layers: [");
    CHECK_THAT(small.complaint(), StartsWith("dump/network.yaml:") && Contains("found broken YAML"));
  }
  SECTION("with an unknown key") {
    small.replace("dump/network.yaml", "classes:", "clases:");
    CHECK_THAT(small.complaint(), StartsWith("dump/network.yaml:") &&
                                      Contains("found no such key (is 'clases' meant?)"));
  }
  SECTION("with a wrong type") {
    small.replace("dump/network.yaml", "absim_dump: 1", "absim_dump: one");
    CHECK(small.complaint() ==
          "dump/network.yaml:1:13: absim_dump: found 'one'; allowed: a whole number 1..1");
  }
  SECTION("with a value out of range") {
    small.replace("dump/network.yaml", "bits: 8", "bits: 9");
    CHECK_THAT(small.complaint(), StartsWith("dump/network.yaml:") &&
                                      Contains("bits: found '9'; allowed: a whole number 1..8"));
  }
}

TEST_CASE("a dump with a missing tensor is refused", "[cli][negative]") {
  const SmallSweep small;
  const std::string name = code_tensor(small);
  change_tensors(small, [&](auto& tensors) { tensors.erase(name); });
  CHECK_THAT(small.complaint(), StartsWith("dump/tensors.safetensors: tensor '" + name +
                                           "': found none; allowed: U8 ["));
}

TEST_CASE("a dump with a surplus tensor is refused", "[cli][negative]") {
  const SmallSweep small;
  change_tensors(small, [](auto& tensors) {
    tensors["extra"] = models::make_tensor<std::uint8_t>({1}, {0});
  });
  CHECK(small.complaint() == "dump/tensors.safetensors: tensor 'extra': found a tensor that no layer "
                             "asks for; allowed: none");
}

TEST_CASE("a tensor of the wrong shape or type is refused", "[cli][negative]") {
  const SmallSweep small;
  const std::string name = code_tensor(small);
  SECTION("shape") {
    change_tensors(small, [&](auto& tensors) {
      tensors.at(name).shape = {tensors.at(name).elements()};
    });
    CHECK_THAT(small.complaint(), StartsWith("dump/tensors.safetensors: tensor '" + name +
                                             "': found U8 [") &&
                                      Contains("]; allowed: U8 ["));
  }
  SECTION("type") {
    change_tensors(small, [&](auto& tensors) { tensors.at(name).dtype = models::DType::kI8; });
    CHECK_THAT(small.complaint(), StartsWith("dump/tensors.safetensors: tensor '" + name +
                                             "': found I8 [") &&
                                      Contains("]; allowed: U8 ["));
  }
}

TEST_CASE("a code beyond its width is refused", "[cli][negative]") {
  const SmallSweep small;
  write_narrow_dump(small);
  const std::string name = code_tensor(small);
  change_tensors(small, [&](auto& tensors) { tensors.at(name).bytes[5] = 16; });
  CHECK(small.complaint({"--set", "truncation=4"}) ==
        "dump/tensors.safetensors: tensor '" + name + "': found code 16; allowed: 0..15 in 4 bits");
}

TEST_CASE("a truncated or changed tensor file is refused", "[cli][negative]") {
  const SmallSweep small;
  std::string bytes = small.read(kTensors);
  std::string message;
  SECTION("cut by one byte") {  // the header is whole, its last tensor is not
    bytes.pop_back();
    message = "tensor '";
  }
  SECTION("cut in the header") {
    bytes.resize(100);
    message = "found 100 bytes; allowed: ";
  }
  SECTION("empty") {
    bytes.clear();
    message = "found 0 bytes; allowed: ";
  }
  SECTION("one bit flipped") {
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    message = "found SHA-256 ";
  }
  small.write(kTensors, bytes);
  const std::string text = small.complaint();
  CHECK_THAT(text, StartsWith("dump/tensors.safetensors: " + message));
  if (message == "tensor '") CHECK_THAT(text, Contains(", the bytes of data in the file"));
}

TEST_CASE("a header that lies about lengths or offsets is refused", "[cli][negative]") {
  const SmallSweep small;
  const char* const file = GENERATE("dump/tensors.safetensors", "images.safetensors");
  CAPTURE(file);
  const std::string good = small.read(file);
  std::string bad;
  std::string message;
  SECTION("longer than any header") {
    bad = with_header_length(good, std::uint64_t{1} << 60);
    message = "header of 1152921504606846976 bytes; allowed: at most ";
  }
  SECTION("longer than the file") {
    bad = with_header_length(good, good.size() - 7);
    message = "header of " + std::to_string(good.size() - 7) + " bytes; allowed: at most " +
              std::to_string(good.size() - 8) + ", the rest of the file";
  }
  SECTION("shorter than the JSON") {
    bad = with_header_length(good, 16);
    message = "header: no valid JSON (";
  }
  SECTION("zero") {
    bad = with_header_length(good, 0);
    message = "header: no valid JSON (";
  }
  SECTION("offsets beyond the data") {
    bad = with_far_offset(good);
    message = "tensor '";
  }
  if (std::string(file) == kTensors) {
    replace_tensors(small, [&] { small.write(file, bad); });
  } else {
    small.write(file, bad);
  }
  const std::string text = small.complaint();
  CHECK_THAT(text, StartsWith(std::string(file) + ": " + message));
  if (message == "tensor '") {
    CHECK_THAT(text, Contains("data_offsets [9") && Contains("; allowed: begin <= end"));
  }
}

TEST_CASE("a truncated image set is refused", "[cli][negative]") {
  const SmallSweep small;
  std::string bytes = small.read("images.safetensors");
  SECTION("cut by one byte") { bytes.pop_back(); }
  SECTION("cut in the header") { bytes.resize(20); }
  small.write("images.safetensors", bytes);
  CHECK_THAT(small.complaint(), StartsWith("images.safetensors: ") && Contains("; allowed: "));
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
  write_narrow_dump(small);
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
  CHECK(small.complaint({"--set", "tech=none.yaml"}) ==
        "none.yaml: found no readable file; allowed: a YAML file");
  small.write("tech.yaml",
              absim::test::read_text(ABSIM_SOURCE_DIR "/configs/tech/horowitz45.yaml"));
  small.replace("tech.yaml", "node:", "nod:");
  const std::string text = small.complaint({"--set", "tech=tech.yaml"});
  CHECK_THAT(text, StartsWith("tech.yaml:"));
  CHECK_THAT(text, Contains("node"));
}

TEST_CASE("posit MACs that the energy table lacks are refused", "[cli][negative]") {
  const SmallSweep small;
  CHECK(small.complaint({"--set", "tech.posit_mac=socc20"}) ==
        "--set tech.posit_mac=socc20: tech.posit_mac: found 'socc20'; allowed: socc19 | pdpu");
}
