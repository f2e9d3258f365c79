// SPDX-License-Identifier: Apache-2.0
// A complete little experiment on disk: dump of a random network, random images, accelerator, sweep. Made for
// tests that break one thing of it and look at the message.
#pragma once

#include <cstddef>
#include <string>

#include "models/network/dump.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

namespace absim::test {

class SmallSweep {
 public:
  /// Of the awkward network.
  explicit SmallSweep(std::size_t images = 20);
  SmallSweep(const models::QuantizedNetwork& network, std::size_t images);

  [[nodiscard]] std::string path(const std::string& name = {}) const { return dir_.path(name); }
  [[nodiscard]] std::string read(const std::string& name) const { return read_text(path(name)); }
  void write(const std::string& name, const std::string& text) const;
  /// Replaces the first `from` of a file; fails the test where there is none.
  void replace(const std::string& name, const std::string& from, const std::string& to) const;
  /// Runs absim in the directory.
  [[nodiscard]] Outcome run(const std::vector<std::string>& arguments) const {
    return run_absim(arguments, dir_.path());
  }
  /// `absim sweep sweep.yaml --no-figures --out out` and more.
  [[nodiscard]] Outcome sweep(const std::vector<std::string>& more = {}) const;
  /// Runs the sweep, requires exit status 2, empty stdout, one line on stderr and no results; returns
  /// the line without `absim sweep: `.
  [[nodiscard]] std::string complaint(const std::vector<std::string>& more = {}) const;
  /// Names in the directory that were not there at the beginning.
  [[nodiscard]] std::string surplus() const;

 private:
  TempDir dir_;
};

}  // namespace absim::test
