// SPDX-License-Identifier: Apache-2.0
// Safetensors files: what is written is read back, bytes are as the format says, every wrong file
// is refused.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <sstream>

#include "models/network/safetensors.hpp"
#include "tests/support/message_of.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

using namespace absim::models;
using absim::FormatError;
using absim::test::message_of;
using absim::test::TempDir;
using Catch::Matchers::Contains;

std::string bytes_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

std::string length_of(std::uint64_t value) {
  std::string text;
  for (int i = 0; i < 8; ++i) text.push_back(static_cast<char>(value >> (8 * i)));
  return text;
}

std::string with_header(const std::string& header, std::size_t data_bytes) {
  return length_of(header.size()) + header + std::string(data_bytes, '\0');
}

/// The reader's complaint about a file of these bytes, without the file's name.
std::string complaint(const std::string& bytes) {
  const TempDir directory;
  const std::string path = directory.write("bad.safetensors", bytes);
  const std::string text = message_of<FormatError>([&] { read_safetensors(path); });
  if (text == "(no error)") return "accepted";
  REQUIRE(text.find(path + ": ") == 0);
  REQUIRE(text.find('\n') == std::string::npos);
  return text.substr(path.size() + 2);
}

std::string complaint(const std::string& header, std::size_t data_bytes) {
  return complaint(with_header(header, data_bytes));
}

std::string tensor(const std::string& name, const std::string& dtype, const std::string& shape,
                   const std::string& offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape +
         ",\"data_offsets\":" + offsets + "}";
}

template <typename T>
void require_round_trip(const std::vector<T>& values) {
  TensorFile file;
  file.tensors["x"] = make_tensor({values.size()}, values);
  const TempDir directory;
  write_safetensors(directory.path("x.safetensors"), file);
  const TensorFile read = read_safetensors(directory.path("x.safetensors"));
  const absim::Span<const T> got = read.tensors.at("x").as<T>();
  REQUIRE(std::vector<T>(got.begin(), got.end()) == values);
}

}  // namespace

TEST_CASE("Every type keeps its extreme values through a file", "[safetensors]") {
  require_round_trip<float>(
      {0.0F, -1.5F, std::numeric_limits<float>::max(), std::numeric_limits<float>::denorm_min()});
  require_round_trip<std::int8_t>({-128, 127, 0});
  require_round_trip<std::uint8_t>({0, 255});
  require_round_trip<std::int16_t>({-32768, 32767});
  require_round_trip<std::uint16_t>({0, 65535});
  require_round_trip<std::int32_t>(
      {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()});
  require_round_trip<std::int64_t>(
      {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()});
}

TEST_CASE("The bytes of a file are those of the format", "[safetensors]") {
  TensorFile file;
  file.metadata["k"] = "v";
  file.tensors["a"] = make_tensor<std::uint8_t>({3}, {1, 2, 3});
  file.tensors["b"] = make_tensor<std::int16_t>({1, 2}, {-2, 258});
  const TempDir directory;
  write_safetensors(directory.path("x.safetensors"), file);
  std::string header =
      R"({"__metadata__":{"k":"v"},"b":{"dtype":"I16","shape":[1,2],"data_offsets":[0,4]},)"
      R"("a":{"dtype":"U8","shape":[3],"data_offsets":[4,7]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  REQUIRE(bytes_of(directory.path("x.safetensors")) ==
          length_of(header.size()) + header + std::string("\xfe\xff\x02\x01\x01\x02\x03", 7));
}

TEST_CASE("Random files come back equal, and equal contents give equal bytes", "[safetensors]") {
  constexpr unsigned kSeed = 20240611;
  CAPTURE(kSeed);
  std::mt19937_64 random(kSeed);
  std::size_t scalars = 0;
  std::size_t empties = 0;
  for (int round = 0; round < 50; ++round) {
    TensorFile file;
    for (std::size_t i = random() % 6; i > 0; --i) {
      std::vector<std::size_t> shape;
      for (std::size_t rank = random() % 4; rank > 0; --rank) shape.push_back(random() % 5);
      std::size_t count = 1;
      for (const std::size_t extent : shape) count *= extent;
      scalars += shape.empty() ? 1 : 0;
      empties += count == 0 ? 1 : 0;
      const std::string name = "t" + std::to_string(random() % 1000) + "\"\\\n";
      if (random() % 2 == 0) {
        std::vector<std::int64_t> values(count);
        for (auto& value : values) value = static_cast<std::int64_t>(random());
        file.tensors[name] = make_tensor(shape, values);
      } else {
        std::vector<std::uint8_t> values(count);
        for (auto& value : values) value = static_cast<std::uint8_t>(random());
        file.tensors[name] = make_tensor(shape, values);
      }
    }
    const TempDir directory;
    write_safetensors(directory.path("first"), file);
    const TensorFile read = read_safetensors(directory.path("first"));
    REQUIRE(read.tensors.size() == file.tensors.size());
    for (const auto& [name, wanted] : file.tensors) {
      const Tensor& got = read.tensors.at(name);
      REQUIRE(got.dtype == wanted.dtype);
      REQUIRE(got.shape == wanted.shape);
      REQUIRE(got.bytes == wanted.bytes);
    }
    write_safetensors(directory.path("second"), read);
    REQUIRE(bytes_of(directory.path("first")) == bytes_of(directory.path("second")));
  }
  REQUIRE(scalars > 5);
  REQUIRE(empties > 5);
}

