#include "tests/firmware_cuts/service_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace test {
namespace {

[[noreturn]] void serve(const factory::ServiceConfig& config, const std::filesystem::path& file, int life, int answer) {
  auto registry = db::Registry::open(file, db::Registry::Mode::kReadWrite);
  if (!registry) ::_exit(2);
  auto service = factory::CheckInService::start(config, *registry);
  if (!service) ::_exit(3);
  const auto port = static_cast<uint16_t>((*service)->port());
  if (::write(answer, &port, sizeof port) != sizeof port) ::_exit(4);
  char byte = 0;
  while (::read(life, &byte, 1) > 0) {
  }
  (*service)->stop();
  ::_exit(0);
}

}  // namespace

ServiceProcess::ServiceProcess(const factory::ServiceConfig& config, const std::filesystem::path& file) {
  int life[2];
  int answer[2];
  if (::pipe2(life, O_CLOEXEC) != 0 || ::pipe2(answer, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  pid_ = ::fork();
  if (pid_ == 0) {
    ::close(life[1]);
    ::close(answer[0]);
    serve(config, file, life[0], answer[1]);
  }
  ::close(life[0]);
  ::close(answer[1]);
  life_ = life[1];
  const bool started = pid_ > 0 && ::read(answer[0], &port_, sizeof port_) == sizeof port_;
  ::close(answer[0]);
  if (!started) throw std::runtime_error("the check-in service does not start");
}

ServiceProcess::~ServiceProcess() {
  ::close(life_);
  int status = 0;
  (void)::waitpid(pid_, &status, 0);
}

std::filesystem::path copy_registry(const std::filesystem::path& file, const std::filesystem::path& folder) {
  for (const char* part : {"", "-wal"}) {
    const std::filesystem::path from = file.string() + part;
    if (std::filesystem::exists(from)) std::filesystem::copy_file(from, folder / from.filename());
  }
  return folder / file.filename();
}

}  // namespace test
