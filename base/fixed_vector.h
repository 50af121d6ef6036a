// A vector with its storage inside: no heap, a bound known at compile time.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "base/result.h"

namespace base {

template <typename T, size_t Capacity>
class FixedVector {
 public:
  [[nodiscard]] bool push_back(const T& value) {
    if (size_ == Capacity) return false;
    items_[size_++] = value;
    return true;
  }
  void clear() { size_ = 0; }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] static constexpr size_t capacity() { return Capacity; }
  [[nodiscard]] T& operator[](size_t i) { return items_[i]; }
  [[nodiscard]] const T& operator[](size_t i) const { return items_[i]; }
  [[nodiscard]] T* begin() { return items_.data(); }
  [[nodiscard]] T* end() { return items_.data() + size_; }
  [[nodiscard]] const T* begin() const { return items_.data(); }
  [[nodiscard]] const T* end() const { return items_.data() + size_; }
  [[nodiscard]] std::span<const T> view() const { return {items_.data(), size_}; }

 private:
  std::array<T, Capacity> items_{};
  size_t size_ = 0;
};

}  // namespace base
