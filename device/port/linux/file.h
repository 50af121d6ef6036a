// Small file operations over POSIX, without heap, beside those of rot's port. On an error errno tells why.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include "rot/port/linux/file_descriptor.h"

namespace device {

using FileHandle = rot::FileDescriptor;

// Reads up to out.size() bytes from the start of a file; how many there were. kIo.
base::Result<size_t> read_file(const char* path, base::MutableBytes out);

}  // namespace device
