#include "factory-tool/service/check_in_policy.h"

#include <gtest/gtest.h>
#include <psa/crypto.h>

#include "entropy/device/random_source.h"
#include "factory-tool/service/challenge_book.h"
#include "factory-tool/service/json_line.h"
#include "protocol/check_in.h"
#include "protocol/cose.h"

namespace factory {
namespace {

using base::ErrorCode;
using Action = CheckInDecision::Action;

class ZeroFreeSource final : public entropy::RandomSource {
 public:
  base::Status generate(base::MutableBytes out) override {
    for (uint8_t& byte : out) byte = ++next_;
    return {};
  }

 private:
  uint8_t next_ = 0;
};

class PolicyTest : public testing::Test {
 protected:
  PolicyTest() {
    entropy::set_psa_random_source(&random_);
    EXPECT_EQ(psa_crypto_init(), PSA_SUCCESS);
    key_ = make_key(public_key_);
    other_key_ = make_key(other_public_key_);
    challenge_.fill(7);
    unit_.serial = "S-1";
    unit_.state = db::UnitState::kProvisioned;
    unit_.chip_id = base::Bytes{1, 2, 3, 4};
    unit_.public_key = public_key_;
    unit_.items_digest.emplace().fill(9);
    proof_ = {.challenge = challenge_,
              .chip_id = *unit_.chip_id,
              .serial = "S-1",
              .items_digest = *unit_.items_digest,
              .boot_count = 3};
  }
  ~PolicyTest() override {
    psa_destroy_key(key_);
    psa_destroy_key(other_key_);
    entropy::set_psa_random_source(nullptr);
  }

  static psa_key_id_t make_key(base::ByteArray<65>& point) {
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_bits(&attributes, 256);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_SIGN_HASH);
    psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_SHA_256));
    psa_key_id_t key = 0;
    size_t size = 0;
    EXPECT_EQ(psa_generate_key(&attributes, &key), PSA_SUCCESS);
    EXPECT_EQ(psa_export_public_key(key, point.data(), point.size(), &size), PSA_SUCCESS);
    return key;
  }

  base::Bytes sign(psa_key_id_t key, std::string_view label = protocol::kFirstBootLabel) {
    base::ByteArray<512> payload{};
    base::ByteArray<512> message{};
    const auto encoded = protocol::encode(proof_, payload);
    EXPECT_TRUE(encoded);
    const auto message_bytes = protocol::cose_sign1(key, label, *encoded, message);
    EXPECT_TRUE(message_bytes);
    return base::to_bytes(*message_bytes);
  }
  CheckInDecision decide(const std::optional<protocol::Challenge>& challenge) {
    return decide_proof(unit_, challenge, sign(key_));
  }

  ZeroFreeSource random_;
  psa_key_id_t key_ = 0;
  psa_key_id_t other_key_ = 0;
  base::ByteArray<65> public_key_{};
  base::ByteArray<65> other_public_key_{};
  protocol::Challenge challenge_{};
  db::Unit unit_;
  protocol::FirstBootProof proof_;
};

void expect(const CheckInDecision& decision, Action action, ErrorCode error) {
  EXPECT_EQ(decision.action, action);
  EXPECT_EQ(base::error_name(decision.error), base::error_name(error));
  EXPECT_EQ(decision.text.empty(), error == ErrorCode::kOk);
  EXPECT_LE(decision.text.size(), protocol::kMaxAnswerText);
}

TEST_F(PolicyTest, ActivatesAProvisionedUnitOnce) {
  expect(decide(challenge_), Action::kActivate, ErrorCode::kOk);
  unit_.state = db::UnitState::kActivated;
  expect(decide(challenge_), Action::kAlreadyActive, ErrorCode::kOk);
}

TEST_F(PolicyTest, KnowsOnlyItsOwnCertificates) {
  expect(decide_certificate(std::nullopt), Action::kRefuse, ErrorCode::kDeviceUnknown);
  expect(decide_proof(std::nullopt, challenge_, sign(key_)), Action::kRefuse, ErrorCode::kDeviceUnknown);
}

