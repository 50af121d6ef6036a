#include "rot/port/linux/file_descriptor.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace rot {

using base::ErrorCode;
using base::fail;

void FileDescriptor::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

Status read_at(int fd, uint64_t offset, MutableBytes out) {
  while (!out.empty()) {
    const ssize_t got = ::pread(fd, out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail(ErrorCode::kFlashIo);
    out = out.subspan(static_cast<size_t>(got));
    offset += static_cast<uint64_t>(got);
  }
  return {};
}

Status write_at(int fd, uint64_t offset, ByteView data) {
  while (!data.empty()) {
    const ssize_t put = ::pwrite(fd, data.data(), data.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return fail(ErrorCode::kFlashIo);
    data = data.subspan(static_cast<size_t>(put));
    offset += static_cast<uint64_t>(put);
  }
  return {};
}

Status sync_data(int fd) {
  // Files of sysfs and MTD devices are written through and know no sync.
  if (::fdatasync(fd) == 0 || errno == EINVAL || errno == EROFS) return {};
  return fail(ErrorCode::kFlashIo);
}

Status lock_exclusively(int fd) {
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return {};
  return fail(errno == EWOULDBLOCK ? ErrorCode::kBadState : ErrorCode::kFlashIo);
}

namespace {

Status fill_file(int fd, size_t size, uint8_t fill) {
  std::array<uint8_t, 4096> block;
  block.fill(fill);
  for (size_t at = 0; at < size; at += block.size()) {
    BASE_TRY(write_at(fd, at, ByteView(block).first(std::min(block.size(), size - at))));
  }
  return ::fsync(fd) == 0 ? Status{} : fail(ErrorCode::kFlashIo);
}

}  // namespace

Status sync_directory_of(const char* path) {
  std::array<char, 4096> directory;
  const char* slash = std::strrchr(path, '/');
  const int length = slash ? static_cast<int>(std::max<ptrdiff_t>(slash - path, 1)) : 1;
  std::snprintf(directory.data(), directory.size(), "%.*s", length, slash ? path : ".");
  const FileDescriptor fd(::open(directory.data(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || ::fsync(fd.get()) != 0) return fail(ErrorCode::kFlashIo);
  return {};
}

Status create_file(const char* path, size_t size, uint8_t fill) {
  std::array<char, 4096> temporary;
  const int length = std::snprintf(temporary.data(), temporary.size(), "%s.new", path);
  if (length < 0 || static_cast<size_t>(length) >= temporary.size()) return fail(ErrorCode::kInvalidArgument);
  const FileDescriptor fd(::open(temporary.data(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd.valid()) return fail(ErrorCode::kFlashIo);
  Status status = fill_file(fd.get(), size, fill);
  if (status && ::rename(temporary.data(), path) != 0) status = fail(ErrorCode::kFlashIo);
  if (!status) {
    ::unlink(temporary.data());
    return status;
  }
  return sync_directory_of(path);
}

}  // namespace rot
