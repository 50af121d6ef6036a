// The unit's key pair: made on the chip, or brought by the host. Its public half is recorded last, so that a key
// without a record is one whose stage was cut; it is taken up, never replaced.
#include "device-agent/src/commands.h"
#include "device-agent/src/csr.h"
#include "device-agent/src/records.h"
#include "rot/well_known.h"

namespace agent {
namespace {

using base::ErrorCode;
using base::Result;
using base::Status;

psa_key_attributes_t identity_attributes() {
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_id(&attributes, rot::kIdentityKeyId);
  psa_set_key_lifetime(&attributes, PSA_KEY_LIFETIME_PERSISTENT);
  psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
  psa_set_key_bits(&attributes, 256);
  psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_SHA_256));
  psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_SIGN_HASH);
  return attributes;
}

Result<bool> identity_key_exists() {
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  const psa_status_t status = psa_get_key_attributes(rot::kIdentityKeyId, &attributes);
  psa_reset_key_attributes(&attributes);
  if (status == PSA_SUCCESS) return true;
  if (status == PSA_ERROR_INVALID_HANDLE || status == PSA_ERROR_DOES_NOT_EXIST) return false;
  return base::fail(from_psa(status).error());
}

Status export_public(psa_key_id_t key, protocol::PublicKey& out) {
  size_t size = 0;
  BASE_TRY(from_psa(psa_export_public_key(key, out.data(), out.size(), &size)));
  return size == out.size() ? Status() : base::fail(ErrorCode::kCrypto);
}

Status require_transaction(Core& core) {
  TransactionRecord record;
  return required(read_record(core.rot, record), ErrorCode::kNoTransaction);
}

// The public key of the key pair on the chip, recorded if a cut kept it from being. False: there is none.
Result<bool> present_key(Core& core, KeyRecord& record) {
  BASE_ASSIGN(const bool exists, identity_key_exists());
  BASE_ASSIGN(const bool recorded, read_record(core.rot, record));
  if (exists && !recorded) {
    BASE_TRY(export_public(rot::kIdentityKeyId, record.public_key));
    BASE_TRY(write_record(core.rot, record));
  }
  if (recorded && !exists) return base::fail(ErrorCode::kStoreCorrupt);
  return exists;
}

// The public half of a scalar, through a key that lives in RAM for a moment.
Status public_of(base::ByteView scalar, protocol::PublicKey& out) {
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
  psa_key_id_t key = PSA_KEY_ID_NULL;
  BASE_TRY(from_psa(psa_import_key(&attributes, scalar.data(), scalar.size(), &key)));
  const Status exported = export_public(key, out);
  psa_destroy_key(key);
  return exported;
}

}  // namespace

base::Status run_generate_key(Core& core, base::ByteView body, base::ByteView& reply) {
  protocol::GenerateKeyRequest request;
  BASE_TRY(protocol::decode(body, request));
  BASE_TRY(require_transaction(core));
  // Before the key is made: a request that could never be answered makes none.
  if (request.subject.size() > protocol::kMaxSubjectSize || !is_der_name(request.subject)) {
    return base::fail(ErrorCode::kInvalidArgument);
  }
  KeyRecord record;
  BASE_ASSIGN(bool exists, present_key(core, record));
  if (!exists) {
    const psa_key_attributes_t attributes = identity_attributes();
    psa_key_id_t key = PSA_KEY_ID_NULL;
    BASE_TRY(from_psa(psa_generate_key(&attributes, &key)));
    BASE_ASSIGN(exists, present_key(core, record));
    if (!exists) return base::fail(ErrorCode::kCrypto);
  }

  const base::MutableBytes scratch = core.take_scratch();
  protocol::GenerateKeyReply message;
  BASE_ASSIGN(message.csr,
              write_csr(rot::kIdentityKeyId, record.public_key, request.subject, scratch.first(protocol::kMaxCsrSize)));
  return take_value(protocol::encode(message, scratch.subspan(protocol::kMaxCsrSize)), reply);
}

base::Status run_import_key(Core& core, base::ByteView body, base::ByteView& reply) {
  protocol::ImportKeyRequest request;
  BASE_TRY(protocol::decode(body, request));
  BASE_TRY(require_transaction(core));
  if (request.private_key.size() != protocol::kPrivateKeySize) return base::fail(ErrorCode::kInvalidArgument);

  protocol::ImportKeyReply message;
  BASE_TRY(public_of(request.private_key, message.public_key));
  KeyRecord record;
  BASE_ASSIGN(const bool exists, present_key(core, record));
  if (!exists) {
    const psa_key_attributes_t attributes = identity_attributes();
    psa_key_id_t key = PSA_KEY_ID_NULL;
    BASE_TRY(from_psa(psa_import_key(&attributes, request.private_key.data(), request.private_key.size(), &key)));
    // Computed from the same scalar a moment ago.
    record.public_key = message.public_key;
    BASE_TRY(write_record(core.rot, record));
  }
  if (record.public_key != message.public_key) return base::fail(ErrorCode::kKeyExists);
  return take_value(protocol::encode(message, core.take_scratch()), reply);
}

}  // namespace agent