TEST_CASE("A tensor gives its elements only as their own type", "[safetensors]") {
  const Tensor codes = make_tensor<std::int8_t>({2}, {1, -1});
  REQUIRE_THROWS_WITH(codes.as<float>(), "tensor: dtype I8; allowed here: F32");
}

TEST_CASE("A cut file is refused at every length", "[safetensors]") {
  const std::string whole = with_header("{" + tensor("x", "F32", "[2]", "[0,8]") + "}", 8);
  REQUIRE(complaint(whole) == "accepted");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    REQUIRE(complaint(whole.substr(0, size)) != "accepted");
  }
  REQUIRE(complaint(whole.substr(0, 7)) ==
          "7 bytes; allowed: at least the 8 bytes of the header's length");
  REQUIRE_THAT(complaint(whole.substr(0, 20)),
               Contains("allowed: at most 12, the rest of the file"));
  REQUIRE(complaint(whole.substr(0, whole.size() - 1)) ==
          "tensor 'x': data_offsets [0, 8]; allowed: at most 7, the bytes of data in the file");
}

TEST_CASE("A header that cannot be is refused", "[safetensors]") {
  REQUIRE(complaint(length_of(100'000'001) + "{}") ==
          "header of 100000001 bytes; allowed: at most 100000000");
  REQUIRE(complaint(length_of(~std::uint64_t{0}) + "{}") ==
          "header of 18446744073709551615 bytes; allowed: at most 100000000");
  REQUIRE_THAT(complaint("", 0), Contains("header: no valid JSON"));
  REQUIRE_THAT(complaint("{\"x\":", 0), Contains("header: no valid JSON"));
  REQUIRE_THAT(complaint("{\"\xff\":1}", 0), Contains("header: no valid JSON"));
  REQUIRE(complaint("[1]", 0) == "header is a JSON array; allowed: an object");
  REQUIRE_THAT(complaint(std::string(5'000'000, '['), 0), Contains("nested deeper"));
  REQUIRE_THAT(complaint("{\"x\":{\"y\":{\"z\":{}}}}", 0), Contains("nested deeper"));
  REQUIRE(complaint("{\"__metadata__\":[]}", 0) ==
          "__metadata__ is a JSON array; allowed: an object");
  REQUIRE(complaint("{\"__metadata__\":{\"k\":1}}", 0) ==
          "__metadata__ 'k' is a JSON number; allowed: a string");
  REQUIRE(complaint("{}", 3) == "3 bytes after the last tensor; allowed: none");
}

TEST_CASE("A name that comes twice is refused", "[safetensors]") {
  const std::string one = tensor("x", "U8", "[1]", "[0,1]");
  REQUIRE(complaint("{" + one + "," + one + "}", 1) ==
          "header: name 'x' comes twice; allowed: once");
  REQUIRE_THAT(
      complaint("{\"x\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}",
                1),
      Contains("name 'dtype' comes twice"));
}

TEST_CASE("A tensor's wrong description is refused with the tensor's name", "[safetensors]") {
  const auto one = [](const std::string& dtype, const std::string& shape,
                      const std::string& offsets) {
    return complaint("{" + tensor("x", dtype, shape, offsets) + "}", 4);
  };
  REQUIRE(one("U8", "[4]", "[0,4]") == "accepted");
  REQUIRE(complaint("{\"x\":4}", 0) == "tensor 'x': is a JSON number; allowed: an object");
  REQUIRE(complaint("{\"x\":{\"dtype\":\"U8\",\"shape\":[]}}", 0) ==
          "tensor 'x': no field 'data_offsets'; dtype, shape and data_offsets are needed");
  REQUIRE(complaint("{\"x\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1],\"more\":1}}",
                    1) == "tensor 'x': 4 fields; allowed: dtype, shape, data_offsets");
  REQUIRE(one("F16", "[2]", "[0,4]") ==
          "tensor 'x': dtype \"F16\"; allowed: F32 I8 U8 I16 U16 I32 I64");
  REQUIRE(complaint("{\"x\":{\"dtype\":7,\"shape\":[],\"data_offsets\":[0,1]}}", 1) ==
          "tensor 'x': dtype 7; allowed: F32 I8 U8 I16 U16 I32 I64");
  REQUIRE(one("U8", "4", "[0,4]") == "tensor 'x': shape is a JSON number; allowed: an array");
  REQUIRE(one("U8", "[-4]", "[0,4]") == "tensor 'x': shape holds -4; allowed: integers from 0");
  REQUIRE(one("U8", "[4.0]", "[0,4]") == "tensor 'x': shape holds 4.0; allowed: integers from 0");
  REQUIRE(one("U8", "[\"4\"]", "[0,4]") ==
          "tensor 'x': shape holds \"4\"; allowed: integers from 0");
  REQUIRE(one("U8", "[4]", "[0,4,4]") == "tensor 'x': data_offsets [0,4,4]; allowed: [begin, end]");
  REQUIRE(one("U8", "[4]", "[0,-4]") ==
          "tensor 'x': data_offsets holds -4; allowed: integers from 0");
  REQUIRE(one("U8", "[4]", "[0,1e300]") ==
          "tensor 'x': data_offsets holds 1e+300; allowed: integers from 0");
  REQUIRE(one("F32", "[2]", "[0,4]") ==
          "tensor 'x': 4 bytes of data; allowed: 8, from dtype and shape");
  REQUIRE(one("U8", "[0]", "[0,4]") ==
          "tensor 'x': 4 bytes of data; allowed: 0, from dtype and shape");
  REQUIRE_THAT(one("U8", "[4294967296,4294967297]", "[0,4]"),
               Contains("shape asks for more than 2^64 bytes"));
  REQUIRE_THAT(one("I64", "[2305843009213693952]", "[0,0]"),
               Contains("shape asks for more than 2^64 bytes"));
  REQUIRE_THAT(one("U8", "[0,18446744073709551615,2]", "[0,0]"),
               Contains("shape asks for more than 2^64 bytes"));
}

