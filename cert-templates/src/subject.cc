#include "cert-templates/src/der_writer.h"
#include "cert-templates/src/template_parts.h"

namespace cert {

void add_subject(DerTemplate& out, const CertificateSpec& spec) {
  out.open(der::kSequence);
  for (const SubjectAttribute& attribute : spec.subject) {
    if (attribute.optional) {
      out.slot();  // the whole RDN, or nothing
      continue;
    }
    out.open(der::kSet);
    out.open(der::kSequence);
    out.fixed(der::oid(attribute.type->oid));
    out.open(attribute.type->string_tag);
    if (attribute.value.is_constant()) {
      out.fixed(base::as_bytes(attribute.value.expand({}).value_or("")));
    } else {
      out.slot();
    }
    out.close();
    out.close();
    out.close();
  }
  out.close();
}

base::Outcome<void> add_subject_values(SlotValues& out, const CertificateSpec& spec, const TextValues& values) {
  for (const SubjectAttribute& attribute : spec.subject) {
    if (attribute.value.is_constant() && !attribute.optional) continue;
    const std::string text = attribute.value.expand(values).value_or("");
    if (text.empty() && attribute.optional) {
      out.add({});
      continue;
    }
    const AttributeType& type = *attribute.type;
    if (auto problem = attribute_value_problem(type, type.string_tag, base::as_bytes(text))) {
      return base::failure(base::ErrorCode::kLint, "subject: " + *problem,
                           "line " + std::to_string(attribute.line) + " of the profile",
                           "correct the unit's serial number or the order's variables (RFC 5280 appendix A.1)");
    }
    if (attribute.optional) {
      out.add(der::tlv(der::kSet, der::sequence({der::oid(type.oid), der::tlv(type.string_tag, text)})));
    } else {
      out.add(base::to_bytes(base::as_bytes(text)));
    }
  }
  return {};
}

}  // namespace cert
