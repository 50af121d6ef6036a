// The check-in service of first boots: HTTPS with mutual TLS (1.2 and 1.3, AEAD suites with forward secrecy
// only), the exchange of protocol/check_in.h, one JSON object a line for everything that happens.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "db/src/registry.h"

namespace factory {

struct ServiceConfig {
  std::string listen = "127.0.0.1";             // a literal address; "::1", "0.0.0.0", ...
  int port = 0;                                 // 0: any free one
  std::filesystem::path certificate_chain;      // PEM, the server's own certificate first
  std::filesystem::path private_key;            // PEM, not encrypted
  std::vector<base::Bytes> client_issuers;      // DER of the CAs that issued the devices' certificates
  std::function<void(const std::string&)> log;  // takes lines without a line end; called by one thread at a time
  size_t workers = 8;                           // connections that are served at once; others wait in the kernel
  std::chrono::seconds io_limit{10};            // for each wait on a connection
  std::chrono::milliseconds challenge_life{60'000};
};

class CheckInService {
 public:
  // Listens when it returns. `registry` must outlive the service and is used by it alone until stop().
  // kConfiguration: certificate, key or issuers cannot be used; kIo: the address or port is taken or not ours.
  static base::Outcome<std::unique_ptr<CheckInService>> start(const ServiceConfig& config, db::Registry& registry);
  ~CheckInService();
  CheckInService(const CheckInService&) = delete;
  CheckInService& operator=(const CheckInService&) = delete;

  [[nodiscard]] int port() const;
  // Ends the connections that are open and waits for their threads. A second call does nothing.
  void stop();

 private:
  struct Impl;
  explicit CheckInService(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace factory
