// PKCS #10 requests (RFC 2986).
#include "cert-templates/src/certificate_view.h"
#include "cert-templates/src/ec_key.h"
#include "cert-templates/src/issuer.h"
#include "cert-templates/src/oids.h"

namespace cert {
namespace {

std::unexpected<base::Failure> invalid(std::string what) {
  return base::failure(base::ErrorCode::kCsrInvalid, std::move(what), "certification request",
                       "start the unit again; if it comes back, the agent or the line is faulty");
}

struct RequestView {
  base::ByteView info;  // whole: what is signed
  base::ByteView subject;
  base::ByteView public_key_info;
  base::ByteView algorithm_oid;
  base::ByteView signature;
};

base::Result<RequestView> read_request(base::ByteView csr) {
  BASE_ASSIGN(const der::Element request, der::read_single(csr, der::kSequence));
  der::Reader fields(request.content);
  BASE_ASSIGN(const der::Element info, fields.expect(der::kSequence));
  BASE_ASSIGN(const der::Element algorithm, fields.expect(der::kSequence));
  BASE_ASSIGN(const der::Element signature, fields.expect(der::kBitString));
  if (!fields.empty() || signature.content.empty() || signature.content[0] != 0)
    return base::fail(base::ErrorCode::kMalformed);

  der::Reader parts(info.content);
  BASE_ASSIGN(const der::Element version, parts.expect(der::kInteger));
  BASE_ASSIGN(const der::Element subject, parts.expect(der::kSequence));
  BASE_ASSIGN(const der::Element key, parts.expect(der::kSequence));
  BASE_ASSIGN([[maybe_unused]] const der::Element attributes, parts.expect(der::context_constructed(0)));
  if (!parts.empty() || version.content.size() != 1 || version.content[0] != 0)
    return base::fail(base::ErrorCode::kMalformed);
  der::Reader algorithm_fields(algorithm.content);
  BASE_ASSIGN(const der::Element oid, algorithm_fields.expect(der::kOid));
  if (!algorithm_fields.empty()) return base::fail(base::ErrorCode::kMalformed);
  return RequestView{info.whole, subject.whole, key.whole, oid.content, signature.content.subspan(1)};
}

}  // namespace

base::Outcome<base::ByteArray<65>> verify_csr(base::ByteView csr, base::ByteView subject) {
  const auto request = read_request(csr);
  if (!request || der::find_breach(csr)) return invalid("the request is malformed (RFC 2986)");
  if (!base::equal(request->algorithm_oid, oids::kEcdsaWithSha256))
    return invalid("the request is not signed by ECDSA with SHA-256");
  const auto info = read_public_key_info(request->public_key_info);
  const auto point = info ? p256_point(*info) : std::nullopt;
  const KeyHandle key = point ? p256_key(*point) : nullptr;
  if (!key) return invalid("the request's key is no point on P-256 in uncompressed form");
  if (!verify_ecdsa_sha256(key.get(), request->info, request->signature)) {
    return invalid("the request's signature is wrong: the sender does not hold the private key");
  }
  if (!read_name(request->subject)) return invalid("the request's subject is malformed");
  if (!subject.empty() && !base::equal(subject, request->subject))
    return invalid("the request names another subject than it was asked to");
  return *point;
}

}  // namespace cert
