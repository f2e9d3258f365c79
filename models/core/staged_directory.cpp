// SPDX-License-Identifier: Apache-2.0
#include "models/core/staged_directory.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "models/core/error.hpp"

namespace absim {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_system(const std::string& path, const char* wanted) {
  throw Error(path + ": cannot be " + wanted + ": " + std::strerror(errno));
}

fs::path without_slash(const std::string& target) {
  const fs::path path = fs::path(target).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

fs::path folder_of(const fs::path& target) {
  return target.has_parent_path() ? target.parent_path() : fs::path(".");
}

/// The lock lies beside the directory, not in it: nothing of it is left after the rename.
std::string lock_name(const fs::path& staged) { return staged.string() + ".lock"; }

/// Takes the final name in one step. File systems that cannot do that (EINVAL) get two renames.
bool take_name(const fs::path& staged, const fs::path& target, bool exchange) {
  const unsigned flags = exchange ? RENAME_EXCHANGE : RENAME_NOREPLACE;
  if (::renameat2(AT_FDCWD, staged.c_str(), AT_FDCWD, target.c_str(), flags) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS) return false;
  if (!exchange) {
    if (!fs::exists(fs::symlink_status(target))) {
      return ::rename(staged.c_str(), target.c_str()) == 0;
    }
    errno = EEXIST;
    return false;
  }
  const std::string old = staged.string() + ".old";
  if (::rename(target.c_str(), old.c_str()) != 0) return false;
  if (::rename(staged.c_str(), target.c_str()) != 0) return false;
  return ::rename(old.c_str(), staged.c_str()) == 0;
}

/// Removes staged directories of this target whose owner is gone: nobody holds their lock.
void remove_abandoned(const fs::path& target) {
  const std::string prefix = "." + target.filename().string() + ".tmp-";
  std::error_code error;
  std::vector<fs::path> locks;
  for (const auto& entry : fs::directory_iterator(folder_of(target), error)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(prefix, 0) == 0 && entry.path().extension() == ".lock") {
      locks.push_back(entry.path());
    }
  }
  for (const fs::path& lock : locks) {
    const int file = ::open(lock.c_str(), O_RDWR | O_CLOEXEC);
    if (file < 0) continue;
    if (::flock(file, LOCK_EX | LOCK_NB) == 0) {
      fs::path staged = lock;
      staged.replace_extension();
      fs::remove_all(staged, error);
      fs::remove(lock, error);
    }
    ::close(file);
  }
}

struct Claim {
  int lock = -1;
  std::string staged;
};

/// A name of its own for the staged directory. The lock comes before the directory: whoever is
/// killed in between leaves a lock that nobody holds, never a directory that nobody may remove.
Claim claim_name(const fs::path& target) {
  constexpr int kTries = 100;
  const std::string pattern =
      lock_name(folder_of(target) / ("." + target.filename().string() + ".tmp-XXXXXX"));
  for (int i = 0; i < kTries; ++i) {
    std::string name = pattern;
    const int file = ::mkostemps(name.data(), 5, O_CLOEXEC);  // 5: ".lock"
    if (file < 0) fail_system(pattern, "written");
    struct stat status = {};
    // Another run may take a lock that is not held yet for an abandoned one, and remove it.
    if (::flock(file, LOCK_EX | LOCK_NB) == 0 && ::fstat(file, &status) == 0 &&
        status.st_nlink > 0) {
      return {file, fs::path(name).replace_extension().string()};
    }
    ::close(file);
  }
  fail_system(pattern, "locked");
}

}  // namespace

void StagedDirectory::check_target(const std::string& target, bool replace,
                                   const std::string& marker) {
  const fs::path path = without_slash(target);
  std::error_code error;
  const fs::file_status status = fs::symlink_status(path, error);
  if (!fs::exists(status)) return;
  if (!replace) {
    throw Error(target + ": found something there already; allowed: a new directory, or --force");
  }
  if (!fs::is_directory(status) || (!fs::exists(path / marker) && !fs::is_empty(path))) {
    throw Error(target + ": found something other than earlier output (no " + marker +
                "); allowed: only earlier output is replaced");
  }
}

StagedDirectory::StagedDirectory(const std::string& target, bool replace, const std::string& marker)
    : target_(without_slash(target).string()), marker_(marker), replace_(replace) {
  check_target(target_, replace, marker);
  const fs::path path = target_;
  std::error_code error;
  fs::create_directories(folder_of(path), error);
  if (error) throw Error(folder_of(path).string() + ": cannot be written: " + error.message());
  remove_abandoned(path);
  const Claim claim = claim_name(path);
  lock_ = claim.lock;
  staged_ = claim.staged;
  if (::mkdir(staged_.c_str(), 0777) != 0) {
    const int reason = errno;
    fs::remove(lock_name(staged_), error);
    ::close(lock_);
    errno = reason;
    fail_system(staged_, "written");
  }
}

StagedDirectory::~StagedDirectory() {
  std::error_code ignored;
  fs::remove_all(staged_, ignored);  // after commit(): nothing, or what was replaced
  fs::remove(lock_name(staged_), ignored);
  ::close(lock_);
}

void StagedDirectory::write(const std::string& name, const std::string& contents) const {
  const std::string path = file(name);
  std::ofstream out(path, std::ios::binary);
  out.write(contents.data(), static_cast<std::streamsize>(contents.size()));
  out.close();
  if (!out) throw Error(path + ": cannot be written (is the disk full?)");
}

void StagedDirectory::commit() {
  check_target(target_, replace_, marker_);
  if (take_name(staged_, target_, replace_ && fs::exists(target_))) return;
  if (errno == EEXIST) {
    throw Error(target_ + ": found something there already; allowed: a new directory, or --force");
  }
  fail_system(target_, "written");
}

}  // namespace absim
