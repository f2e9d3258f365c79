// SPDX-License-Identifier: Apache-2.0
// A CIFAR-10 batch holds per image one label byte, then 1024 red, 1024 green and 1024 blue bytes.
#include "models/network/cifar10.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "models/network/safetensors.hpp"

namespace absim::models {
namespace {

constexpr std::size_t kSide = 32;
constexpr std::size_t kChannels = 3;
constexpr std::size_t kPlane = kSide * kSide;
constexpr std::size_t kRecord = 1 + kChannels * kPlane;
constexpr int kClasses = 10;
constexpr int kTrainBatches = 5;

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw FormatError(path + ": " + what);
}

std::vector<char> read_records(const std::string& path, std::size_t limit) {
  std::ifstream in(path, std::ios::binary);
  if (!in) fail(path, "cannot be opened; a readable CIFAR-10 batch is needed");
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error || size == 0 || size % kRecord != 0) {
    fail(path, fmt::format("{} bytes; allowed: a multiple of {} bytes, one image each",
                           error ? 0 : size, kRecord));
  }
  std::size_t count = size / kRecord;
  if (limit != 0) count = std::min(count, limit);
  std::vector<char> bytes(count * kRecord);
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!in) fail(path, "cannot be read; the file must be readable to its end");
  return bytes;
}

/// Appends a batch to the set, planes turned into interleaved pixels.
void append_batch(const std::string& path, std::size_t limit, ImageSet& set) {
  const std::vector<char> bytes = read_records(path, limit);
  const std::size_t added = bytes.size() / kRecord;
  set.pixels.reserve(set.pixels.size() + added * kChannels * kPlane);
  for (std::size_t i = 0; i < added; ++i) {
    const auto* record = reinterpret_cast<const std::uint8_t*>(bytes.data()) + i * kRecord;
    if (record[0] >= kClasses)
      fail(path, fmt::format("image {}: label {}; allowed: 0 to 9", i, record[0]));
    set.labels.push_back(record[0]);
    for (std::size_t p = 0; p < kPlane; ++p) {
      for (std::size_t c = 0; c < kChannels; ++c) set.pixels.push_back(record[1 + c * kPlane + p]);
    }
  }
  set.count += added;
}

ImageSet empty_cifar10() {
  ImageSet set;
  set.height = set.width = kSide;
  set.channels = kChannels;
  return set;
}

const Tensor& need(const TensorFile& file, const std::string& path, const std::string& name,
                   std::size_t rank) {
  const auto found = file.tensors.find(name);
  if (found == file.tensors.end())
    fail(path, fmt::format("no tensor '{}'; allowed: a set with 'images' and 'labels'", name));
  if (found->second.shape.size() != rank) {
    fail(path, fmt::format("tensor '{}': {} dimensions; allowed: {}", name,
                           found->second.shape.size(), rank));
  }
  return found->second;
}

/// The number of classes that the set's metadata states, if it does.
std::optional<std::int64_t> stated_classes(const TensorFile& file, const std::string& path) {
  const auto found = file.metadata.find("classes");
  if (found == file.metadata.end()) return std::nullopt;
  const std::string& text = found->second;
  const bool digits = !text.empty() && text.size() <= 6 &&
                      text.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || std::stol(text) == 0)
    fail(path, fmt::format("metadata 'classes': '{}'; allowed: 1 to 999999", text));
  return std::stol(text);
}

template <typename T>
void copy_labels(const Tensor& tensor, const std::string& path, std::int64_t classes,
                 ImageSet& set) {
  const Span<const T> labels = tensor.as<T>();
  for (std::size_t i = 0; i < set.count; ++i) {
    const auto label = static_cast<std::int64_t>(labels[i]);
    if (label < 0 || label >= classes) {
      fail(path, fmt::format("tensor 'labels': image {}: label {}; allowed: 0 to {}", i, label,
                             classes - 1));
    }
    set.labels.push_back(static_cast<std::int32_t>(label));
  }
}

ImageSet read_set(const std::string& path, std::size_t limit) {
  const TensorFile file = read_safetensors(path);
  const Tensor& images = need(file, path, "images", 4);
  const Tensor& labels = need(file, path, "labels", 1);
  if (images.dtype != DType::kU8) {
    fail(path, fmt::format("tensor 'images': dtype {}; allowed: U8", dtype_name(images.dtype)));
  }
  if (images.elements() == 0) fail(path, "tensor 'images': no pixels; allowed: at least one image");
  if (labels.shape[0] != images.shape[0]) {
    fail(path, fmt::format("tensor 'labels': {} labels; allowed: {}, one an image", labels.shape[0],
                           images.shape[0]));
  }
  ImageSet set;
  set.count = limit == 0 ? images.shape[0] : std::min(limit, images.shape[0]);
  set.height = images.shape[1];
  set.width = images.shape[2];
  set.channels = images.shape[3];
  const auto end =
      images.bytes.begin() + static_cast<std::ptrdiff_t>(set.count * set.image_bytes());
  set.pixels.assign(images.bytes.begin(), end);
  const std::int64_t classes =
      stated_classes(file, path).value_or(std::numeric_limits<std::int32_t>::max());
  if (labels.dtype == DType::kU8) {
    copy_labels<std::uint8_t>(labels, path, classes, set);
  } else if (labels.dtype == DType::kI32) {
    copy_labels<std::int32_t>(labels, path, classes, set);
  } else if (labels.dtype == DType::kI64) {
    copy_labels<std::int64_t>(labels, path, classes, set);
  } else {
    fail(path,
         fmt::format("tensor 'labels': dtype {}; allowed: U8 I32 I64", dtype_name(labels.dtype)));
  }
  return set;
}

}  // namespace

ImageSet read_cifar10_directory(const std::string& directory, Split split, std::size_t limit) {
  ImageSet set = empty_cifar10();
  const std::filesystem::path root(directory);
  if (split == Split::kTest) {
    append_batch((root / "test_batch.bin").string(), limit, set);
    return set;
  }
  for (int batch = 1; batch <= kTrainBatches; ++batch) {
    if (limit != 0 && set.count >= limit) break;
    append_batch((root / fmt::format("data_batch_{}.bin", batch)).string(),
                 limit == 0 ? 0 : limit - set.count, set);
  }
  return set;
}

ImageSet read_image_set(const std::string& path, std::size_t limit) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    return read_cifar10_directory(path, Split::kTest, limit);
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension == ".safetensors") return read_set(path, limit);
  if (extension == ".bin") {
    ImageSet set = empty_cifar10();
    append_batch(path, limit, set);
    return set;
  }
  fail(path,
       fmt::format("file type '{}'; allowed: .safetensors, .bin or a directory of CIFAR-10 batches",
                   extension));
}

}  // namespace absim::models
