#include <algorithm>

#include "cert-templates/src/der_writer.h"
#include "cert-templates/src/ec_key.h"
#include "cert-templates/src/oids.h"
#include "cert-templates/src/template_parts.h"

namespace cert {
namespace {

constexpr uint8_t kOtherName = 0xA0, kDnsName = 0x82, kUriName = 0x86;  // GeneralName (RFC 5280 section 4.2.1.6)

void open_extension(DerTemplate& out, base::ByteView oid, bool critical) {
  out.open(der::kSequence);
  out.fixed(der::oid(oid));
  if (critical) out.fixed(der::boolean_true());
  out.open(der::kOctetString);
}

void close_extension(DerTemplate& out) {
  out.close();
  out.close();
}

void add_fixed_extension(DerTemplate& out, base::ByteView oid, bool critical, const base::Bytes& value) {
  open_extension(out, oid, critical);
  out.fixed(value);
  close_extension(out);
}

void add_alt_names(DerTemplate& out, const CertificateSpec& spec) {
  // Critical exactly where nothing else names the subject (RFC 5280 section 4.2.1.6).
  open_extension(out, oids::kSubjectAltName, spec.subject.empty());
  out.open(der::kSequence);
  for (const AltName& name : spec.san) {
    if (name.kind == AltName::Kind::kHardwareModuleName) {
      out.open(kOtherName);
      out.fixed(der::oid(oids::kHardwareModuleName));
      out.open(der::context_constructed(0));
      out.open(der::kSequence);
      out.fixed(der::oid(name.hardware_type));
      out.open(der::kOctetString);
      out.slot();
      for (int i = 0; i < 4; ++i) out.close();
    } else {
      out.open(name.kind == AltName::Kind::kDns ? kDnsName : kUriName);
      out.slot();
      out.close();
    }
  }
  out.close();
  close_extension(out);
}

base::Bytes oid_sequence(const std::vector<base::Bytes>& list) {
  base::Bytes content;
  for (const base::Bytes& each : list) der::append(content, der::oid(each));
  return der::tlv(der::kSequence, content);
}

base::Bytes policy_sequence(const std::vector<base::Bytes>& list) {
  base::Bytes content;
  for (const base::Bytes& each : list) der::append(content, der::sequence({der::oid(each)}));
  return der::tlv(der::kSequence, content);
}

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

std::optional<std::string> alt_name_problem(AltName::Kind kind, std::string_view text) {
  if (text.empty()) return "a subject alternative name is empty";
  if (kind == AltName::Kind::kDns && !is_dns_name(text)) return "\"" + std::string(text) + "\" is no DNS name";
  if (kind == AltName::Kind::kUri && !is_absolute_uri(text)) return "\"" + std::string(text) + "\" is no absolute URI";
  return std::nullopt;
}

}  // namespace

bool is_dns_name(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  while (true) {
    const size_t dot = name.find('.');
    const std::string_view label = name.substr(0, dot);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    if (!std::all_of(label.begin(), label.end(), [](char c) { return is_alphanumeric(c) || c == '-'; })) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

bool is_absolute_uri(std::string_view uri) {
  const size_t colon = uri.find(':');
  if (colon == 0 || colon == std::string_view::npos || colon + 1 == uri.size()) return false;
  if (!((uri[0] | 0x20) >= 'a' && (uri[0] | 0x20) <= 'z')) return false;
  for (char c : uri.substr(0, colon)) {
    if (!is_alphanumeric(c) && c != '+' && c != '-' && c != '.') return false;
  }
  return std::all_of(uri.begin(), uri.end(), [](char c) {
    return is_alphanumeric(c) ||
           (c > 0x20 && std::string_view("-._~:/?#[]@!$&'()*+,;=%").find(c) != std::string_view::npos);
  });
}

base::Outcome<base::Bytes> key_identifier(base::ByteView public_key) {
  const auto digest = sha256(public_key);
  if (!digest) return base::failure_of(digest.error(), "key identifier");
  return base::Bytes(digest->begin(), digest->begin() + 20);
}

void add_extensions(DerTemplate& out, const CertificateSpec& spec, base::ByteView issuer_key_id) {
  out.open(der::context_constructed(3));
  out.open(der::kSequence);
  if (spec.authority_key_identifier) {
    add_fixed_extension(out, oids::kAuthorityKeyIdentifier, false,
                        der::sequence({der::tlv(der::context(0), issuer_key_id)}));
  }
  if (spec.subject_key_identifier) {
    open_extension(out, oids::kSubjectKeyIdentifier, false);
    out.open(der::kOctetString);
    out.slot();
    out.close();
    close_extension(out);
  }
  add_fixed_extension(out, oids::kKeyUsage, true, der::named_bits(spec.key_usage));
  if (spec.basic_constraints) add_fixed_extension(out, oids::kBasicConstraints, true, der::sequence({}));
  if (!spec.extended_key_usage.empty()) {
    add_fixed_extension(out, oids::kExtendedKeyUsage, false, oid_sequence(spec.extended_key_usage));
  }
  if (!spec.san.empty()) add_alt_names(out, spec);
  if (!spec.policies.empty())
    add_fixed_extension(out, oids::kCertificatePolicies, false, policy_sequence(spec.policies));
  out.close();
  out.close();
}

base::Outcome<void> add_extension_values(SlotValues& out, const CertificateSpec& spec, const TextValues& values,
                                         base::ByteView public_key) {
  if (spec.subject_key_identifier) {
    BASE_ASSIGN(base::Bytes identifier, key_identifier(public_key));
    out.add(std::move(identifier));
  }
  for (const AltName& name : spec.san) {
    const std::string text = name.value.expand(values).value_or("");
    if (auto problem = alt_name_problem(name.kind, text)) {
      return base::failure(base::ErrorCode::kLint, "san: " + *problem,
                           "line " + std::to_string(name.line) + " of the profile",
                           "correct the unit's serial number or the order's variables (RFC 5280 section 4.2.1.6)");
    }
    out.add(base::to_bytes(base::as_bytes(text)));
  }
  return {};
}

}  // namespace cert