TEST_F(PolicyTest, ChecksTheState) {
  using enum db::UnitState;
  for (const auto state : {kReserved, kContacted, kSeeded, kKeyed, kCertified, kCommitted}) {
    unit_.state = state;
    expect(decide(challenge_), Action::kRefuse, ErrorCode::kRegistryState);
    expect(decide_certificate(unit_), Action::kRefuse, ErrorCode::kRegistryState);
  }
  for (const auto state : {kFailed, kScrapped, kRevoked}) {
    unit_.state = state;
    expect(decide(challenge_), Action::kRefuse, ErrorCode::kUnitUnusable);
    expect(decide_certificate(unit_), Action::kRefuse, ErrorCode::kUnitUnusable);
  }
}

TEST_F(PolicyTest, WantsTheUnitsOwnSignature) {
  expect(decide_proof(unit_, challenge_, sign(other_key_)), Action::kRefuse, ErrorCode::kSignatureInvalid);
  expect(decide_proof(unit_, challenge_, sign(key_, protocol::kReceiptLabel)), Action::kRefuse,
         ErrorCode::kSignatureInvalid);
  base::Bytes bent = sign(key_);
  bent[bent.size() / 2] ^= 1;
  EXPECT_EQ(decide_proof(unit_, challenge_, bent).action, Action::kRefuse);
  EXPECT_EQ(decide_proof(unit_, challenge_, {}).action, Action::kRefuse);
}

TEST_F(PolicyTest, WantsTheChallengeThatIsOut) {
  expect(decide(std::nullopt), Action::kRefuse, ErrorCode::kChallengeStale);
  protocol::Challenge other = challenge_;
  other[31] ^= 1;
  expect(decide(other), Action::kRefuse, ErrorCode::kChallengeStale);
}

TEST_F(PolicyTest, FlagsAnotherChip) {
  const base::Bytes other = {9, 9, 9, 9};
  proof_.chip_id = other;
  const auto decision = decide(challenge_);
  expect(decision, Action::kRefuseClone, ErrorCode::kClone);
  EXPECT_EQ(decision.other_chip_id, other);
  unit_.state = db::UnitState::kActivated;
  expect(decide(challenge_), Action::kRefuseClone, ErrorCode::kClone);
  // A forger without the key must not be able to flag a unit.
  expect(decide_proof(unit_, challenge_, sign(other_key_)), Action::kRefuse, ErrorCode::kSignatureInvalid);
  expect(decide(std::nullopt), Action::kRefuse, ErrorCode::kChallengeStale);
}

TEST_F(PolicyTest, ComparesSerialAndItems) {
  proof_.serial = "S-2";
  expect(decide(challenge_), Action::kRefuse, ErrorCode::kDigestMismatch);
  proof_.serial = "S-1";
  proof_.items_digest[0] ^= 1;
  expect(decide(challenge_), Action::kRefuse, ErrorCode::kDigestMismatch);
}

TEST_F(PolicyTest, NeedsACompleteRecord) {
  unit_.items_digest.reset();
  expect(decide(challenge_), Action::kRefuse, ErrorCode::kRegistryState);
}

TEST(ChallengeBook, GivesEachChallengeOnceAndInTime) {
  ChallengeBook book(1000);
  const protocol::Digest a{1};
  const protocol::Digest b{2};
  const protocol::Challenge first{11};
  const protocol::Challenge second{22};
  book.put(a, first, 0);
  EXPECT_EQ(book.take(b, 1), std::nullopt) << "bound to the certificate";
  EXPECT_EQ(book.take(a, 1), first);
  EXPECT_EQ(book.take(a, 1), std::nullopt) << "single use";
  book.put(a, first, 0);
  book.put(a, second, 1);
  EXPECT_EQ(book.take(a, 2), second) << "a new one voids the old one";
  book.put(a, first, 0);
  EXPECT_EQ(book.take(a, 1000), std::nullopt) << "expired";
  book.put(a, first, 0);
  book.put(b, second, 5000);
  EXPECT_EQ(book.size(), 1u) << "expired ones are dropped";
}

TEST(JsonLine, EscapesWhatPeersSend) {
  const std::string line = JsonLine().add("a", "x\"\\\n\x01\xFF").add("n", int64_t{-5}).str();
  EXPECT_EQ(line, R"({"a":"x\"\\\u000a\u0001\u00ff","n":-5})");
  EXPECT_EQ(JsonLine().str(), "{}");
}

}  // namespace
}  // namespace factory
