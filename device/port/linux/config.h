// The configuration of a unit that runs on Linux: a file of `key = value` lines, shared by agent and client.
//
//   # comment
//   storage-dir = /var/lib/factory-line
//   trng = none
//
// A line is at most 511 bytes; spaces around key and value are dropped; an empty value is an error, and so
// is a key that is given twice or that nobody knows. One file does for both programs: a key that only the
// other one knows is left to it, value unread. device.conf.example explains every key.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "device/port/linux/diagnostic.h"

namespace device {

// Text with its storage inside; always ends with a zero byte.
template <size_t Capacity>
class FixedText {
 public:
  constexpr FixedText() = default;
  constexpr FixedText(const char* text) {  // for defaults; cut where it is too long
    while (size_ < Capacity && text[size_] != '\0') {
      text_[size_] = text[size_];
      ++size_;
    }
  }
  // False: too long; unchanged.
  [[nodiscard]] bool assign(std::string_view text) {
    if (text.size() > Capacity) return false;
    for (size_t i = 0; i < text.size(); ++i) text_[i] = text[i];
    size_ = text.size();
    text_[size_] = '\0';
    return true;
  }
  [[nodiscard]] bool append(std::string_view text) {
    if (text.size() > Capacity - size_) return false;
    for (const char c : text) text_[size_++] = c;
    text_[size_] = '\0';
    return true;
  }
  [[nodiscard]] const char* c_str() const { return text_; }
  [[nodiscard]] std::string_view view() const { return {text_, size_}; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  char text_[Capacity + 1] = {};
  size_t size_ = 0;
};

using PathText = FixedText<255>;

enum class FlashKind : uint8_t { kFile, kBlock, kMtd };
enum class OtpKind : uint8_t { kFile, kNvmem };

struct LinuxConfig {
  PathText storage_dir = "/var/lib/factory-line";  // storage-dir: made by the packager, mode 0700
  PathText flash;                                  // flash: file or device; default STORAGE-DIR/flash.bin
  FlashKind flash_kind = FlashKind::kFile;         // flash-kind = file | block | mtd
  PathText otp;                                    // otp: file or nvmem device; default STORAGE-DIR/otp.bin
  OtpKind otp_kind = OtpKind::kFile;               // otp-kind = file | nvmem
  uint32_t sector_size = 16384;  // sector-size: bytes of each of the three sectors; 4096 to 1048576, a power of two
  FixedText<32> chip_id;         // chip-id: 8 to 32 hexadecimal digits, as they are
  PathText chip_id_file = "/etc/machine-id";  // chip-id-file: its contents are hashed; used without chip-id
  FixedText<32> board = "linux";              // board: name in `hello` and in profiles
  // trng = none | getrandom | PATH. The default is a unit without: what this project is about, and what a
  // kernel that has no hardware source behind it amounts to on its first boot.
  PathText trng = "none";
  PathText batch_block_file;  // batch-block-file; default: the block inside the program's image
};

// Takes the keys that only one program knows.
class ConfigKeys {
 public:
  // False: not a key of this program. kConfiguration with a text: it is one, but the value is wrong (file and line are
  // added). In a file, only keys that config.cc lists as some program's get here.
  virtual base::Result<bool> set(std::string_view key, std::string_view value, Diagnostic& diagnostic) = 0;

 protected:
  ~ConfigKeys() = default;
};

// Reads `path` into `config`; `own` may be null. kIo: the file cannot be read; kConfiguration: its contents, with
// file and line in `diagnostic`. What the file does not name keeps its value.
base::Status read_config(const char* path, LinuxConfig& config, ConfigKeys* own, Diagnostic& diagnostic);

// One key as if it stood in a file (for command lines). kConfiguration.
base::Status set_config(LinuxConfig& config, std::string_view key, std::string_view value, Diagnostic& diagnostic);

// Fills in the paths that follow from storage-dir, once file and command line are read; LinuxBoard::open() does it
// for whoever did not. kConfiguration: a path is too long.
base::Status complete_config(LinuxConfig& config, Diagnostic& diagnostic);

}  // namespace device
