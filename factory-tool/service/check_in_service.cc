#include "factory-tool/service/check_in_service.h"

#include <httplib.h>
#include <openssl/rand.h>
#include <psa/crypto.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <thread>

#include "factory-tool/service/challenge_book.h"
#include "factory-tool/service/check_in_policy.h"
#include "factory-tool/service/json_line.h"
#include "factory-tool/service/server_tls.h"
#include "factory-tool/service/worker_pool.h"
#include "protocol/check_in.h"

namespace factory {
namespace {

using base::ErrorCode;
using Action = CheckInDecision::Action;

class PoolQueue final : public httplib::TaskQueue {
 public:
  explicit PoolQueue(size_t workers) : pool_(workers) {}
  void enqueue(std::function<void()> job) override { pool_.run(std::move(job)); }
  void shutdown() override { pool_.shutdown(); }

 private:
  WorkerPool pool_;
};

int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

int64_t wall_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// The first fatal alert we send tells why a handshake failed; the library above has no hook for that.
int alert_log_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

CheckInDecision unavailable(ErrorCode error, std::string text) {
  return {.action = Action::kRefuse, .error = error, .text = std::move(text), .unavailable = true};
}

constexpr size_t kMaxBody = 2 * protocol::kMaxProofSize;

}  // namespace

struct CheckInService::Impl {
  Impl(const ServiceConfig& service_config, db::Registry& service_registry)
      : config(service_config), registry(service_registry), challenges(config.challenge_life.count()) {}

  base::Outcome<void> start();
  void get_challenge(const httplib::Request& request, httplib::Response& response);
  void post_activate(const httplib::Request& request, httplib::Response& response);

  // The unit under the certificate of this connection.
  base::Outcome<std::optional<db::Unit>> unit_of(const httplib::Request& request, protocol::Digest& fingerprint);
  // Writes what the decision asks for; the decision that stands then.
  CheckInDecision record(const CheckInDecision& decision, const db::Unit& unit, const std::string& proof);
  void answer(const httplib::Request& request, httplib::Response& response, const CheckInDecision& decision,
              std::string_view event, std::string_view serial, const protocol::Digest& fingerprint);
  void log(const JsonLine& line);
  static void info_callback(const SSL* connection, int where, int value);

