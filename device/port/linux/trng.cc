#include "device/port/linux/trng.h"

#include <poll.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/secure.h"

namespace device {

using base::ErrorCode;
using base::Status;

namespace {
constexpr int kWaits = 50;
constexpr int kWaitMilliseconds = 100;
}  // namespace

Status LinuxTrng::open(const PathText& trng, Diagnostic& diagnostic) {
  kernel_ = trng.view() == "getrandom";
  device_.reset();
  if (kernel_ || trng.view() == "none") return {};
  device_.reset(::open(trng.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!device_.valid()) {
    return diagnostic.fail(ErrorCode::kConfiguration,
                           "trng = %.120s cannot be opened: %s; name a device, getrandom or none", trng.c_str(),
                           std::strerror(errno));
  }
  struct stat info {};
  if (::fstat(device_.get(), &info) != 0 || !S_ISCHR(info.st_mode)) {
    device_.reset();
    return diagnostic.fail(ErrorCode::kConfiguration, "trng = %.120s is no character device; its bytes would repeat",
                           trng.c_str());
  }
  return {};
}

Status LinuxTrng::read(base::MutableBytes out) {
  base::MutableBytes rest = out;
  int waits = 0;
  while (!rest.empty()) {
    const ssize_t got =
        kernel_ ? ::getrandom(rest.data(), rest.size(), 0) : ::read(device_.get(), rest.data(), rest.size());
    if (got > 0) {
      rest = rest.subspan(static_cast<size_t>(got));
    } else if (got < 0 && errno == EAGAIN && waits < kWaits) {
      pollfd poll_for{device_.get(), POLLIN, 0};
      (void)::poll(&poll_for, 1, kWaitMilliseconds);
      ++waits;
    } else if (got == 0 || errno != EINTR) {
      base::secure_wipe(out);
      return base::fail(ErrorCode::kTrngFailed);
    }
  }
  return {};
}

}  // namespace device
