// SPDX-License-Identifier: Apache-2.0
// Image sets: every pixel and label lands where the format says, every wrong file is refused.
#include <catch2/catch.hpp>

#include <filesystem>

#include "models/network/cifar10.hpp"
#include "models/network/safetensors.hpp"
#include "tests/support/message_of.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

using namespace absim::models;
using absim::FormatError;
using absim::test::message_of;
using absim::test::TempDir;
using Catch::Matchers::Contains;

constexpr std::size_t kRecord = 3073;

std::uint8_t pixel(std::size_t image, std::size_t y, std::size_t x, std::size_t c) {
  return static_cast<std::uint8_t>(image * 89 + y * 37 + x * 5 + c * 101);
}

/// A batch in the official layout; image i has label (first + i) % 10.
std::string batch(std::size_t count, std::size_t first = 0) {
  std::string bytes;
  for (std::size_t i = first; i < first + count; ++i) {
    bytes.push_back(static_cast<char>(i % 10));
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t y = 0; y < 32; ++y) {
        for (std::size_t x = 0; x < 32; ++x) bytes.push_back(static_cast<char>(pixel(i, y, x, c)));
      }
    }
  }
  return bytes;
}

void require_images(const ImageSet& set, std::size_t first) {
  REQUIRE(set.height == 32);
  REQUIRE(set.width == 32);
  REQUIRE(set.channels == 3);
  REQUIRE(set.labels.size() == set.count);
  REQUIRE(set.pixels.size() == set.count * 3072);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < set.count; ++i) {
    REQUIRE(set.labels[i] == static_cast<std::int32_t>((first + i) % 10));
    for (std::size_t y = 0; y < 32; ++y) {
      for (std::size_t x = 0; x < 32; ++x) {
        for (std::size_t c = 0; c < 3; ++c) {
          wrong += set.pixels[((i * 32 + y) * 32 + x) * 3 + c] == pixel(first + i, y, x, c) ? 0 : 1;
        }
      }
    }
  }
  REQUIRE(wrong == 0);
}

