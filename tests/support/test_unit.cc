#include "tests/support/test_unit.h"

#include <psa/crypto.h>

#include <random>
#include <stdexcept>

#include "entropy/device/random_source.h"
#include "protocol/digest.h"
#include "rot/well_known.h"

namespace test {
namespace {

using base::ByteView;

void must(const base::Status& status, const std::string& step) {
  if (!status) throw std::runtime_error("test unit: " + step + ": " + std::string(base::error_name(status.error())));
}

class HostRandom final : public entropy::RandomSource {
 public:
  base::Status generate(base::MutableBytes out) override {
    for (uint8_t& byte : out) byte = static_cast<uint8_t>(device_());
    return {};
  }

 private:
  std::random_device device_;
};

void import_identity(const KeyPair& key) {
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_id(&attributes, rot::kIdentityKeyId);
  psa_set_key_lifetime(&attributes, PSA_KEY_LIFETIME_PERSISTENT);
  psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
  psa_set_key_bits(&attributes, 256);
  psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_SIGN_HASH);
  psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_SHA_256));
  const auto scalar = key.scalar();
  psa_key_id_t id = 0;
  if (psa_import_key(&attributes, scalar.data(), scalar.size(), &id) != PSA_SUCCESS) {
    throw std::runtime_error("test unit: the identity key cannot be imported");
  }
}

}  // namespace

void restart_psa() {
  mbedtls_psa_crypto_free();
  rot::set_its_store(nullptr);
  entropy::set_psa_random_source(nullptr);
}

UnitRecord provision(device::Board& board, const UnitContents& contents, const KeyPair& key) {
  restart_psa();
  HostRandom random;
  entropy::set_psa_random_source(&random);
  if (psa_crypto_init() != PSA_SUCCESS) throw std::runtime_error("test unit: psa_crypto_init");
  UnitRecord record{.serial = contents.serial};
  {
    rot::Rot rot(board.otp(), board.flash(), board.layout(), board.chip_id());
    rot::set_its_store(&rot);
    must(rot.mount(), "mount");
    base::ByteArray<64> shares{};
    must(random.generate(shares), "random");
    must(rot.create_root_key(shares), "root key");
    must(rot.advance_lifecycle(rot::Lifecycle::kPsaRotProvisioning), "lifecycle");
    base::ByteArray<48> seed{};
    must(random.generate(seed), "random");
    must(rot.put_state(rot::StateId::kSeed, seed), "seed");

    base::Bytes transaction(protocol::kTransactionIdSize, 0x5A);
    transaction.insert(transaction.end(), contents.serial.begin(), contents.serial.end());
    must(rot.put_item(rot::kTransactionItem, 0, transaction), "~tx");
    if (contents.import_key) import_identity(key);
    must(rot.put_item(rot::kPublicKeyItem, 0, key.public_point()), "~key");

    protocol::ItemsDigest digest;
    const auto put = [&](std::string_view name, ByteView value) {
      if (value.empty()) return;
      must(rot.put_item(name, rot::kWriteOnce, value), std::string(name));
      must(digest.add(protocol::item_digest(name, rot::kWriteOnce, value).value()), "digest");
    };
    put("mbed.Manufacturer", base::as_bytes("test"));
    put(rot::kServerUriItem, base::as_bytes(contents.uri));
    put(rot::kCertificateItem, contents.certificate);
    put(rot::kIssuerChainItem, contents.issuer_chain);
    put(rot::kServerCaItem, contents.server_ca);
    base::ByteArray<8> time{};
    base::store_be(time.data(), static_cast<uint64_t>(contents.current_time));
    if (contents.current_time != 0) put(rot::kCurrentTimeItem, time);

    record.item_count = static_cast<uint16_t>(digest.count());
    record.items_digest = digest.finish().value();
    base::Bytes commit(2);
    base::store_be(commit.data(), record.item_count);
    commit.insert(commit.end(), record.items_digest.begin(), record.items_digest.end());
    if (contents.wrong_commit) commit.back() ^= 1;
    must(rot.put_item(rot::kCommitItem, 0, commit), "~commit");
    if (contents.lock) must(rot.lock(), "lock");
    restart_psa();
  }
  return record;
}

}  // namespace test
