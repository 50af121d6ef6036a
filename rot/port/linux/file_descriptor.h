// Whole reads and writes, and the few steps on files that flash and OTP, and other ports for Linux, share.
#pragma once

#include "rot/port/linux/linux_storage.h"

namespace rot {

// All of `out` / `data`, across interruptions. kFlashIo: errno says why, or the file ends before.
Status read_at(int fd, uint64_t offset, MutableBytes out);
Status write_at(int fd, uint64_t offset, ByteView data);
Status sync_data(int fd);
// kBadState: another process holds the lock.
Status lock_exclusively(int fd);
// Makes `path` with `size` bytes of `fill`, mode 0600, all of it on disk or nothing.
Status create_file(const char* path, size_t size, uint8_t fill);

// Makes a creation, rename or removal of `path` durable, whose name is on disk only when its directory is. kFlashIo.
Status sync_directory_of(const char* path);

}  // namespace rot
