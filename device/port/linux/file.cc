#include "device/port/linux/file.h"

#include <cerrno>
#include <cstring>

#include "device/port/linux/config.h"

namespace device {

using base::ErrorCode;
using base::fail;

base::Result<size_t> read_file(const char* path, base::MutableBytes out) {
  const FileHandle file(::open(path, O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return fail(ErrorCode::kIo);
  size_t size = 0;
  while (size < out.size()) {
    const ssize_t got = ::read(file.get(), out.data() + size, out.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ErrorCode::kIo);
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  return size;
}

base::Status write_at(int fd, base::ByteView data, off_t offset) {
  while (!data.empty()) {
    const ssize_t put = ::pwrite(fd, data.data(), data.size(), offset);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return fail(ErrorCode::kIo);
    data = data.subspan(static_cast<size_t>(put));
    offset += put;
  }
  return {};
}

base::Status sync_directory_of(const char* path) {
  const std::string_view whole(path);
  const size_t slash = whole.rfind('/');
  PathText directory(".");
  if (slash != std::string_view::npos && !directory.assign(slash == 0 ? "/" : whole.substr(0, slash))) {
    return fail(ErrorCode::kIo);
  }
  const FileHandle handle(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!handle.is_open() || ::fsync(handle.get()) != 0) return fail(ErrorCode::kIo);
  return {};
}

}  // namespace device
