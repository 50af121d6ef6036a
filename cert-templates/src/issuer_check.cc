#include "cert-templates/src/issuer_check.h"

#include <openssl/x509v3.h>

#include "cert-templates/src/certificate_view.h"
#include "cert-templates/src/ec_key.h"
#include "cert-templates/src/time_text.h"

namespace cert {
namespace {

using base::ErrorCode;

std::unexpected<base::Failure> unfit(std::string what,
                                     std::string next = "give the certificate of a CA that may issue") {
  return base::failure(ErrorCode::kCaUnfit, std::move(what), "CA certificate", std::move(next));
}

// What libcrypto makes of the extensions.
base::Outcome<void> check_purpose(X509* certificate) {
  const uint32_t flags = X509_get_extension_flags(certificate);
  if ((flags & (EXFLAG_INVALID | EXFLAG_INVALID_POLICY)) != 0)
    return unfit("an extension of the CA certificate is invalid");
  if ((flags & EXFLAG_CRITICAL) != 0) return unfit("the CA certificate has a critical extension that is not known");
  if ((flags & EXFLAG_V1) != 0 || (flags & EXFLAG_BCONS) == 0 || (flags & EXFLAG_CA) == 0) {
    return unfit("the certificate is no CA's: basicConstraints does not say CA:TRUE");
  }
  if ((flags & EXFLAG_KUSAGE) == 0 || (X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN) == 0) {
    return unfit("the CA certificate's keyUsage lacks keyCertSign");
  }
  if (X509_get0_subject_key_id(certificate) == nullptr ||
      ASN1_STRING_length(X509_get0_subject_key_id(certificate)) == 0) {
    return unfit("the CA certificate has no subjectKeyIdentifier, which authorityKeyIdentifier needs");
  }
  if (X509_NAME_entry_count(X509_get_subject_name(certificate)) == 0)
    return unfit("the CA certificate has an empty subject");
  return {};
}

}  // namespace

base::Outcome<IssuerIdentity> check_issuer(base::ByteView certificate, int64_t now) {
  const ErrorQueueGuard guard;
  const uint8_t* at = certificate.data();
  X509Handle parsed(d2i_X509(nullptr, &at, static_cast<long>(certificate.size())));
  const auto view = read_certificate(certificate);
  if (!parsed || at != certificate.data() + certificate.size() || !view) return unfit("this is no certificate in DER");
  BASE_TRY(check_purpose(parsed.get()));
  EVP_PKEY* key = X509_get0_pubkey(parsed.get());
  if (!is_p256(key)) return unfit("the CA's key is not on P-256", "give a CA with an ECDSA P-256 key");
  // A path length of 0 or more leaves room for an end entity; a negative one is caught as invalid above.
  const auto not_before = decode_time(view->not_before.tag, view->not_before.content);
  const auto not_after = decode_time(view->not_after.tag, view->not_after.content);
  if (!not_before || !not_after) return unfit("the validity of the CA certificate is malformed");
  if (now < *not_before || now > *not_after) {
    return base::failure(ErrorCode::kCaExpired,
                         "the CA is valid from " + time_text(*not_before) + " to " + time_text(*not_after) +
                             ", now is " + time_text(now),
                         "CA certificate", "create or import a CA that is valid now, or correct this machine's clock");
  }
  const ASN1_OCTET_STRING* key_id = X509_get0_subject_key_id(parsed.get());
  IssuerIdentity identity;
  identity.subject = base::to_bytes(view->subject);
  const uint8_t* data = ASN1_STRING_get0_data(key_id);
  identity.key_identifier.assign(data, data + ASN1_STRING_length(key_id));
  identity.not_before = *not_before;
  if (EVP_PKEY_up_ref(key) != 1) return base::failure_of(ErrorCode::kCrypto, "CA certificate");
  identity.key.reset(key);
  return identity;
}

}  // namespace cert
