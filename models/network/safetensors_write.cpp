// SPDX-License-Identifier: Apache-2.0
// Safetensors: the writer. A reader sees the old file or the new one, never a part.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "models/network/safetensors.hpp"

namespace absim::models {
namespace {

using Named = std::map<std::string, Tensor>::value_type;

[[noreturn]] void fail_system(const std::string& path, const char* what) {
  throw Error(fmt::format("{}: cannot be {} ({}); a writable place is needed", path, what,
                          std::generic_category().message(errno)));
}

/// An open file descriptor, closed at the end of the scope.
class Descriptor {
 public:
  Descriptor(const std::string& path, int flags)
      : path_(path), fd_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {
    if (fd_ < 0) fail_system(path, "opened");
  }
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  void write(const void* data, std::size_t size) {
    const char* at = static_cast<const char*>(data);
    while (size > 0) {
      const ssize_t written = ::write(fd_, at, size);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail_system(path_, "written");
      at += written;
      size -= static_cast<std::size_t>(written);
    }
  }
  void sync() {
    if (::fsync(fd_) != 0) fail_system(path_, "synced");
  }

 private:
  std::string path_;
  int fd_;
};

/// Wide types first, so that every tensor lies on a multiple of its element; then by name.
std::vector<const Named*> file_order(const TensorFile& file) {
  std::vector<const Named*> order;
  for (const Named& named : file.tensors) order.push_back(&named);
  std::stable_sort(order.begin(), order.end(), [](const Named* a, const Named* b) {
    return dtype_bytes(a->second.dtype) > dtype_bytes(b->second.dtype);
  });
  return order;
}

std::string make_header(const std::string& path, const TensorFile& file,
                        const std::vector<const Named*>& order) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!file.metadata.empty()) header["__metadata__"] = file.metadata;
  std::size_t at = 0;
  for (const Named* named : order) {
    const auto& [name, tensor] = *named;
    const std::size_t wanted = tensor.elements() * dtype_bytes(tensor.dtype);
    if (name == "__metadata__")
      throw FormatError(path + ": tensor '__metadata__'; allowed: any other name");
    if (tensor.bytes.size() != wanted) {
      throw FormatError(
          fmt::format("{}: tensor '{}': {} bytes of data; allowed: {}, from dtype and shape", path,
                      name, tensor.bytes.size(), wanted));
    }
    header[name] = {{"dtype", dtype_name(tensor.dtype)},
                    {"shape", tensor.shape},
                    {"data_offsets", {at, at + wanted}}};
    at += wanted;
  }
  try {
    std::string text = header.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    return text;
  } catch (const nlohmann::json::exception& error) {
    throw FormatError(
        fmt::format("{}: a name or metadata is no UTF-8 ({}); allowed: UTF-8", path, error.what()));
  }
}

}  // namespace

void write_safetensors(const std::string& path, const TensorFile& file) {
  const std::vector<const Named*> order = file_order(file);
  const std::string header = make_header(path, file, order);
  const std::uint64_t header_bytes = header.size();
  const std::string temporary = path + ".tmp";
  {
    Descriptor out(temporary, O_WRONLY | O_CREAT | O_TRUNC);
    out.write(&header_bytes, sizeof(header_bytes));
    out.write(header.data(), header.size());
    for (const Named* named : order)
      out.write(named->second.bytes.data(), named->second.bytes.size());
    out.sync();
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) fail_system(path, "replaced");
  const std::size_t slash = path.rfind('/');
  Descriptor(slash == std::string::npos ? "." : path.substr(0, slash + 1), O_RDONLY | O_DIRECTORY)
      .sync();
}

}  // namespace absim::models
