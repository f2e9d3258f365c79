// SPDX-License-Identifier: Apache-2.0
#include "tests/support/small_sweep.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "models/network/dump.hpp"
#include "models/network/safetensors.hpp"
#include "tests/support/test_networks.hpp"

namespace absim::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kArch =
    "name: tiny\n"
    "rows: 4\n"
    "cols: 6\n"
    "lanes: 8\n"
    "act_banks: 4\n"
    "postproc_lanes: 3\n"
    "act_buffer_bytes: 4096\n"
    "weight_buffer_bytes: 4096\n"
    "dram: {bytes_per_cycle: 8, latency_cycles: 20}\n"
    "clock_mhz: 500\n";

const std::set<std::string> kOwnFiles = {"dump",       "images.safetensors", "arch.yaml",
                                         "sweep.yaml", ".stdout",            ".stderr"};

void write_images(const std::string& path, const models::QuantizedNetwork& network,
                  std::size_t count) {
  const models::MapShape& shape = network.graph.input.shape;
  std::vector<std::uint8_t> pixels;
  std::vector<std::uint8_t> labels;
  std::mt19937_64 random(7);
  for (std::size_t i = 0; i < count; ++i) {
    const std::vector<std::uint8_t> image = random_image(network, 100 + i);
    pixels.insert(pixels.end(), image.begin(), image.end());
    labels.push_back(static_cast<std::uint8_t>(random() % network.graph.classes));
  }
  models::TensorFile file;
  file.tensors["images"] =
      models::make_tensor<std::uint8_t>({count, shape.height, shape.width, shape.channels}, pixels);
  file.tensors["labels"] = models::make_tensor<std::uint8_t>({count}, labels);
  models::write_safetensors(path, file);
}

}  // namespace

SmallSweep::SmallSweep(std::size_t images)
    : SmallSweep(make_awkward_network(1, models::WeightFormat::kBwb), images) {}

SmallSweep::SmallSweep(const models::QuantizedNetwork& network, std::size_t images) {
  models::write_dump(path("dump"), network, false);
  write_images(path("images.safetensors"), network, images);
  write("arch.yaml", kArch);
  write("sweep.yaml",
        "name: small\n"
        "network: dump\n"
        "dataset: {path: images.safetensors, images: " + std::to_string(images) + "}\n"
        "arch: arch.yaml\n"
        "tech: " ABSIM_SOURCE_DIR "/configs/tech/horowitz45.yaml\n"
        "truncation: [1, 3, 8]\n");
}

void SmallSweep::write(const std::string& name, const std::string& text) const {
  std::ofstream(path(name), std::ios::binary) << text;
}

void SmallSweep::replace(const std::string& name, const std::string& from,
                         const std::string& to) const {
  std::string text = read(name);
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  write(name, text.replace(at, from.size(), to));
}

Outcome SmallSweep::sweep(const std::vector<std::string>& more) const {
  std::vector<std::string> arguments = {"sweep", "sweep.yaml", "--no-figures", "--out", "out"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run(arguments);
}

std::string SmallSweep::complaint(const std::vector<std::string>& more) const {
  const std::string before = surplus();
  const Outcome outcome = sweep(more);
  CAPTURE(outcome.out, outcome.err);
  CHECK(outcome.status == 2);
  CHECK(outcome.out.empty());
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  CHECK(surplus() == before);
  const std::string prefix = "absim sweep: ";
  REQUIRE(outcome.err.rfind(prefix, 0) == 0);
  return outcome.err.substr(prefix.size(), outcome.err.size() - prefix.size() - 1);
}

std::string SmallSweep::surplus() const {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(path())) {
    const std::string name = entry.path().filename().string();
    if (kOwnFiles.count(name) == 0) names.insert(name);
  }
  std::string text;
  for (const std::string& name : names) text += name + " ";
  return text;
}

}  // namespace absim::test
