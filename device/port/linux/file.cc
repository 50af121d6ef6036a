#include "device/port/linux/file.h"

#include <cerrno>

namespace device {

using base::ErrorCode;
using base::fail;

base::Result<size_t> read_file(const char* path, base::MutableBytes out) {
  const FileHandle file(::open(path, O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return fail(ErrorCode::kIo);
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

}  // namespace device