TensorFile small_set() {
  TensorFile file;
  file.tensors["images"] =
      make_tensor<std::uint8_t>({2, 1, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  file.tensors["labels"] = make_tensor<std::uint8_t>({2}, {3, 4});
  return file;
}

std::string set_complaint(const TensorFile& file) {
  const TempDir directory;
  const std::string path = directory.path("set.safetensors");
  write_safetensors(path, file);
  const std::string text = message_of<FormatError>([&] { read_image_set(path); });
  if (text == "(no error)") return text;
  REQUIRE(text.find(path + ": ") == 0);
  return text.substr(path.size() + 2);
}

}  // namespace

TEST_CASE("A binary batch gives each pixel at its place", "[cifar10]") {
  const TempDir directory;
  const std::string path = directory.write("any.bin", batch(13));
  const ImageSet all = read_image_set(path);
  REQUIRE(all.count == 13);
  require_images(all, 0);
  const ImageSet some = read_image_set(path, 4);
  REQUIRE(some.count == 4);
  require_images(some, 0);
  REQUIRE(read_image_set(path, 100).count == 13);
}

TEST_CASE("A directory gives the train batches in order and the test batch as the default",
          "[cifar10]") {
  const TempDir directory;
  for (std::size_t i = 0; i < 5; ++i) {
    (void)directory.write("data_batch_" + std::to_string(i + 1) + ".bin", batch(3, 3 * i));
  }
  (void)directory.write("test_batch.bin", batch(2, 7));
  const ImageSet train = read_cifar10_directory(directory.path(), Split::kTrain);
  REQUIRE(train.count == 15);
  require_images(train, 0);
  const ImageSet part = read_cifar10_directory(directory.path(), Split::kTrain, 7);
  REQUIRE(part.count == 7);
  require_images(part, 0);
  const ImageSet test = read_image_set(directory.path());
  REQUIRE(test.count == 2);
  require_images(test, 7);
  std::filesystem::remove(directory.path("data_batch_4.bin"));
  REQUIRE_THAT(
      message_of<FormatError>([&] { read_cifar10_directory(directory.path(), Split::kTrain); }),
      Contains("data_batch_4.bin: cannot be opened"));
}

TEST_CASE("A wrong batch is refused", "[cifar10]") {
  const TempDir directory;
  const auto complaint = [&](const std::string& bytes) {
    const std::string path = directory.write("bad.bin", bytes);
    return message_of<FormatError>([&] { read_image_set(path); });
  };
  REQUIRE_THAT(complaint(""), Contains("0 bytes; allowed: a multiple of 3073 bytes"));
  REQUIRE_THAT(complaint(batch(2).substr(1)),
               Contains("6145 bytes; allowed: a multiple of 3073 bytes"));
  std::string wrong = batch(3);
  wrong[2 * kRecord] = 10;
  REQUIRE_THAT(complaint(wrong), Contains("image 2: label 10; allowed: 0 to 9"));
  REQUIRE_THAT(message_of<FormatError>([] { read_image_set("images.png"); }),
               Contains("file type '.png'; allowed: .safetensors, .bin or a directory"));
  REQUIRE_THAT(message_of<FormatError>([] { read_image_set("/nonexistent"); }),
               Contains("/nonexistent: "));
}

TEST_CASE("A set of any shape comes as it was written, with each type of labels", "[cifar10]") {
  TensorFile file = small_set();
  const TempDir directory;
  const std::string path = directory.path("set.safetensors");
  const auto check = [&] {
    write_safetensors(path, file);
    const ImageSet set = read_image_set(path);
    REQUIRE(set.count == 2);
    REQUIRE(set.height == 1);
    REQUIRE(set.width == 2);
    REQUIRE(set.channels == 3);
    REQUIRE(set.pixels == std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
    REQUIRE(set.labels == std::vector<std::int32_t>{3, 4});
  };
  check();
  file.tensors["labels"] = make_tensor<std::int32_t>({2}, {3, 4});
  check();
  file.tensors["labels"] = make_tensor<std::int64_t>({2}, {3, 4});
  check();
  const ImageSet one = read_image_set(path, 1);
  REQUIRE(one.count == 1);
  REQUIRE(one.pixels == std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6});
  REQUIRE(one.labels == std::vector<std::int32_t>{3});
}

TEST_CASE("A wrong set is refused with the tensor's name", "[cifar10]") {
  TensorFile file = small_set();
  SECTION("no images") {
    file.tensors.erase("images");
    REQUIRE(set_complaint(file) == "no tensor 'images'; allowed: a set with 'images' and 'labels'");
  }
  SECTION("no labels") {
    file.tensors.erase("labels");
    REQUIRE(set_complaint(file) == "no tensor 'labels'; allowed: a set with 'images' and 'labels'");
  }
  SECTION("dimensions") {
    file.tensors["images"].shape = {2, 6};
    REQUIRE(set_complaint(file) == "tensor 'images': 2 dimensions; allowed: 4");
  }
  SECTION("no pixels") {
    file.tensors["images"] = make_tensor<std::uint8_t>({2, 0, 2, 3}, {});
    REQUIRE(set_complaint(file) == "tensor 'images': no pixels; allowed: at least one image");
  }
  SECTION("type of images") {
    file.tensors["images"] = make_tensor<std::int8_t>({1, 1, 1, 1}, {1});
    REQUIRE(set_complaint(file) == "tensor 'images': dtype I8; allowed: U8");
  }
  SECTION("type of labels") {
    file.tensors["labels"] = make_tensor<float>({2}, {1, 2});
    REQUIRE(set_complaint(file) == "tensor 'labels': dtype F32; allowed: U8 I32 I64");
  }
  SECTION("number of labels") {
    file.tensors["labels"] = make_tensor<std::uint8_t>({3}, {1, 2, 3});
    REQUIRE(set_complaint(file) == "tensor 'labels': 3 labels; allowed: 2, one an image");
  }
  SECTION("negative label") {
    file.tensors["labels"] = make_tensor<std::int32_t>({2}, {1, -1});
    REQUIRE(set_complaint(file) == "tensor 'labels': image 1: label -1; allowed: 0 to 2147483646");
  }
  SECTION("label beyond 32 bits") {
    file.tensors["labels"] = make_tensor<std::int64_t>({2}, {1, std::int64_t{1} << 32});
    REQUIRE_THAT(set_complaint(file), Contains("image 1: label 4294967296; allowed: 0 to"));
  }
  SECTION("label beyond the stated classes") {
    file.metadata["classes"] = "4";
    REQUIRE(set_complaint(file) == "tensor 'labels': image 1: label 4; allowed: 0 to 3");
  }
  SECTION("wrong number of classes") {
    file.metadata["classes"] = "ten";
    REQUIRE(set_complaint(file) == "metadata 'classes': 'ten'; allowed: 1 to 999999");
  }
}

TEST_CASE("The shipped subset holds a hundred images of each class", "[cifar10]") {
  const ImageSet set =
      read_image_set(std::string(ABSIM_SOURCE_DIR) + "/traces/cifar10_test_1000.safetensors");
  REQUIRE(set.count == 1000);
  std::vector<int> count(10, 0);
  for (const std::int32_t label : set.labels) ++count.at(static_cast<std::size_t>(label));
  REQUIRE(count == std::vector<int>(10, 100));
  // The test set begins with a cat, two ships, an airplane and two frogs.
  REQUIRE(std::vector<std::int32_t>(set.labels.begin(), set.labels.begin() + 6) ==
          std::vector<std::int32_t>{3, 8, 8, 0, 6, 6});
}
