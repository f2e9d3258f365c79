// SPDX-License-Identifier: Apache-2.0
#include "tests/support/program.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace absim::test {
namespace {

void redirect(int descriptor, const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (file < 0 || ::dup2(file, descriptor) < 0) ::_exit(120);
  ::close(file);
}

std::string out_file(const std::string& directory) { return directory + "/.stdout"; }
std::string err_file(const std::string& directory) { return directory + "/.stderr"; }

}  // namespace

pid_t start_absim(const std::vector<std::string>& arguments, const std::string& directory) {
  std::vector<char*> argv;
  std::string program = ABSIM_PROGRAM;
  argv.push_back(program.data());
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    redirect(STDOUT_FILENO, out_file(directory));
    redirect(STDERR_FILENO, err_file(directory));
    if (::chdir(directory.c_str()) != 0) ::_exit(121);
    ::execv(program.c_str(), argv.data());
    ::_exit(122);
  }
  return child;
}

Outcome run_absim(const std::vector<std::string>& arguments, const std::string& directory) {
  const pid_t child = start_absim(arguments, directory);
  int status = 0;
  if (::waitpid(child, &status, 0) != child) throw std::runtime_error("waitpid failed");
  Outcome outcome;
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  outcome.out = read_text(out_file(directory));
  outcome.err = read_text(err_file(directory));
  return outcome;
}

std::string read_text(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace absim::test
