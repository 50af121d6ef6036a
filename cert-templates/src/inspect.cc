#include "cert-templates/src/certificate_view.h"
#include "cert-templates/src/ec_key.h"
#include "cert-templates/src/issuer.h"
#include "cert-templates/src/oids.h"
#include "cert-templates/src/time_text.h"

namespace cert {
namespace {

std::unexpected<base::Failure> malformed(std::string what) {
  return base::failure(base::ErrorCode::kMalformed, std::move(what), "certificate", "give one certificate in DER");
}

// RFC 4514, by libcrypto; nothing for a name that it cannot read.
std::optional<std::string> name_text(base::ByteView name) {
  const uint8_t* at = name.data();
  X509NameHandle parsed(d2i_X509_NAME(nullptr, &at, static_cast<long>(name.size())));
  BioHandle out(BIO_new(BIO_s_mem()));
  if (!parsed || !out || X509_NAME_print_ex(out.get(), parsed.get(), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
    return std::nullopt;
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

// The first value of an attribute type; the string types of this project and of most others hold its UTF-8 as it is.
std::string attribute_text(const std::vector<NameAttribute>& attributes, base::ByteView oid) {
  for (const NameAttribute& attribute : attributes) {
    const bool readable =
        attribute.tag == der::kUtf8String || attribute.tag == der::kPrintableString || attribute.tag == der::kIa5String;
    if (readable && base::equal(attribute.oid, oid)) return std::string(base::as_text(attribute.value));
  }
  return "";
}

}  // namespace

base::Outcome<CertificateInfo> inspect(base::ByteView certificate) {
  const ErrorQueueGuard guard;
  const auto view = read_certificate(certificate);
  if (!view) return malformed("this is no certificate");
  const auto not_before = decode_time(view->not_before.tag, view->not_before.content);
  const auto not_after = decode_time(view->not_after.tag, view->not_after.content);
  if (!not_before || !not_after) return malformed("the validity is malformed");
  const auto key = read_public_key_info(view->public_key_info);
  if (!key) return malformed("the public key is malformed");
  const auto attributes = read_name(view->subject);
  const auto subject = name_text(view->subject);
  const auto issuer = name_text(view->issuer);
  if (!attributes || !subject || !issuer) return malformed("a name is malformed");
  const auto fingerprint = sha256(certificate);
  if (!fingerprint) return base::failure_of(fingerprint.error(), "certificate");

  CertificateInfo info;
  info.serial_number = base::to_bytes(view->serial);
  info.subject = *subject;
  info.issuer = *issuer;
  info.common_name = attribute_text(*attributes, oids::kCommonName);
  info.organizational_unit = attribute_text(*attributes, oids::kOrganizationalUnit);
  info.not_before = *not_before;
  info.not_after = *not_after;
  info.public_key = p256_point(*key).value_or(base::ByteArray<65>{});
  info.fingerprint = *fingerprint;
  if (const ExtensionView* extension = view->find(oids::kExtendedKeyUsage)) {
    const auto purposes = read_oid_list(extension->value);
    if (!purposes) return malformed("extKeyUsage is malformed");
    for (base::ByteView oid : *purposes)
      info.has_client_auth = info.has_client_auth || base::equal(oid, oids::kClientAuth);
  }
  if (const ExtensionView* extension = view->find(oids::kBasicConstraints)) {
    const auto constraints = read_basic_constraints(extension->value);
    if (!constraints) return malformed("basicConstraints is malformed");
    info.is_ca = constraints->ca;
  }
  return info;
}

}  // namespace cert
