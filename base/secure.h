// Handling of secrets: wiping that the compiler keeps, and comparison without a timing signal.
#pragma once

#include "base/bytes.h"

namespace base {

// Overwrites with zeros; never optimised away.
void secure_wipe(void* data, size_t size);
inline void secure_wipe(MutableBytes bytes) { secure_wipe(bytes.data(), bytes.size()); }

// Takes the same time wherever the first difference is. Unequal lengths are unequal.
[[nodiscard]] bool constant_time_equal(ByteView a, ByteView b);

// A fixed buffer for a secret; wiped at the end of its life. Not copyable, so that no copy is left behind.
template <size_t N>
class SecretBytes {
 public:
  SecretBytes() = default;
  ~SecretBytes() { wipe(); }
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;

  void wipe() { secure_wipe(bytes_.data(), N); }
  [[nodiscard]] static constexpr size_t size() { return N; }
  [[nodiscard]] uint8_t* data() { return bytes_.data(); }
  [[nodiscard]] std::span<const uint8_t, N> view() const { return bytes_; }
  [[nodiscard]] std::span<uint8_t, N> span() { return bytes_; }

 private:
  std::array<uint8_t, N> bytes_{};
};

// Wipes the bytes it names when the scope ends; for buffers that live elsewhere.
class WipeOnExit {
 public:
  explicit WipeOnExit(MutableBytes bytes) : bytes_(bytes) {}
  ~WipeOnExit() { secure_wipe(bytes_); }
  WipeOnExit(const WipeOnExit&) = delete;
  WipeOnExit& operator=(const WipeOnExit&) = delete;

 private:
  MutableBytes bytes_;
};

}  // namespace base
