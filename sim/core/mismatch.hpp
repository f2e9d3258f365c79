// SPDX-License-Identifier: Apache-2.0
// A difference between two descriptions that must agree; the program's main turns it into exit
// status 1.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace absim::sim {

class MismatchError : public std::runtime_error {
 public:
  MismatchError(std::string layer, std::uint64_t cycle, std::string signal, std::string expected,
                std::string found)
      : std::runtime_error((layer.empty() ? std::string() : "layer " + layer + ", ") + "cycle " +
                           std::to_string(cycle) + ": " + signal + ": expected " + expected +
                           ", found " + found),
        layer_(std::move(layer)),
        cycle_(cycle),
        signal_(std::move(signal)),
        expected_(std::move(expected)),
        found_(std::move(found)) {}

  [[nodiscard]] const std::string& layer() const { return layer_; }
  [[nodiscard]] std::uint64_t cycle() const { return cycle_; }
  [[nodiscard]] const std::string& signal() const { return signal_; }
  [[nodiscard]] const std::string& expected() const { return expected_; }
  [[nodiscard]] const std::string& found() const { return found_; }

 private:
  std::string layer_;
  std::uint64_t cycle_;  ///< of the layer, from 0
  std::string signal_;
  std::string expected_;
  std::string found_;
};

}  // namespace absim::sim
