#include "factory-tool/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "factory-tool/descriptor.h"

namespace factory {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using base::failure;
using base::Outcome;

std::unexpected<base::Failure> io_failure(const std::string& doing, const fs::path& file) {
  return failure(ErrorCode::kIo, doing + ": " + std::strerror(errno), file.string());
}

// Removes the temporary file unless it has become the real one.
class TemporaryFile {
 public:
  explicit TemporaryFile(fs::path path) : path_(std::move(path)) {}
  ~TemporaryFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }
  void keep() { path_.clear(); }

 private:
  fs::path path_;
};

Outcome<void> write_all(int fd, base::ByteView contents, const fs::path& file) {
  while (!contents.empty()) {
    const ssize_t written = ::write(fd, contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return io_failure("the file cannot be written", file);
    contents = contents.subspan(static_cast<size_t>(written));
  }
  return {};
}

Outcome<void> sync_directory_of(const fs::path& file) {
  const fs::path directory = file.has_parent_path() ? file.parent_path() : fs::path(".");
  Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || ::fsync(fd.get()) != 0) return io_failure("the directory cannot be synchronised", directory);
  return {};
}

Outcome<void> write_temporary(const fs::path& temporary, const fs::path& file, base::ByteView contents, unsigned mode) {
  ::unlink(temporary.c_str());  // left by a process of this id that was killed
  Descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, static_cast<mode_t>(mode)));
  if (!fd.valid()) return io_failure("the file cannot be created", file);
  if (::fchmod(fd.get(), static_cast<mode_t>(mode)) != 0) return io_failure("the mode cannot be set", file);
  BASE_TRY(write_all(fd.get(), contents, file));
  if (::fsync(fd.get()) != 0) return io_failure("the file cannot be synchronised", file);
  return {};
}

fs::path temporary_name(const fs::path& file) { return file.string() + ".new-" + std::to_string(::getpid()); }

template <typename Buffer>
Outcome<Buffer> read_descriptor(int fd, const fs::path& file, size_t limit) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return io_failure("the file cannot be examined", file);
  if (!S_ISREG(info.st_mode)) return failure(ErrorCode::kIo, "this is not a regular file", file.string());
  if (static_cast<uint64_t>(info.st_size) > limit) {
    return failure(ErrorCode::kMalformed, "the file has more than " + std::to_string(limit) + " bytes", file.string());
  }
  Buffer buffer(static_cast<size_t>(info.st_size));
  base::MutableBytes rest;
  if constexpr (std::is_same_v<Buffer, base::Bytes>) {
    rest = buffer;
  } else {
    rest = buffer.span();
  }
  while (!rest.empty()) {
    const ssize_t count = ::read(fd, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return io_failure("the file cannot be read", file);
    if (count == 0) return failure(ErrorCode::kIo, "the file became shorter while it was read", file.string());
    rest = rest.subspan(static_cast<size_t>(count));
  }
  return buffer;
}

}  // namespace

Outcome<void> create_file(const fs::path& file, base::ByteView contents, unsigned mode) {
  TemporaryFile temporary(temporary_name(file));
  BASE_TRY(write_temporary(temporary.path(), file, contents, mode));
  // link() refuses an existing name, rename() would replace it.
  if (::link(temporary.path().c_str(), file.c_str()) != 0) {
    if (errno == EEXIST) {
      return failure(ErrorCode::kConfiguration, "the file exists already and is not overwritten", file.string(),
                     "Choose another name, or move the file away.");
    }
    return io_failure("the file cannot be created", file);
  }
  return sync_directory_of(file);
}

Outcome<void> replace_file(const fs::path& file, base::ByteView contents, unsigned mode) {
  TemporaryFile temporary(temporary_name(file));
  BASE_TRY(write_temporary(temporary.path(), file, contents, mode));
  if (::rename(temporary.path().c_str(), file.c_str()) != 0) return io_failure("the file cannot be replaced", file);
  temporary.keep();
  return sync_directory_of(file);
}

Outcome<base::Bytes> read_file(const fs::path& file, size_t limit) {
  Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return io_failure("the file cannot be opened", file);
  return read_descriptor<base::Bytes>(fd.get(), file, limit);
}

Outcome<base::SecretBuffer> read_secret_file(const fs::path& file, size_t limit) {
  Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return io_failure("the file cannot be opened", file);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return io_failure("the file cannot be examined", file);
  if ((info.st_mode & 0077) != 0) {
    return failure(ErrorCode::kConfiguration, "the secret in this file is open to other users", file.string(),
                   "Run `chmod 600` on it, and consider the secret known if others use this machine.");
  }
  return read_descriptor<base::SecretBuffer>(fd.get(), file, limit);
}

Outcome<void> create_private_directory(const fs::path& directory) {
  std::error_code error;
  if (directory.has_parent_path() && !fs::exists(directory.parent_path(), error)) {
    BASE_TRY(create_private_directory(directory.parent_path()));
  }
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return io_failure("the directory cannot be created", directory);
  }
  return {};
}

}  // namespace factory