TEST_CASE("Tensors must lie one behind the other", "[safetensors]") {
  const auto two = [](const std::string& first, const std::string& second, std::size_t bytes) {
    return complaint(
        "{" + tensor("a", "U8", "[2]", first) + "," + tensor("b", "U8", "[2]", second) + "}",
        bytes);
  };
  REQUIRE(two("[0,2]", "[2,4]", 4) == "accepted");
  REQUIRE(two("[2,4]", "[0,2]", 4) == "accepted");
  REQUIRE(two("[0,2]", "[1,3]", 4) ==
          "tensor 'b': data_offsets [1, 3] overlaps the tensor before; allowed: to begin at 2");
  REQUIRE(two("[0,2]", "[0,2]", 4) ==
          "tensor 'b': data_offsets [0, 2] overlaps the tensor before; allowed: to begin at 2");
  REQUIRE(two("[0,2]", "[3,5]", 5) ==
          "tensor 'b': data_offsets [3, 5] leaves a gap after the tensor before; allowed: to begin "
          "at 2");
  REQUIRE(two("[1,3]", "[3,5]", 5) ==
          "tensor 'a': data_offsets [1, 3] leaves a gap after the tensor before; allowed: to begin "
          "at 0");
  REQUIRE(two("[0,2]", "[4,2]", 4) == "tensor 'b': data_offsets [4, 2]; allowed: begin <= end");
  REQUIRE(two("[0,2]", "[2,4]", 6) == "2 bytes after the last tensor; allowed: none");
  REQUIRE(two("[0,2]", "[2,18446744073709551615]", 4) ==
          "tensor 'b': data_offsets [2, 18446744073709551615]; allowed: at most 4, the bytes of "
          "data in the file");
}

TEST_CASE("A file's text cannot break the message's line", "[safetensors]") {
  const std::string name = "a\\nb" + std::string(500, 'x');
  const std::string text = complaint("{\"" + name + "\":1}", 0);
  REQUIRE_THAT(text, Contains("tensor 'a?bxxx"));
  REQUIRE(text.size() < 200);
}

TEST_CASE("A path that is no file is refused", "[safetensors]") {
  REQUIRE_THROWS_WITH(read_safetensors("/nonexistent/x.safetensors"),
                      Contains("cannot be opened (No such file or directory)"));
  REQUIRE_THROWS_AS(read_safetensors("/tmp"), FormatError);
}

TEST_CASE("The writer refuses what no file can hold, and leaves the old file alone",
          "[safetensors]") {
  const TempDir directory;
  const std::string path = directory.write("x.safetensors", "old");
  TensorFile file;
  file.tensors["x"] = make_tensor<float>({1}, {1});
  file.tensors["x"].shape = {2};
  REQUIRE_THROWS_WITH(write_safetensors(path, file),
                      Contains("tensor 'x': 4 bytes of data; allowed: 8"));
  file.tensors.clear();
  file.tensors["__metadata__"] = make_tensor<float>({1}, {1});
  REQUIRE_THROWS_WITH(write_safetensors(path, file),
                      Contains("tensor '__metadata__'; allowed: any other name"));
  file.tensors.clear();
  file.metadata["k"] = "\xff";
  REQUIRE_THROWS_WITH(write_safetensors(path, file), Contains("allowed: UTF-8"));
  REQUIRE(bytes_of(path) == "old");
  REQUIRE_THROWS_AS(write_safetensors("/nonexistent/x.safetensors", TensorFile{}), absim::Error);
  write_safetensors(path, TensorFile{});
  REQUIRE(read_safetensors(path).tensors.empty());
  REQUIRE_FALSE(std::filesystem::exists(path + ".tmp"));
}
