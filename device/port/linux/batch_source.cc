#include "device/port/linux/batch_source.h"

#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/secure.h"
#include "device/batch_section.h"
#include "device/port/linux/file.h"

namespace device {
namespace {

using base::ByteView;
using base::ErrorCode;
using base::fail;
using base::Status;

// Where the bytes at an address of this process stand in its program file.
struct FileOffset {
  uintptr_t address = 0;
  uint64_t offset = 0;
  bool found = false;
};

// The first object that dl_iterate_phdr reports is the program itself; works in static programs, too.
int find_offset(dl_phdr_info* info, size_t /*size*/, void* context) {
  auto& wanted = *static_cast<FileOffset*>(context);
  for (size_t i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD) continue;
    const uintptr_t start = info->dlpi_addr + segment.p_vaddr;
    if (wanted.address < start || wanted.address - start >= segment.p_filesz) continue;
    wanted.offset = segment.p_offset + (wanted.address - start);
    wanted.found = true;
  }
  return 1;  // no shared objects
}

// Copies `size` bytes, the `hole` bytes behind the magic at `offset` as zeros.
Status copy_without_block(int from, int to, uint64_t size, uint64_t offset) {
  const uint64_t hole_start = offset + protocol::kBatchMagicSize;
  const uint64_t hole_end = offset + protocol::kBatchBlockSize;
  base::SecretBytes<4096> buffer;
  for (uint64_t at = 0; at < size;) {
    const uint64_t left = size - at;
    const size_t chunk = left < buffer.size() ? static_cast<size_t>(left) : buffer.size();
    const base::MutableBytes bytes = buffer.span().first(chunk);
    BASE_TRY(rot::read_at(from, at, bytes));
    for (size_t i = 0; i < chunk; ++i) {
      if (at + i >= hole_start && at + i < hole_end) bytes[i] = 0;
    }
    BASE_TRY(rot::write_at(to, at, bytes));
    at += chunk;
  }
  return {};
}

// The pages of a program are mapped read-only; a private copy of the one with the block is made and wiped.
void wipe_mapped(ByteView block) {
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto start = reinterpret_cast<uintptr_t>(block.data()) / page * page;
  const auto end = reinterpret_cast<uintptr_t>(block.data()) + block.size();
  void* const pages = reinterpret_cast<void*>(start);
  if (::mprotect(pages, end - start, PROT_READ | PROT_WRITE) != 0) return;
  const ByteView secret = block.subspan(protocol::kBatchMagicSize);
  base::secure_wipe(const_cast<uint8_t*>(secret.data()), secret.size());
  (void)::mprotect(pages, end - start, PROT_READ);
}

}  // namespace

BatchSource::~BatchSource() { base::secure_wipe(from_file_); }

Status BatchSource::open_file(const PathText& path, Diagnostic& diagnostic) {
  path_ = path;
  in_file_ = true;
  uint8_t bytes[protocol::kBatchBlockSize + 1];
  const base::WipeOnExit wipe(bytes);
  errno = 0;
  const auto size = read_file(path.c_str(), bytes);
  if (!size && errno == ENOENT) return {};
  if (!size) {
    return diagnostic.fail(ErrorCode::kConfiguration, "%.150s: batch-block-file cannot be read: %s", path.c_str(),
                           std::strerror(errno));
  }
  if (*size != protocol::kBatchBlockSize) {
    return diagnostic.fail(ErrorCode::kConfiguration,
                           "%.150s: is no batch block of %zu bytes; make it with batch image", path.c_str(),
                           protocol::kBatchBlockSize);
  }
  base::copy(from_file_, ByteView(bytes).first(*size));
  present_ = true;
  return {};
}

void BatchSource::use_image(ByteView section) {
  image_ = section;
  present_ = section.size() == protocol::kBatchBlockSize;
}

ByteView BatchSource::block() const {
  if (!present_) return {};
  return in_file_ ? ByteView(from_file_) : image_;
}

Status BatchSource::wipe() {
  if (in_file_) {
    BASE_TRY(wipe_file());
  } else if (present_ && !batch_block_is_blank(image_)) {
    BASE_TRY(wipe_image());
  }
  base::secure_wipe(from_file_);
  present_ = false;
  return {};
}

Status BatchSource::wipe_file() {
  {
    const FileHandle file(::open(path_.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file.valid()) return errno == ENOENT ? Status() : fail(ErrorCode::kIo);
    const base::ByteArray<protocol::kBatchBlockSize> zeros{};
    BASE_TRY(rot::write_at(file.get(), 0, zeros));
    if (::fsync(file.get()) != 0) return fail(ErrorCode::kIo);
  }
  if (::unlink(path_.c_str()) != 0 && errno != ENOENT) return fail(ErrorCode::kIo);
  return rot::sync_directory_of(path_.c_str());
}

Status BatchSource::wipe_image() {
  FileOffset place{reinterpret_cast<uintptr_t>(image_.data()), 0, false};
  (void)::dl_iterate_phdr(find_offset, &place);
  char path[512];
  const ssize_t path_size = ::readlink("/proc/self/exe", path, sizeof path - 1);
  if (!place.found || path_size <= 0 || static_cast<size_t>(path_size) >= sizeof path - 8) return fail(ErrorCode::kIo);
  path[path_size] = '\0';

  const FileHandle program(::open(path, O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (!program.valid() || ::fstat(program.get(), &info) != 0) return fail(ErrorCode::kIo);
  // The file may be newer than this process (an update); then what stands there is not ours to change.
  base::SecretBytes<protocol::kBatchBlockSize> in_file;
  BASE_TRY(rot::read_at(program.get(), place.offset, in_file.span()));
  if (!batch_block_is_blank(in_file.view())) {
    if (!base::constant_time_equal(in_file.view(), image_)) return fail(ErrorCode::kIo);
    char copy_path[sizeof path];
    std::snprintf(copy_path, sizeof copy_path, "%.*s.wiped", static_cast<int>(path_size), path);
    (void)::unlink(copy_path);  // of a wipe that the power cut
    const FileHandle copy(::open(copy_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, info.st_mode & 07777));
    const bool copied =
        copy.valid() && ::fchmod(copy.get(), info.st_mode & 07777) == 0 &&
        copy_without_block(program.get(), copy.get(), static_cast<uint64_t>(info.st_size), place.offset) &&
        ::fsync(copy.get()) == 0 && ::rename(copy_path, path) == 0;
    if (!copied) {
      (void)::unlink(copy_path);
      return fail(ErrorCode::kIo);
    }
    BASE_TRY(rot::sync_directory_of(path));
  }
  wipe_mapped(image_);
  return {};
}

}  // namespace device
