// SPDX-License-Identifier: Apache-2.0
// A view of contiguous elements that are not owned; bounds are checked in debug builds.
#pragma once

#include <cstddef>
#include <type_traits>
#include <vector>

#include "models/core/error.hpp"

namespace absim {

template <typename T>
class Span {
 public:
  Span() = default;
  Span(T* data, std::size_t size) : data_(data), size_(size) {}
  template <typename U, typename = std::enable_if_t<std::is_same_v<std::remove_const_t<T>, U>>>
  Span(std::vector<U>& v) : data_(v.data()), size_(v.size()) {}  // NOLINT(google-explicit-constructor)
  template <typename U,
            typename = std::enable_if_t<std::is_const_v<T> && std::is_same_v<std::remove_const_t<T>, U>>>
  Span(const std::vector<U>& v) : data_(v.data()), size_(v.size()) {}  // NOLINT
  template <typename U, typename = std::enable_if_t<std::is_same_v<const U, T>>>
  Span(Span<U> other) : data_(other.data()), size_(other.size()) {}  // NOLINT

  [[nodiscard]] T* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] T* begin() const { return data_; }
  [[nodiscard]] T* end() const { return data_ + size_; }

  T& operator[](std::size_t i) const {
#ifndef NDEBUG
    ABSIM_CHECK(i < size_, "span index out of range");
#endif
    return data_[i];
  }

  [[nodiscard]] Span subspan(std::size_t offset, std::size_t count) const {
    ABSIM_CHECK(offset <= size_ && count <= size_ - offset, "subspan out of range");
    return Span(data_ + offset, count);
  }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace absim
