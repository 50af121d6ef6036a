// RFC 5280 section 4.2.1.6: subjectAltName, and RFC 4108 section 5: hardwareModuleName.
#include "cert-templates/src/lint.h"
#include "cert-templates/src/name_attributes.h"
#include "cert-templates/src/oids.h"
#include "cert-templates/src/template_parts.h"

namespace cert {
namespace {

constexpr auto kRule = "RFC 5280 4.2.1.6";

void lint_other_name(base::ByteView content, Findings& findings) {
  der::Reader fields(content);
  const auto oid = fields.expect(der::kOid);
  const auto wrapped = fields.expect(der::context_constructed(0));
  if (!oid || !wrapped || !fields.empty()) {
    findings.add(kRule, "an otherName is malformed", "correct its encoding");
    return;
  }
  if (!base::equal(oid->content, oids::kHardwareModuleName)) return;
  const auto sequence = der::read_single(wrapped->content, der::kSequence);
  bool valid = sequence.has_value();
  if (valid) {
    der::Reader parts(sequence->content);
    const auto type = parts.expect(der::kOid);
    const auto serial = parts.expect(der::kOctetString);
    valid = type && serial && !serial->content.empty() && parts.empty();
  }
  if (!valid)
    findings.add("RFC 4108 5", "hardwareModuleName is not a type and a serial number",
                 "give an OID and 1 or more octets");
}

}  // namespace

void lint_alt_names(const ExtensionView& extension, bool subject_is_empty, Findings& findings) {
  if (subject_is_empty && !extension.critical) {
    findings.add(kRule, "the subject is empty but subjectAltName is not critical", "mark it critical");
  }
  if (!subject_is_empty && extension.critical) {
    findings.add(kRule, "subjectAltName is critical although there is a subject", "mark it non-critical");
  }
  const auto sequence = der::read_single(extension.value, der::kSequence);
  if (!sequence || sequence->content.empty()) {
    findings.add(kRule, "subjectAltName is malformed or empty", "give one name or leave the extension out");
    return;
  }
  der::Reader names(sequence->content);
  while (!names.empty()) {
    const auto name = names.next();
    if (!name) {
      findings.add(kRule, "subjectAltName is malformed", "correct its encoding");
      return;
    }
    const std::string_view text = base::as_text(name->content);
    switch (name->tag) {
      case 0xA0:
        lint_other_name(name->content, findings);
        break;
      case 0x81:
        if (!is_ia5(name->content) || text.find('@') == std::string_view::npos) {
          findings.add(kRule, "an rfc822Name is no mailbox", "correct it");
        }
        break;
      case 0x82:
        // A leading "*." is a name pattern that RFC 6125 knows; RFC 5280 leaves it open.
        if (!is_dns_name(text.starts_with("*.") ? text.substr(2) : text)) {
          findings.add(kRule, "a dNSName is not in the preferred name syntax", "use letters, digits, '-' and '.'");
        }
        break;
      case 0x86:
        if (!is_absolute_uri(text)) findings.add(kRule, "a URI is not absolute", "give scheme and the rest (RFC 3986)");
        break;
      case 0x87:
        if (name->content.size() != 4 && name->content.size() != 16)
          findings.add(kRule, "an iPAddress has neither 4 nor 16 octets", "correct it");
        break;
      case 0xA3:
      case 0xA4:
      case 0xA5:
      case 0x88:
        break;
      default:
        findings.add(kRule, "subjectAltName has an unknown kind of name", "correct it");
        break;
    }
  }
}

}  // namespace cert
