#include "client/src/client.h"

#include "protocol/digest.h"
#include "rot/well_known.h"

namespace client {
namespace {

using base::ErrorCode;
using base::fail;
using Event = Observer::Event;

class DigestVisitor final : public rot::ItemVisitor {
 public:
  base::Status item(std::string_view name, uint8_t flags, base::ByteView value) override {
    BASE_ASSIGN(const protocol::Digest digest, protocol::item_digest(name, flags, value));
    return digest_.add(digest);
  }
  protocol::ItemsDigest& digest() { return digest_; }

 private:
  protocol::ItemsDigest digest_;
};

}  // namespace

Client::Client(device::Board& board, Stream& stream, Clock& clock, Observer& observer, const ClientOptions& options)
    : board_(board),
      clock_(clock),
      observer_(observer),
      options_(options),
      rot_(board.otp(), board.flash(), board.layout(), board.chip_id()),
      seed_store_(rot_),
      time_floor_(rot_),
      session_(stream, clock) {}

Client::~Client() {
  entropy::set_psa_random_source(nullptr);
  rot::set_its_store(nullptr);
}

base::Status Client::prepare() {
  prepared_ = false;
  generator_.attach(seed_store_, board_.chip_id(), board_.trng(), board_.noise());
  entropy::set_psa_random_source(&generator_);  // every draw fails until the generator has started
  rot::set_its_store(&rot_);
  if (psa_crypto_init() != PSA_SUCCESS) return fail(ErrorCode::kCrypto);
  BASE_TRY(rot_.mount());
  if (rot_.lifecycle() != rot::Lifecycle::kSecured) return fail(ErrorCode::kNotProvisioned);

  std::array<uint8_t, protocol::kMaxAnswerSize> activated{};
  const auto size = rot_.get_state(rot::StateId::kActivated, activated);
  if (size) {
    observer_.event(Event::kAlreadyActivated, ErrorCode::kAlreadyActivated, {}, 0);
    return fail(ErrorCode::kAlreadyActivated);
  }
  if (size.error() != ErrorCode::kItemNotFound) return fail(size.error());

  BASE_TRY(read_items());
  BASE_TRY(generator_.start());
  BASE_ASSIGN(facts_.boot_count, rot_.get_state_u64(rot::StateId::kBootCount));
  prepared_ = true;
  return {};
}

base::Status Client::read_item(std::string_view name, base::ByteView& view, bool optional) {
  const base::MutableBytes room = base::MutableBytes(items_).subspan(items_used_);
  const auto size = rot_.get_item(name, room);
  if (!size) {
    view = {};
    if (size.error() == ErrorCode::kBufferTooSmall) return fail(ErrorCode::kItemTooLarge);
    if (size.error() != ErrorCode::kItemNotFound) return fail(size.error());
    return optional ? base::Status() : fail(ErrorCode::kNotProvisioned);
  }
  view = room.first(*size);
  items_used_ += *size;
  return {};
}

base::Status Client::read_items() {
  BASE_TRY(check_digest());
  base::ByteView uri;
  BASE_TRY(read_item(rot::kServerUriItem, uri));
  if (uri.size() > kMaxUriSize) return fail(ErrorCode::kUriMalformed);
  BASE_ASSIGN(server_, parse_uri(base::as_text(uri)));
  BASE_TRY(read_item(rot::kCertificateItem, identity_.certificate));
  BASE_TRY(read_item(rot::kIssuerChainItem, identity_.issuer_chain, true));
  BASE_TRY(read_item(rot::kServerCaItem, identity_.server_ca));
  identity_.key = rot::kIdentityKeyId;

  base::ByteView transaction;
  BASE_TRY(read_item(rot::kTransactionItem, transaction));
  if (transaction.size() <= protocol::kTransactionIdSize) return fail(ErrorCode::kNotProvisioned);
  facts_.serial = base::as_text(transaction.subspan(protocol::kTransactionIdSize));
  facts_.chip_id = board_.chip_id();
  psa_key_attributes_t key = PSA_KEY_ATTRIBUTES_INIT;
  const psa_status_t found = psa_get_key_attributes(identity_.key, &key);
  psa_reset_key_attributes(&key);
  return found == PSA_SUCCESS ? base::Status() : fail(ErrorCode::kNotProvisioned);
}

// What is proved to the service is what is on the chip now, not what a record says.
base::Status Client::check_digest() {
  items_used_ = 0;
  std::array<uint8_t, 2 + protocol::kDigestSize> commit;
  const auto size = rot_.get_item(rot::kCommitItem, commit);
  if (!size && size.error() != ErrorCode::kItemNotFound && size.error() != ErrorCode::kBufferTooSmall) {
    return fail(size.error());
  }
  if (!size || *size != commit.size()) return fail(ErrorCode::kNotProvisioned);

  DigestVisitor visitor;
  BASE_TRY(rot_.visit_items(items_, visitor));  // before anything is kept there
  const size_t count = visitor.digest().count();
  BASE_ASSIGN(facts_.items_digest, visitor.digest().finish());
  if (count != base::load_be<uint16_t>(commit.data()) ||
      !base::equal(facts_.items_digest, base::ByteView(commit).subspan(2))) {
    return fail(ErrorCode::kDigestMismatch);
  }
  return {};
}

base::Status Client::run() {
  if (!prepared_) return fail(ErrorCode::kBadState);
  if (options_.once) return attempt();
  Backoff backoff(options_.backoff, generator_);
  BASE_ASSIGN(uint64_t wait, random_up_to(generator_, options_.stagger));
  while (true) {
    observer_.event(Event::kWaiting, ErrorCode::kOk, {}, wait);
    if (!clock_.sleep_ms(wait)) return fail(ErrorCode::kTimeout);
    const auto status = attempt();
    // What is wrong with the unit itself stays wrong.
    if (status || status.error() == ErrorCode::kMalformed || status.error() == ErrorCode::kNoKey) return status;
    BASE_ASSIGN(wait, backoff.next());
  }
}

base::Status Client::attempt() {
  if (!prepared_) return fail(ErrorCode::kBadState);
  detail_ = {};
  const auto once = [this]() -> base::Status {
    BASE_ASSIGN(const TimeReading time, time_floor_.now(clock_.wall_seconds()));
    if (time.clock_behind) {
      observer_.event(Event::kClockBehind, ErrorCode::kClockBeforeFloor, {}, time.seconds);
    }
    observer_.event(Event::kConnecting, ErrorCode::kOk, server_.host, server_.port);
    const VerificationTime verification{.seconds = time.seconds, .is_lower_bound = !time.from_clock};
    auto status = session_.open(server_, identity_, verification, options_.connect_limit);
    if (status) {
      observer_.event(Event::kConnected, ErrorCode::kOk, session_.version(), 0);
      CheckIn check_in(session_);
      status = check_in.run(server_, facts_, identity_.key, options_.io_limit, answer_);
    }
    if (!status) {
      detail_ = session_.detail();
      return status;
    }
    return finish(answer_);
  };
  const auto status = once();
  session_.close();
  if (!status) observer_.event(Event::kAttemptFailed, status.error(), detail_, 0);
  return status;
}

base::Status Client::finish(const ServiceAnswer& answer) {
  if (answer.error != ErrorCode::kOk) {
    detail_ = answer.text_view();
    return fail(answer.error == ErrorCode::kClone ? ErrorCode::kClone : ErrorCode::kRefusedByServer);
  }
  // The time comes from a server that TLS has authenticated; one that lies outside its own certificate's life is
  // an error of the server's and would lock the unit out for good.
  if (answer.time >= session_.server_not_before() && answer.time <= session_.server_not_after()) {
    BASE_TRY(time_floor_.raise(answer.time));
  }
  BASE_TRY(rot_.put_state(rot::StateId::kActivated, answer.encoded_view()));
  observer_.event(Event::kActivated, ErrorCode::kOk, {}, answer.time);
  return {};
}

}  // namespace client
