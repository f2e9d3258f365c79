// SPDX-License-Identifier: Apache-2.0
// A dump on disk, to be broken on purpose, and the network that it holds.
#pragma once

#include <catch2/catch.hpp>

#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "models/core/error.hpp"
#include "models/core/sha256.hpp"
#include "models/network/dump.hpp"
#include "models/network/safetensors.hpp"
#include "tests/support/message_of.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/test_networks.hpp"

namespace absim::test {

using Tensors = std::map<std::string, models::Tensor>;

inline std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline void spit(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

/// A dump on disk, to be broken. Messages are shown without the directory.
class BrokenDump {
 public:
  explicit BrokenDump(const models::QuantizedNetwork& network) {
    models::write_dump(dir_.path("d"), network, false);
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
    models::TensorFile contents = models::read_safetensors(file("tensors.safetensors"));
    change(contents.tensors);
    models::write_safetensors(file("tensors.safetensors"), contents);
    const std::string found =
        yaml(models::sha256_of(good), models::sha256_of_file(file("tensors.safetensors")));
    spit(file("tensors.safetensors"), good);
    return found;
  }
  std::string message() {
    const std::string text = message_of<Error>([&] { models::read_dump(dir_.path("d")); });
    CHECK(text.find('\n') == std::string::npos);
    return text.rfind(dir_.path("d/"), 0) == 0 ? text.substr(dir_.path("d/").size()) : text;
  }

 private:
  TempDir dir_;
};

/// Every optional field in use.
inline models::QuantizedNetwork full_network() {
  models::QuantizedNetwork network = make_awkward_network(5, models::WeightFormat::kBwb);
  network.float_top1_percent = 91.25;
  network.provenance = "say \"hello\" \\ done";
  network.values[0].weight_scale = {0.1};
  network.values[1].weight_scale = std::vector<double>(5, 1.0 / 3);
  network.values[2].output_scale = std::vector<double>(8, 1e-7);
  network.values[7].act_scale = std::vector<double>(8, 0.25);
  return network;
}

}  // namespace absim::test
