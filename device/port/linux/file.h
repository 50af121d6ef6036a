// Small file operations over POSIX, without heap. On an error errno tells why.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include "base/bytes.h"

namespace device {

// A file descriptor that is closed at the end of its life.
class FileHandle {
 public:
  explicit FileHandle(int fd = -1) : fd_(fd) {}
  ~FileHandle() { reset(); }
  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;

  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

// Reads up to out.size() bytes from the start of a file; how many there were. kIo.
base::Result<size_t> read_file(const char* path, base::MutableBytes out);
// Exactly all of `data` at `offset`. kIo.
base::Status write_at(int fd, base::ByteView data, off_t offset);
// Makes a rename, creation or removal of `path` durable: fsync of its directory. kIo.
base::Status sync_directory_of(const char* path);

}  // namespace device
