// SPDX-License-Identifier: Apache-2.0
#include "sim/report/figures.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace absim::sim {
namespace {

constexpr const char* kPython = "/usr/bin/python3";  // Debian's, which has python3-matplotlib

std::string from_environment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

/// Runs a program; its stdout is dropped, its stderr returned. `status` is its exit status, 127 where it
/// cannot be started.
std::string run(const std::vector<std::string>& command, int& status) {
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  std::array<int, 2> ends{};
  status = 127;
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::strerror(errno);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string text;
  std::array<char, 4096> buffer{};
  while (error == 0) {
    const ssize_t count = ::read(ends[0], buffer.data(), buffer.size());
    if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EINTR)) break;
  }
  ::close(ends[0]);
  if (error != 0) return command.front() + ": " + std::strerror(error);
  int raw = 0;
  while (::waitpid(pid, &raw, 0) < 0 && errno == EINTR) {
  }
  status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 126;
  return text;
}

}  // namespace

std::string draw_figures(const std::vector<std::string>& results_files,
                         const std::string& directory) {
  const std::string script = from_environment("ABSIM_PLOT_SCRIPT", ABSIM_DEFAULT_PLOT_SCRIPT);
  if (!std::filesystem::exists(script)) {
    return script + " is missing (ABSIM_PLOT_SCRIPT names another)";
  }
  std::vector<std::string> command = {from_environment("ABSIM_PYTHON", kPython), script, "--out",
                                      directory};
  command.insert(command.end(), results_files.begin(), results_files.end());
  int status = 0;
  const std::string text = run(command, status);
  if (status == 0) return "";
  return last_line(text) + " (figures need python3-matplotlib; ABSIM_PYTHON names another python)";
}

}  // namespace absim::sim
