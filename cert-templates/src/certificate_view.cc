#include "cert-templates/src/certificate_view.h"

#include "cert-templates/src/oids.h"

namespace cert {
namespace {

using base::ErrorCode;
using base::fail;

constexpr size_t kMaxExtensions = 64;
constexpr size_t kMaxAttributes = 64;

base::Status read_extensions(base::ByteView content, CertificateView& out) {
  out.has_extensions = true;
  BASE_ASSIGN(const der::Element list, der::read_single(content, der::kSequence));
  der::Reader extensions(list.content);
  while (!extensions.empty()) {
    if (out.extensions.size() == kMaxExtensions) return fail(ErrorCode::kMalformed);
    BASE_ASSIGN(const der::Element extension, extensions.expect(der::kSequence));
    der::Reader fields(extension.content);
    ExtensionView view;
    BASE_ASSIGN(const der::Element oid, fields.expect(der::kOid));
    BASE_ASSIGN(const auto critical, fields.optional(der::kBoolean));
    BASE_ASSIGN(const der::Element value, fields.expect(der::kOctetString));
    if (!fields.empty()) return fail(ErrorCode::kMalformed);
    view.oid = oid.content;
    view.criticality_encoded = critical.has_value();
    view.critical = critical && !critical->content.empty() && critical->content[0] != 0;
    view.value = value.content;
    out.extensions.push_back(view);
  }
  return {};
}

base::Status read_tbs_fields(base::ByteView content, CertificateView& out) {
  der::Reader fields(content);
  BASE_ASSIGN(const auto version, fields.optional(der::context_constructed(0)));
  if (version) {
    BASE_ASSIGN(const der::Element number, der::read_single(version->content, der::kInteger));
    out.version = number.content;
  }
  BASE_ASSIGN(const der::Element serial, fields.expect(der::kInteger));
  BASE_ASSIGN(const der::Element algorithm, fields.expect(der::kSequence));
  BASE_ASSIGN(const der::Element issuer, fields.expect(der::kSequence));
  BASE_ASSIGN(const der::Element validity, fields.expect(der::kSequence));
  BASE_ASSIGN(const der::Element subject, fields.expect(der::kSequence));
  BASE_ASSIGN(const der::Element key, fields.expect(der::kSequence));
  BASE_ASSIGN(const auto issuer_id, fields.optional(der::context(1)));
  BASE_ASSIGN(const auto subject_id, fields.optional(der::context(2)));
  BASE_ASSIGN(const auto extensions, fields.optional(der::context_constructed(3)));
  if (!fields.empty()) return fail(ErrorCode::kMalformed);

  der::Reader times(validity.content);
  BASE_ASSIGN(out.not_before, times.next());
  BASE_ASSIGN(out.not_after, times.next());
  if (!times.empty()) return fail(ErrorCode::kMalformed);

  out.serial = serial.content;
  out.inner_algorithm = algorithm.whole;
  out.issuer = issuer.whole;
  out.subject = subject.whole;
  out.public_key_info = key.whole;
  out.has_unique_ids = issuer_id.has_value() || subject_id.has_value();
  if (extensions) return read_extensions(extensions->content, out);
  return {};
}

}  // namespace

const ExtensionView* CertificateView::find(base::ByteView oid) const {
  for (const ExtensionView& extension : extensions) {
    if (base::equal(extension.oid, oid)) return &extension;
  }
  return nullptr;
}

base::Result<CertificateView> read_tbs_certificate(base::ByteView der) {
  BASE_ASSIGN(const der::Element tbs, der::read_single(der, der::kSequence));
  CertificateView view;
  view.whole = der;
  view.tbs = tbs.whole;
  BASE_TRY(read_tbs_fields(tbs.content, view));
  return view;
}

base::Result<CertificateView> read_certificate(base::ByteView der) {
  BASE_ASSIGN(const der::Element certificate, der::read_single(der, der::kSequence));
  der::Reader fields(certificate.content);
  BASE_ASSIGN(const der::Element tbs, fields.expect(der::kSequence));
  BASE_ASSIGN(const der::Element algorithm, fields.expect(der::kSequence));
  BASE_ASSIGN(const der::Element signature, fields.expect(der::kBitString));
  if (!fields.empty() || signature.content.empty()) return fail(ErrorCode::kMalformed);
  CertificateView view;
  view.whole = der;
  view.tbs = tbs.whole;
  view.outer_algorithm = algorithm.whole;
  view.signature = signature.content.subspan(1);
  BASE_TRY(read_tbs_fields(tbs.content, view));
  return view;
}

base::Result<std::vector<NameAttribute>> read_name(base::ByteView name) {
  BASE_ASSIGN(const der::Element sequence, der::read_single(name, der::kSequence));
  std::vector<NameAttribute> attributes;
  der::Reader rdns(sequence.content);
  while (!rdns.empty()) {
    BASE_ASSIGN(const der::Element set, rdns.expect(der::kSet));
    der::Reader members(set.content);
    if (members.empty()) return fail(ErrorCode::kMalformed);
    while (!members.empty()) {
      if (attributes.size() == kMaxAttributes) return fail(ErrorCode::kMalformed);
      BASE_ASSIGN(const der::Element pair, members.expect(der::kSequence));
      der::Reader fields(pair.content);
      BASE_ASSIGN(const der::Element oid, fields.expect(der::kOid));
      BASE_ASSIGN(const der::Element value, fields.next());
      if (!fields.empty()) return fail(ErrorCode::kMalformed);
      attributes.push_back({oid.content, value.tag, value.content});
    }
  }
  return attributes;
}

base::Result<PublicKeyView> read_public_key_info(base::ByteView info) {
  BASE_ASSIGN(const der::Element sequence, der::read_single(info, der::kSequence));
  der::Reader fields(sequence.content);
  BASE_ASSIGN(const der::Element algorithm, fields.expect(der::kSequence));
  BASE_ASSIGN(const der::Element bits, fields.expect(der::kBitString));
  if (!fields.empty() || bits.content.empty()) return fail(ErrorCode::kMalformed);
  der::Reader parts(algorithm.content);
  PublicKeyView key;
  BASE_ASSIGN(const der::Element oid, parts.expect(der::kOid));
  key.algorithm_oid = oid.content;
  if (!parts.empty()) {
    BASE_ASSIGN(const der::Element parameters, parts.next());
    key.parameters = parameters.whole;
    if (!parts.empty()) return fail(ErrorCode::kMalformed);
  }
  key.key_bits = bits.content.subspan(1);
  return key;
}

std::optional<base::ByteArray<65>> p256_point(const PublicKeyView& key) {
  const auto curve = der::read_single(key.parameters, der::kOid);
  if (!base::equal(key.algorithm_oid, oids::kEcPublicKey) || !curve ||
      !base::equal(curve->content, oids::kPrime256v1) || key.key_bits.size() != 65 || key.key_bits[0] != 0x04) {
    return std::nullopt;
  }
  base::ByteArray<65> point;
  base::copy(point, key.key_bits);
  return point;
}

base::Result<uint16_t> read_key_usage(base::ByteView extension_value) {
  BASE_ASSIGN(const der::Element bits, der::read_single(extension_value, der::kBitString));
  if (bits.content.empty() || bits.content.size() > 3) return fail(ErrorCode::kMalformed);
  uint16_t usage = 0;
  if (bits.content.size() > 1) usage = static_cast<uint16_t>(bits.content[1] << 8);
  if (bits.content.size() > 2) usage = static_cast<uint16_t>(usage | bits.content[2]);
  return usage;
}

base::Result<std::vector<base::ByteView>> read_oid_list(base::ByteView extension_value) {
  BASE_ASSIGN(const der::Element sequence, der::read_single(extension_value, der::kSequence));
  std::vector<base::ByteView> list;
  der::Reader elements(sequence.content);
  while (!elements.empty()) {
    BASE_ASSIGN(const der::Element oid, elements.expect(der::kOid));
    list.push_back(oid.content);
  }
  return list;
}

base::Result<BasicConstraintsView> read_basic_constraints(base::ByteView extension_value) {
  BASE_ASSIGN(const der::Element sequence, der::read_single(extension_value, der::kSequence));
  der::Reader fields(sequence.content);
  BasicConstraintsView view;
  BASE_ASSIGN(const auto ca, fields.optional(der::kBoolean));
  BASE_ASSIGN(const auto path_length, fields.optional(der::kInteger));
  if (!fields.empty()) return fail(ErrorCode::kMalformed);
  view.ca_encoded = ca.has_value();
  view.ca = ca && !ca->content.empty() && ca->content[0] != 0;
  if (path_length) view.path_length = path_length->content;
  return view;
}

}  // namespace cert
