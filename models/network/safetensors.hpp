// SPDX-License-Identifier: Apache-2.0
// Reader and writer of safetensors files: named little-endian tensors behind a JSON header.
// Source: https://github.com/huggingface/safetensors, "Format"; of its types only those below are
// known here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "models/core/error.hpp"
#include "models/core/span.hpp"

namespace absim::models {

enum class DType { kF32, kI8, kU8, kI16, kU16, kI32, kI64 };

/// The name in the file: "F32", "I8", ...
const char* dtype_name(DType dtype);
/// Bytes of one element.
std::size_t dtype_bytes(DType dtype);

namespace detail {
template <typename T>
struct DTypeOf;  // no definition: a type that a file cannot hold does not compile
template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::kF32;
};
template <>
struct DTypeOf<std::int8_t> {
  static constexpr DType value = DType::kI8;
};
template <>
struct DTypeOf<std::uint8_t> {
  static constexpr DType value = DType::kU8;
};
template <>
struct DTypeOf<std::int16_t> {
  static constexpr DType value = DType::kI16;
};
template <>
struct DTypeOf<std::uint16_t> {
  static constexpr DType value = DType::kU16;
};
template <>
struct DTypeOf<std::int32_t> {
  static constexpr DType value = DType::kI32;
};
template <>
struct DTypeOf<std::int64_t> {
  static constexpr DType value = DType::kI64;
};
[[noreturn]] void fail_dtype(DType found, DType asked);
}  // namespace detail

struct Tensor {
  DType dtype = DType::kF32;
  std::vector<std::size_t> shape;   // outermost first; empty = one scalar
  std::vector<std::uint8_t> bytes;  // row-major, elements() * dtype_bytes(dtype)

  /// The product of the shape.
  [[nodiscard]] std::size_t elements() const;

  /// The elements; throws FormatError if T is not the tensor's type.
  template <typename T>
  [[nodiscard]] Span<const T> as() const {
    if (dtype != detail::DTypeOf<T>::value) detail::fail_dtype(dtype, detail::DTypeOf<T>::value);
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
};

/// A tensor that owns a copy of the values; the shape's product must be their number.
template <typename T>
Tensor make_tensor(std::vector<std::size_t> shape, const std::vector<T>& values) {
  Tensor tensor{detail::DTypeOf<T>::value, std::move(shape), {}};
  ABSIM_CHECK(tensor.elements() == values.size(), "a tensor's shape must hold its values");
  tensor.bytes.resize(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return tensor;
}

struct TensorFile {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
};

/// Reads and checks the whole file; throws FormatError naming file, tensor, what was found and what
/// is allowed.
TensorFile read_safetensors(const std::string& path);

/// Writes path + ".tmp", syncs it and renames it. Equal contents give equal bytes: widest type
/// first, then by name. Throws FormatError for contents that no file can hold, Error if the system
/// refuses to write.
void write_safetensors(const std::string& path, const TensorFile& file);

}  // namespace absim::models
