#include "entropy/host/raw_source.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace entropy {
namespace {

using base::ErrorCode;
using base::failure;
using base::Outcome;

class KernelSource final : public RawSource {
 public:
  Outcome<void> read(base::MutableBytes out) override {
    while (!out.empty()) {
      const ssize_t got = ::getrandom(out.data(), out.size(), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) {
        return failure(ErrorCode::kSeedSource, std::string("the kernel's generator failed: ") + std::strerror(errno),
                       name());
      }
      out = out.subspan(static_cast<size_t>(got));
    }
    return {};
  }
  std::string name() const override { return "getrandom"; }
};

class DeviceSource final : public RawSource {
 public:
  DeviceSource(int fd, std::string path, std::chrono::milliseconds time_limit)
      : fd_(fd), path_(std::move(path)), time_limit_(time_limit) {}
  ~DeviceSource() override { ::close(fd_); }
  DeviceSource(const DeviceSource&) = delete;
  DeviceSource& operator=(const DeviceSource&) = delete;

  Outcome<void> read(base::MutableBytes out) override {
    const auto deadline = std::chrono::steady_clock::now() + time_limit_;
    while (!out.empty()) {
      const ssize_t got = ::read(fd_, out.data(), out.size());
      if (got > 0) {
        out = out.subspan(static_cast<size_t>(got));
      } else if (got == 0) {
        return failure(ErrorCode::kSeedSource, "the source ended", path_, "Check that the path names a generator");
      } else if (errno == EAGAIN) {
        if (auto ready = wait_until(deadline); !ready) return ready;
      } else if (errno != EINTR) {
        return failure(ErrorCode::kSeedSource, std::string("the source cannot be read: ") + std::strerror(errno),
                       path_);
      }
    }
    return {};
  }
  std::string name() const override { return path_; }

 private:
  Outcome<void> wait_until(std::chrono::steady_clock::time_point deadline) const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd poll_for{fd_, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&poll_for, 1, static_cast<int>(std::min<int64_t>(left.count(), 60'000))) == 0) {
      if (std::chrono::steady_clock::now() >= deadline) {
        return failure(ErrorCode::kTimeout,
                       "the source gave too few bytes within " + std::to_string(time_limit_.count()) + " ms", path_,
                       "Check the generator");
      }
    }
    return {};
  }

  const int fd_;
  const std::string path_;
  const std::chrono::milliseconds time_limit_;
};

}  // namespace

std::unique_ptr<RawSource> kernel_source() { return std::make_unique<KernelSource>(); }

Outcome<std::unique_ptr<RawSource>> device_source(const std::filesystem::path& path,
                                                  std::chrono::milliseconds time_limit) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) {
    return failure(ErrorCode::kSeedSource, std::string("the source cannot be opened: ") + std::strerror(errno), path,
                   "Name a device that exists and may be read, or none for the kernel's generator");
  }
  auto source = std::make_unique<DeviceSource>(fd, path.string(), time_limit);
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISCHR(info.st_mode)) {
    return failure(ErrorCode::kSeedSource, "the source is no character device", path,
                   "A file would give every unit the same seeds; name a device such as /dev/hwrng");
  }
  return source;
}

}  // namespace entropy