  ServiceConfig config;
  db::Registry& registry;
  // PSA, the registry and the challenges are used by one thread at a time.
  std::mutex mutex;
  std::mutex log_mutex;
  ChallengeBook challenges;
  std::unique_ptr<httplib::SSLServer> server;
  std::thread thread;
  int port = 0;
};

base::Outcome<void> CheckInService::Impl::start() {
  if (psa_crypto_init() != PSA_SUCCESS) return base::failure_of(ErrorCode::kCrypto, "psa_crypto_init");
  base::Outcome<void> configured;
  server = std::make_unique<httplib::SSLServer>([&](SSL_CTX& context) {
    configured = configure_server(&context, config.certificate_chain, config.private_key, config.client_issuers);
    if (!configured) return false;
    SSL_CTX_set_ex_data(&context, alert_log_index(), this);
    SSL_CTX_set_info_callback(&context, info_callback);
    return true;
  });
  if (!configured) return configured;
  if (!server->is_valid()) return base::failure(ErrorCode::kConfiguration, "TLS cannot be set up");

  server->new_task_queue = [workers = config.workers] { return new PoolQueue(workers); };  // owned by the library
  server->set_payload_max_length(kMaxBody);
  server->set_read_timeout(config.io_limit);
  server->set_write_timeout(config.io_limit);
  // Between challenge and proof a device signs; a small one takes seconds for it.
  server->set_keep_alive_timeout(15);
  server->set_keep_alive_max_count(4);
  server->set_tcp_nodelay(true);
  // The library's default, SO_REUSEPORT, would let a second service take half of the connections without a word.
  server->set_socket_options([](socket_t socket) {
    const int yes = 1;
    (void)setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  server->Get(
      std::string(protocol::kChallengePath),
      [this](const httplib::Request& request, httplib::Response& response) { get_challenge(request, response); });
  server->Post(
      std::string(protocol::kActivatePath),
      [this](const httplib::Request& request, httplib::Response& response) { post_activate(request, response); });
  server->set_logger([this](const httplib::Request& request, const httplib::Response& response) {
    if (response.status == 200 || response.status == 403 || response.status == 503) return;  // logged by answer()
    log(JsonLine()
            .add("event", "http-error")
            .add("peer", request.remote_addr)
            .add("method", request.method)
            .add("path", request.path)
            .add("status", int64_t{response.status}));
  });

  if (config.port == 0) {
    port = server->bind_to_any_port(config.listen);
  } else if (server->bind_to_port(config.listen, config.port)) {
    port = config.port;
  }
  if (port <= 0) {
    return base::failure(ErrorCode::kIo, std::string("the address cannot be listened on: ") + std::strerror(errno),
                         config.listen + ":" + std::to_string(config.port),
                         "End the program that listens there, or give --listen HOST:PORT with an address of this "
                         "machine and a free port.");
  }
  thread = std::thread([this] { server->listen_after_bind(); });
  // stop() has an effect only once the loop runs.
  while (!server->is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  log(JsonLine().add("event", "listening").add("address", config.listen).add("port", int64_t{port}));
  return {};
}

void CheckInService::Impl::log(const JsonLine& line) {
  if (!config.log) return;
  const std::lock_guard lock(log_mutex);
  config.log(line.str());
}

void CheckInService::Impl::info_callback(const SSL* connection, int where, int value) {
  if ((where & SSL_CB_WRITE_ALERT) != SSL_CB_WRITE_ALERT || (value >> 8) != SSL3_AL_FATAL) return;
  auto* self = static_cast<Impl*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), alert_log_index()));
  const long verification = SSL_get_verify_result(connection);
  JsonLine line;
  line.add("event", "tls-refused").add("at", wall_seconds()).add("alert", SSL_alert_desc_string_long(value));
  if (verification != X509_V_OK) line.add("certificate", X509_verify_cert_error_string(verification));
  self->log(line);
}

base::Outcome<std::optional<db::Unit>> CheckInService::Impl::unit_of(const httplib::Request& request,
                                                                     protocol::Digest& fingerprint) {
  const auto found = peer_fingerprint(request.ssl);
  if (!found) return std::optional<db::Unit>();
  fingerprint = *found;
  return registry.unit_by_fingerprint(fingerprint);
}

void CheckInService::Impl::answer(const httplib::Request& request, httplib::Response& response,
                                  const CheckInDecision& decision, std::string_view event, std::string_view serial,
                                  const protocol::Digest& fingerprint) {
  const int64_t now = wall_seconds();
  JsonLine line;
  line.add("event", event).add("at", now).add("peer", request.remote_addr).add("serial", serial);
  line.add("certificate_sha256", base::to_hex(fingerprint)).add("result", base::error_name(decision.error));
  if (!decision.text.empty()) line.add("text", decision.text);
  if (!decision.other_chip_id.empty()) line.add("other_chip_id", base::to_hex(decision.other_chip_id));
  log(line);

  if (response.status == 200) return;  // a challenge was given
  std::array<uint8_t, protocol::kMaxAnswerSize> buffer{};
  const protocol::CheckInAnswer message{.error = static_cast<uint16_t>(decision.error),
                                        .time = static_cast<uint64_t>(now),
                                        .text = std::string_view(decision.text).substr(0, protocol::kMaxAnswerText)};
  const auto body = protocol::encode(message, buffer);
  if (!body) {
    response.status = 500;
    return;
  }
  response.status = decision.unavailable ? 503 : decision.error == ErrorCode::kOk ? 200 : 403;
  response.set_content(std::string(base::as_text(*body)), std::string(protocol::kCheckInMediaType));
}

void CheckInService::Impl::get_challenge(const httplib::Request& request, httplib::Response& response) {
  protocol::Digest fingerprint{};
  protocol::CheckInChallenge message;
  CheckInDecision decision;
  std::string serial;
  {
    const std::lock_guard lock(mutex);
    const auto unit = unit_of(request, fingerprint);
    if (!unit) {
      decision = unavailable(unit.error().code, "the registry cannot be read now");
    } else {
      decision = decide_certificate(*unit);
      if (*unit) serial = (*unit)->serial;
    }
    if (decision.error == ErrorCode::kOk) {
      if (RAND_bytes(message.challenge.data(), static_cast<int>(message.challenge.size())) == 1) {
        challenges.put(fingerprint, message.challenge, steady_ms());
      } else {
        decision = unavailable(ErrorCode::kSeedSource, "there is no randomness for a challenge");
      }
    }
  }
  if (decision.error == ErrorCode::kOk) {
    std::array<uint8_t, 64> buffer{};
    if (const auto body = protocol::encode(message, buffer); body) {
      response.set_content(std::string(base::as_text(*body)), std::string(protocol::kCheckInMediaType));
      response.status = 200;
    } else {
      decision = unavailable(body.error(), "the challenge cannot be encoded");
    }
  }
  answer(request, response, decision, "challenge", serial, fingerprint);
}

void CheckInService::Impl::post_activate(const httplib::Request& request, httplib::Response& response) {
  protocol::Digest fingerprint{};
  CheckInDecision decision;
  std::string serial;
  {
    const std::lock_guard lock(mutex);
    const auto unit = unit_of(request, fingerprint);
    if (!unit) {
      decision = unavailable(unit.error().code, "the registry cannot be read now");
    } else {
      const auto challenge = challenges.take(fingerprint, steady_ms());
      decision = decide_proof(*unit, challenge, base::as_bytes(request.body));
      if (*unit) {
        serial = (*unit)->serial;
        decision = record(decision, **unit, request.body);
      }
    }
  }
  answer(request, response, decision, "activate", serial, fingerprint);
}

CheckInDecision CheckInService::Impl::record(const CheckInDecision& decision, const db::Unit& unit,
                                             const std::string& proof) {
  base::Outcome<void> written;
  if (decision.action == Action::kActivate) written = registry.record_activated(unit, base::as_bytes(proof));
  if (decision.action == Action::kRefuseClone) written = registry.record_clone(unit, decision.other_chip_id);
  if (written) return decision;
  log(JsonLine().add("event", "registry-error").add("serial", unit.serial).add("text", written.error().to_string()));
  return unavailable(written.error().code, "the registry cannot be written now");
}

CheckInService::CheckInService(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

CheckInService::~CheckInService() { stop(); }

base::Outcome<std::unique_ptr<CheckInService>> CheckInService::start(const ServiceConfig& config,
                                                                     db::Registry& registry) {
  auto impl = std::make_unique<Impl>(config, registry);
  if (auto started = impl->start(); !started) return std::unexpected(started.error());
  return std::unique_ptr<CheckInService>(new CheckInService(std::move(impl)));
}

int CheckInService::port() const { return impl_->port; }

void CheckInService::stop() {
  if (!impl_->thread.joinable()) return;
  impl_->server->stop();
  impl_->thread.join();
  impl_->log(JsonLine().add("event", "stopped"));
}

}  // namespace factory
