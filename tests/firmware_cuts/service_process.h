// A check-in service in a process of its own, so that the test's stays one that can fork.
#pragma once

#include <sys/types.h>

#include "factory-tool/service/check_in_service.h"

namespace test {

class ServiceProcess {
 public:
  // On the registry in `file`, which it has to itself; at any free port. Throws where it does not start.
  ServiceProcess(const factory::ServiceConfig& config, const std::filesystem::path& file);
  ~ServiceProcess();  // ends it
  ServiceProcess(const ServiceProcess&) = delete;
  ServiceProcess& operator=(const ServiceProcess&) = delete;

  [[nodiscard]] uint16_t port() const { return port_; }

 private:
  pid_t pid_ = -1;
  int life_ = -1;  // it ends when this pipe does
  uint16_t port_ = 0;
};

// The registry in `file` as it is now, in `folder`. For one that nobody writes to at the moment.
std::filesystem::path copy_registry(const std::filesystem::path& file, const std::filesystem::path& folder);

}  // namespace test
