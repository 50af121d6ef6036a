// serve: the check-in service until a signal ends it.
#include <pthread.h>

#include <csignal>

#include "factory-tool/cmd/address.h"
#include "factory-tool/cmd/tool.h"
#include "factory-tool/service/check_in_service.h"

namespace factory {
namespace {

using base::ErrorCode;
using base::failure;
using base::Outcome;

// Where nothing else is said, this machine alone.
Outcome<Address> listen_address(const std::string& listen) {
  BASE_ASSIGN(Address address, parse_address(listen, "--listen"));
  if (address.host.empty() || address.host == "localhost") address.host = "127.0.0.1";
  return address;
}

// The port that devices were told; 443 where the URI names none.
Outcome<Address> address_of_uri(const std::string& uri) {
  BASE_TRY(host_of_uri(uri));
  std::string authority = uri.substr(std::string_view("https://").size());
  authority = authority.substr(0, authority.find('/'));
  const size_t colon = authority.rfind(':');
  if (colon == std::string::npos || authority.ends_with(']')) return Address{"127.0.0.1", 443};
  BASE_ASSIGN(const int port, parse_port(authority.substr(colon + 1)));
  return Address{"127.0.0.1", port};
}

}  // namespace

Status run(Tool& tool, const ServeOptions& options) {
  BASE_ASSIGN(const Home home, tool.home());
  BASE_ASSIGN(const Address address,
              options.listen.empty() ? address_of_uri(home.settings().check_in_uri) : listen_address(options.listen));
  BASE_TRY(tool.seeds());
  BASE_ASSIGN(db::Registry registry, tool.registry(home));

  // Only what was issued for a device is welcome: the issuing CAs of the orders.
  ServiceConfig config;
  const CaStore cas(home.ca());
  BASE_ASSIGN(const std::vector<CaEntry> entries, cas.list());
  for (const CaEntry& ca : entries) {
    if (ca.name != "check-in") config.client_issuers.push_back(ca.certificate);
  }
  config.listen = address.host;
  config.port = address.port;
  config.certificate_chain = home.service() / "cert.pem";
  config.private_key = home.service() / "key.pem";
  std::ostream& log = tool.json() ? tool.out() : tool.err();
  config.log = [&log](const std::string& line) { log << line << '\n' << std::flush; };

  // Blocked before the service starts its threads, so that only this one takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  BASE_ASSIGN(const std::unique_ptr<CheckInService> service, CheckInService::start(config, registry));
  tool.err() << "the check-in service listens on " << address.host << " port " << service->port()
             << "; end it with Ctrl-C\n"
             << std::flush;
  int signal = 0;
  sigwait(&signals, &signal);
  service->stop();
  tool.say("ended by signal " + std::to_string(signal));
  return {};
}

}  // namespace factory
