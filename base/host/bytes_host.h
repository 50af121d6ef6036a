// Owned byte strings and hexadecimal text for host code.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/secure.h"

namespace base {

using Bytes = std::vector<uint8_t>;

[[nodiscard]] inline Bytes to_bytes(ByteView view) { return {view.begin(), view.end()}; }
[[nodiscard]] std::string to_hex(ByteView data);
// kMalformed: odd length or a character that is no hexadecimal digit.
[[nodiscard]] Result<Bytes> from_hex(std::string_view text);

// A heap buffer for a secret of variable length; wiped at the end of its life. Movable, not copyable.
class SecretBuffer {
 public:
  SecretBuffer() = default;
  explicit SecretBuffer(size_t size) : bytes_(size) {}
  explicit SecretBuffer(ByteView from) : bytes_(from.begin(), from.end()) {}
  ~SecretBuffer() { secure_wipe(bytes_.data(), bytes_.size()); }
  SecretBuffer(SecretBuffer&& other) noexcept = default;
  SecretBuffer& operator=(SecretBuffer&& other) noexcept {
    secure_wipe(bytes_.data(), bytes_.size());
    bytes_ = std::move(other.bytes_);
    return *this;
  }
  SecretBuffer(const SecretBuffer&) = delete;
  SecretBuffer& operator=(const SecretBuffer&) = delete;

  [[nodiscard]] ByteView view() const { return bytes_; }
  [[nodiscard]] MutableBytes span() { return bytes_; }
  [[nodiscard]] size_t size() const { return bytes_.size(); }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }

 private:
  Bytes bytes_;
};

}  // namespace base
