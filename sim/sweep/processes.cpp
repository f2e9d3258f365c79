// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/processes.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include <fmt/format.h>

#include "models/core/error.hpp"
#include "sim/core/mismatch.hpp"

namespace absim::sim {
namespace {

// What a worker sends: one of these, then text.
constexpr char kResult = 'R';
constexpr char kError = 'E';
constexpr char kMismatch = 'M';  // layer, cycle, signal, expected, found, each ended by '\n'
constexpr char kFault = 'F';

constexpr int kPoll_ms = 250;  // between two calls of `done`

std::string pack(const MismatchError& error) {
  return fmt::format("{}{}\n{}\n{}\n{}\n{}\n", kMismatch, error.layer(), error.cycle(),
                     error.signal(), error.expected(), error.found());
}

[[noreturn]] void throw_mismatch(const std::string& text) {
  std::vector<std::string> fields;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    fields.push_back(text.substr(begin, end - begin));
  }
  ABSIM_CHECK(fields.size() == 5, "a worker's message about a difference has five fields");
  throw MismatchError(fields[0], std::stoull(fields[1]), fields[2], fields[3], fields[4]);
}

std::string run_task(const std::function<std::string(std::size_t)>& task, std::size_t index) {
  try {
    return kResult + task(index);
  } catch (const Error& error) {
    return std::string(1, kError) + error.what();
  } catch (const MismatchError& error) {
    return pack(error);
  } catch (const std::exception& error) {
    return std::string(1, kFault) + error.what();
  }
}

void write_all(int fd, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = ::write(fd, text.data() + done, text.size() - done);
    if (count < 0 && errno != EINTR) return;  // nobody listens any more
    if (count > 0) done += static_cast<std::size_t>(count);
  }
}

struct Worker {
  std::size_t index = 0;
  pid_t pid = -1;
  int fd = -1;  // read end of its pipe
  std::string text;
};

[[noreturn]] void fail_system(const char* what) {
  throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

Worker start(std::size_t index, const std::function<std::string(std::size_t)>& task) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) fail_system("pipe");
  std::fflush(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) fail_system("fork");
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a killed run leaves no workers behind
    if (::getppid() != parent) ::_exit(1);
    ::close(ends[0]);
    write_all(ends[1], run_task(task, index));
    ::_exit(0);
  }
  ::close(ends[1]);
  return {index, pid, ends[0], {}};
}

/// Reads what a worker has to say; true at its end.
bool read_some(Worker& worker) {
  char buffer[65536];
  const ssize_t count = ::read(worker.fd, buffer, sizeof(buffer));
  if (count < 0) return errno != EINTR;
  worker.text.append(buffer, static_cast<std::size_t>(count));
  return count == 0;
}

/// Kills what still runs when the loop is left early.
struct Workers {
  std::vector<Worker> running;
  ~Workers() {
    for (const Worker& worker : running) {
      ::kill(worker.pid, SIGKILL);
      ::close(worker.fd);
      ::waitpid(worker.pid, nullptr, 0);
    }
  }
};

std::string end_of(Worker& worker) {
  ::close(worker.fd);
  int status = 0;
  while (::waitpid(worker.pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!worker.text.empty() && WIFEXITED(status) && WEXITSTATUS(status) == 0) return worker.text;
  return fmt::format("{}a worker process ended without a result ({} {})", kFault,
                     WIFSIGNALED(status) ? "signal" : "status",
                     WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

void wait_for_any(Workers& workers, const std::function<void(Worker&)>& ended) {
  std::vector<pollfd> polls;
  for (const Worker& worker : workers.running) polls.push_back({worker.fd, POLLIN, 0});
  if (::poll(polls.data(), polls.size(), kPoll_ms) < 0) {
    if (errno != EINTR) fail_system("poll");
    return;
  }
  for (std::size_t i = polls.size(); i-- > 0;) {
    if (polls[i].revents == 0 || !read_some(workers.running[i])) continue;
    Worker worker = std::move(workers.running[i]);
    workers.running.erase(workers.running.begin() + static_cast<std::ptrdiff_t>(i));
    ended(worker);
  }
}

}  // namespace

std::vector<std::string> run_in_processes(std::size_t count, unsigned jobs,
                                          const std::function<std::string(std::size_t)>& task,
                                          const std::function<void(std::size_t)>& done) {
  std::vector<std::string> messages(count);
  Workers workers;
  std::size_t next = 0;
  std::size_t finished = 0;
  bool failed = false;
  while (true) {
    while (next < count && !failed && workers.running.size() < std::max(1U, jobs)) {
      workers.running.push_back(start(next++, task));
    }
    if (workers.running.empty()) break;
    wait_for_any(workers, [&](Worker& worker) {
      messages[worker.index] = end_of(worker);
      failed = failed || messages[worker.index].front() != kResult;
      ++finished;
    });
    if (done) done(finished);
  }
  for (std::string& message : messages) {
    const char kind = message.empty() ? kResult : message.front();
    if (!message.empty()) message.erase(0, 1);
    if (kind == kError) throw Error(message);
    if (kind == kMismatch) throw_mismatch(message);
    if (kind == kFault) throw std::runtime_error(message);
  }
  return messages;
}

}  // namespace absim::sim
