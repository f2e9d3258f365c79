// SPDX-License-Identifier: Apache-2.0
// A directory that appears whole or not at all: written beside its final place, renamed at the end.
#pragma once

#include <string>

namespace absim {

class StagedDirectory {
 public:
  /// Makes `.<name>.tmp-XXXXXX` beside `target`, and the folders above it. An existing target is an Error
  /// unless `replace` is true and it is a directory that holds a file called `marker` (or nothing at
  /// all), so that a mistyped path cannot delete something else. What killed runs left here is removed.
  StagedDirectory(const std::string& target, bool replace, const std::string& marker);
  ~StagedDirectory();  ///< without commit(): removes everything written
  StagedDirectory(const StagedDirectory&) = delete;
  StagedDirectory& operator=(const StagedDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return staged_; }
  /// Path of a file inside.
  [[nodiscard]] std::string file(const std::string& name) const { return staged_ + "/" + name; }
  void write(const std::string& name, const std::string& contents) const;

  /// The whole directory takes its final name in one step. Throws Error where the name was taken meanwhile.
  void commit();

  /// The checks of the constructor alone, for programs that compute long before they write.
  static void check_target(const std::string& target, bool replace, const std::string& marker);

 private:
  std::string target_;
  std::string marker_;
  std::string staged_;
  bool replace_;
  int lock_ = -1;  // held while the staged directory is in use
};

}  // namespace absim
