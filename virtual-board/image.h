// Everything of a board that outlives a power cut: flash, OTP, option bytes, and which chip it is. Kept in memory, or
// in a file that every change reaches before the program goes on, so that a killed simulator is a power cut too.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "base/host/failure.h"

namespace virtual_board {

struct ImageContent {
  std::array<uint8_t, 512 * 1024> flash;
  std::array<uint8_t, 512> otp;
  std::array<uint8_t, 16> otp_locks;
  uint32_t option_bytes;              // in the layout of FLASH_OPTCR, without OPTLOCK and OPTSTRT
  std::array<uint8_t, 12> unique_id;  // as at 0x1FFF7A10
};

class Image {
 public:
  // A chip as it comes from the factory: flash and OTP erased, option bytes 0x0FFFAAEC, a unique id made from `seed`.
  explicit Image(uint64_t seed);
  // The board in the file at `path`; made as above where there is none (`seed` counts only then). Locked for this Image
  // until it is gone or the process is.
  // kIo: cannot be made, opened or locked, another board runs on it; kMalformed: no image of a board, or of another
  // version.
  static base::Outcome<Image> open(const std::string& path, uint64_t seed);
  ~Image();
  Image(Image&&) noexcept;
  Image& operator=(Image&&) noexcept;

  [[nodiscard]] ImageContent& content() { return *content_; }
  [[nodiscard]] const ImageContent& content() const { return *content_; }

 private:
  class Mapping;
  explicit Image(std::unique_ptr<Mapping> mapping);

  std::unique_ptr<ImageContent> heap_;
  std::unique_ptr<Mapping> mapping_;  // of the file, shared
  ImageContent* content_;             // in one of the two
};

}  // namespace virtual_board
