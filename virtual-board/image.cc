#include "virtual-board/image.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <type_traits>
#include <utility>

namespace virtual_board {

namespace {

constexpr std::array<char, 8> kMagic{'V', 'B', 'O', 'A', 'R', 'D', '4', '1'};
constexpr uint32_t kVersion = 1;
constexpr uint32_t kFactoryOptionBytes = 0x0FFF'AAEC;

struct File {
  std::array<char, 8> magic;
  uint32_t version;  // in this machine's byte order, as option_bytes is
  uint32_t size;     // of all of it, bytes
  ImageContent content;
};
static_assert(std::is_trivially_copyable_v<File> && offsetof(File, content) == 16);

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

base::Outcome<void> io_failure(const std::string& what, const std::string& where, const std::string& next) {
  return base::failure(base::ErrorCode::kIo, what + ": " + std::strerror(errno), where, next);
}

uint64_t mixed(uint64_t value) {  // one to one
  value = (value ^ (value >> 30)) * 0xBF58'476D'1CE4'E5B9;
  value = (value ^ (value >> 27)) * 0x94D0'49BB'1331'11EB;
  return value ^ (value >> 31);
}

// As ST fills it in: place on the wafer, number of the wafer, name of the lot. No two seeds give the same.
std::array<uint8_t, 12> unique_id_of(uint64_t seed) {
  constexpr uint64_t kWafers = 25;
  constexpr uint64_t kPlaces = 4096;  // along x
  uint64_t rest = mixed(seed);
  std::array<uint8_t, 12> id{};
  for (size_t i = 5; i < id.size(); i++) {
    id[i] = static_cast<uint8_t>("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest % 36]);
    rest /= 36;
  }
  id[4] = static_cast<uint8_t>(1 + rest % kWafers);
  rest /= kWafers;
  id[0] = static_cast<uint8_t>(rest % kPlaces);
  id[1] = static_cast<uint8_t>(rest % kPlaces >> 8);
  rest /= kPlaces;  // below 2^64 / (36^7 x 25 x 4096), which two bytes hold
  id[2] = static_cast<uint8_t>(rest);
  id[3] = static_cast<uint8_t>(rest >> 8);
  return id;
}

void make_factory_fresh(ImageContent& content, uint64_t seed) {
  content.flash.fill(0xFF);
  content.otp.fill(0xFF);
  content.otp_locks.fill(0xFF);
  content.option_bytes = kFactoryOptionBytes;
  content.unique_id = unique_id_of(seed);
}

base::Outcome<void> write_all(int descriptor, const File& file, const std::string& path) {
  const char* bytes = reinterpret_cast<const char*>(&file);
  size_t written = 0;
  while (written < sizeof file) {
    const ssize_t count = ::write(descriptor, bytes + written, sizeof file - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return io_failure("the new image of a board could not be written", path, "make room on the disk");
    written += static_cast<size_t>(count);
  }
  if (::fsync(descriptor) != 0) {
    return io_failure("the new image of a board did not reach the disk", path, "check the disk");
  }
  return {};
}

// Whole or not at all under its name, and never over a file that another process has just made.
base::Outcome<void> make_file(const std::string& path, uint64_t seed) {
  std::string temporary = path + ".XXXXXX";
  const Descriptor file(::mkstemp(temporary.data()));
  if (file.number() < 0) {
    return io_failure("the image of a board could not be made", path, "check that its folder exists and is writable");
  }
  auto fresh = std::make_unique<File>();
  fresh->magic = kMagic;
  fresh->version = kVersion;
  fresh->size = sizeof(File);
  make_factory_fresh(fresh->content, seed);
  base::Outcome<void> done = write_all(file.number(), *fresh, path);
  if (done && ::link(temporary.c_str(), path.c_str()) != 0 && errno != EEXIST) {
    done = io_failure("the image of a board could not be given its name", path,
                      "choose a folder on a file system with hard links");
  }
  ::unlink(temporary.c_str());
  return done;
}

// `file` is there as far as `size` goes.
base::Outcome<void> check(const File& file, size_t size, const std::string& path) {
  const std::string next = "give the path of a virtual board's image, or of no file, so that a new board is made";
  if (size < offsetof(File, content) || file.magic != kMagic) {
    return base::failure(base::ErrorCode::kMalformed, "the file is no image of a virtual board", path, next);
  }
  if (file.version != kVersion) {
    return base::failure(
        base::ErrorCode::kMalformed,
        "the image of the board has version " + std::to_string(file.version) + ", not " + std::to_string(kVersion),
        path, "use the virtual-board program that made it");
  }
  if (size != sizeof(File) || file.size != sizeof(File)) {
    return base::failure(base::ErrorCode::kMalformed, "the image of the board is damaged: it has the wrong length",
                         path, next);
  }
  return {};
}

}  // namespace

class Image::Mapping {
 public:
  Mapping(Descriptor descriptor, void* address, size_t size)
      : descriptor_(std::move(descriptor)), address_(address), size_(size) {}
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { ::munmap(address_, size_); }
  [[nodiscard]] File& file() { return *static_cast<File*>(address_); }

 private:
  Descriptor descriptor_;  // holds the lock
  void* address_;
  size_t size_;
};

Image::Image(uint64_t seed) : heap_(std::make_unique<ImageContent>()), content_(heap_.get()) {
  make_factory_fresh(*content_, seed);
}

Image::Image(std::unique_ptr<Mapping> mapping) : mapping_(std::move(mapping)), content_(&mapping_->file().content) {}

Image::~Image() = default;
Image::Image(Image&&) noexcept = default;
Image& Image::operator=(Image&&) noexcept = default;

base::Outcome<Image> Image::open(const std::string& path, uint64_t seed) {
  if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) BASE_TRY(make_file(path, seed));
  Descriptor descriptor(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (descriptor.number() < 0) {
    return base::failure(base::ErrorCode::kIo,
                         std::string("the image of the board could not be opened: ") + std::strerror(errno), path,
                         "check that it is a file that you may write");
  }
  if (::flock(descriptor.number(), LOCK_EX | LOCK_NB) != 0) {
    return base::failure(base::ErrorCode::kIo, "another virtual board runs on this image", path,
                         "end that one, or give another file");
  }
  struct stat status {};
  if (::fstat(descriptor.number(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return base::failure(base::ErrorCode::kIo, "the image of the board is not a regular file", path,
                         "give the path of a file");
  }
  const auto size = static_cast<size_t>(status.st_size);
  if (size == 0) {  // cannot be mapped
    return base::failure(base::ErrorCode::kMalformed, "the file is no image of a virtual board: it is empty", path,
                         "remove it, so that a new board is made");
  }
  void* address = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor.number(), 0);
  if (address == MAP_FAILED) {
    return base::failure(base::ErrorCode::kIo,
                         std::string("the image of the board could not be mapped: ") + std::strerror(errno), path,
                         "choose a folder on a local disk");
  }
  auto mapping = std::make_unique<Mapping>(std::move(descriptor), address, size);
  BASE_TRY(check(mapping->file(), size, path));
  return Image(std::move(mapping));
}

}  // namespace virtual_board
