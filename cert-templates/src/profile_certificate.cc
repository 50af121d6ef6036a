// The [certificate] table of a profile.
#include <algorithm>
#include <charconv>

#include "cert-templates/src/did_you_mean.h"
#include "cert-templates/src/oids.h"
#include "cert-templates/src/profile_sections.h"

namespace cert {
namespace {

using Kind = TomlValue::Kind;

struct NamedBit {
  std::string_view name;
  KeyUsageBit bit;
};
constexpr NamedBit kKeyUsages[] = {
    {"digital-signature", kDigitalSignature}, {"non-repudiation", kNonRepudiation}, {"key-agreement", kKeyAgreement}};

struct NamedPurpose {
  std::string_view name;
  base::ByteView oid;
};
constexpr NamedPurpose kPurposes[] = {{"client-auth", oids::kClientAuth}, {"server-auth", oids::kServerAuth}};

class SectionReader {
 public:
  SectionReader(const TomlValue& table, std::span<const std::string_view> placeholders, CertificateSpec& out,
                ErrorList& errors)
      : in_(table, "certificate",
            {"subject", "san", "key-usage", "extended-key-usage", "policies", "validity", "not-before",
             "basic-constraints", "subject-key-identifier", "authority-key-identifier"},
            errors),
        placeholders_(placeholders),
        out_(out),
        errors_(errors) {
    out_.line = table.line;
  }

  void read() {
    read_subject();
    read_san();
    const auto* subject = in_.get_any("subject");
    const auto* san = in_.get_any("san");
    out_.names_nothing = subject != nullptr && subject->kind == Kind::kArray && subject->children.empty() &&
                         (san == nullptr || (san->kind == Kind::kArray && san->children.empty()));
    read_key_usage();
    read_purposes();
    read_policies();
    read_validity();
    read_not_before();
    out_.basic_constraints = in_.boolean("basic-constraints", true);
    out_.subject_key_identifier = in_.boolean("subject-key-identifier", false);
    if (const auto* value = in_.get_any("authority-key-identifier")) out_.authority_key_identifier_line = value->line;
    out_.authority_key_identifier = in_.boolean("authority-key-identifier", true);
  }

 private:
  static constexpr std::string_view kSubjectExample = "write subject = [{ CN = \"{serial}\" }]";

  // The element's path is that of the array with an index: certificate.subject[0].
  static std::string element_path(const TomlValue& array, size_t index) {
    return "certificate." + array.key + "[" + std::to_string(index) + "]";
  }

  void read_subject() {
    const auto* list = in_.require("subject", Kind::kArray, std::string(kSubjectExample));
    if (list == nullptr) return;
    for (size_t i = 0; i < list->children.size(); ++i) read_attribute(list->children[i], element_path(*list, i));
  }

  void read_attribute(const TomlValue& element, const std::string& path) {
    if (element.kind != Kind::kTable) {
      errors_.add(element.line, path, "is " + std::string(element.kind_name()), std::string(kSubjectExample));
      return;
    }
    std::vector<std::string_view> names;
    for (const AttributeType& type : attribute_types()) names.push_back(type.name);
    SubjectAttribute attribute;
    attribute.line = element.line;
    size_t attributes = 0;
    std::optional<TextPattern> value;
    for (const TomlValue& member : element.children) {
      const std::string member_path = dotted(path, member.key);
      if (member.key == "optional") {
        if (member.kind != Kind::kBoolean)
          errors_.add(member.line, member_path, "is " + std::string(member.kind_name()), "give a boolean");
        attribute.optional = member.boolean;
        continue;
      }
      const AttributeType* type = find_attribute_type(member.key);
      if (type == nullptr) {
        errors_.add(member.line, member_path, "unknown attribute type", suggest(member.key, names));
        continue;
      }
      ++attributes;
      attribute.type = type;
      value = read_pattern(member, member_path, placeholders_, errors_);
      if (value && value->is_constant() && !(attribute.optional && member.text.empty())) {
        const std::string text = value->expand({}).value_or("");
        if (auto problem = attribute_value_problem(*type, type->string_tag, base::as_bytes(text))) {
          errors_.add(member.line, member_path, *problem, "correct the value (RFC 5280 appendix A.1)");
        }
      }
    }
    if (attributes > 1) {
      errors_.add(element.line, path, "has more than one attribute",
                  "write one { } for each attribute, in the order wanted");
    } else if (attributes == 0 && element.children.empty()) {
      errors_.add(element.line, path, "is empty", std::string(kSubjectExample));
    } else if (attributes == 1 && value) {
      attribute.value = *std::move(value);
      out_.subject.push_back(std::move(attribute));
    }
  }

  void read_san() {
    const auto* list = in_.get("san", Kind::kArray);
    if (list == nullptr) return;
    for (size_t i = 0; i < list->children.size(); ++i) read_alt_name(list->children[i], element_path(*list, i));
  }

  void read_alt_name(const TomlValue& element, const std::string& path) {
    constexpr std::string_view kExample =
        "write { dns = \"...\" }, { uri = \"...\" } or { hardware-module-name = { type = \"1.3.6.1.4.1...\", serial = "
        "\"{serial}\" } }";
    if (element.kind != Kind::kTable || element.children.size() != 1) {
      errors_.add(element.line, path, "is not a table with one name", std::string(kExample));
      return;
    }
    const TomlValue& member = element.children[0];
    const std::string member_path = dotted(path, member.key);
    AltName name;
    name.line = member.line;
    std::optional<TextPattern> value;
    if (member.key == "dns" || member.key == "uri") {
      name.kind = member.key == "dns" ? AltName::Kind::kDns : AltName::Kind::kUri;
      value = read_pattern(member, member_path, placeholders_, errors_);
    } else if (member.key == "hardware-module-name") {
      name.kind = AltName::Kind::kHardwareModuleName;
      if (member.kind != Kind::kTable) {
        errors_.add(member.line, member_path, "is " + std::string(member.kind_name()), std::string(kExample));
        return;
      }
      TableReader in(member, member_path, {"type", "serial"}, errors_);
      if (const auto* type =
              in.require("type", Kind::kString, "give the OID of the hardware type (RFC 4108 section 5)")) {
        name.hardware_type = read_oid(*type, in.path_of("type"));
      }
      if (const auto* serial = in.require("serial", Kind::kString, "write serial = \"{serial}\"")) {
        value = read_pattern(*serial, in.path_of("serial"), placeholders_, errors_);
      }
    } else {
      constexpr std::string_view kKinds[] = {"dns", "uri", "hardware-module-name"};
      errors_.add(member.line, member_path, "unknown kind of name", suggest(member.key, kKinds));
    }
    if (!value) return;
    name.value = *std::move(value);
    out_.san.push_back(std::move(name));
  }

  base::Bytes read_oid(const TomlValue& value, const std::string& path) {
    auto oid = value.kind == Kind::kString ? oids::parse(value.text) : std::nullopt;
    if (!oid)
      errors_.add(value.line, path, "is no object identifier", "write it with dots, e.g. \"1.3.6.1.4.1.32473.1\"");
    return oid.value_or(base::Bytes());
  }

  void read_key_usage() {
    const auto* list = in_.require("key-usage", Kind::kArray, "write key-usage = [\"digital-signature\"]");
    if (list == nullptr) return;
    out_.key_usage_line = list->line;
    std::vector<std::string_view> names;
    for (const NamedBit& usage : kKeyUsages) names.push_back(usage.name);
    for (size_t i = 0; i < list->children.size(); ++i) {
      const TomlValue& element = list->children[i];
      const auto* found = std::find_if(std::begin(kKeyUsages), std::end(kKeyUsages), [&](const NamedBit& usage) {
        return element.kind == Kind::kString && usage.name == element.text;
      });
      if (found == std::end(kKeyUsages)) {
        errors_.add(element.line, element_path(*list, i),
                    "is no key usage that a P-256 device key may have (RFC 5480 section 3)",
                    suggest(element.text, names));
      } else {
        out_.key_usage = static_cast<uint16_t>(out_.key_usage | found->bit);
      }
    }
    if (list->children.empty()) in_.error(*list, "is empty", "write [\"digital-signature\"]");
  }

  void read_purposes() {
    const auto* list = in_.get("extended-key-usage", Kind::kArray);
    if (list == nullptr) return;
    std::vector<std::string_view> names;
    for (const NamedPurpose& purpose : kPurposes) names.push_back(purpose.name);
    for (size_t i = 0; i < list->children.size(); ++i) {
      const TomlValue& element = list->children[i];
      const auto* found = std::find_if(std::begin(kPurposes), std::end(kPurposes), [&](const NamedPurpose& purpose) {
        return element.kind == Kind::kString && purpose.name == element.text;
      });
      base::Bytes oid;
      if (found != std::end(kPurposes)) {
        oid = base::to_bytes(found->oid);
      } else if (auto parsed = element.kind == Kind::kString ? oids::parse(element.text) : std::nullopt) {
        oid = *std::move(parsed);
      } else {
        errors_.add(element.line, element_path(*list, i), "is neither a known purpose nor an object identifier",
                    suggest(element.text, names) + ", or an OID with dots");
        continue;
      }
      add_unique(out_.extended_key_usage, std::move(oid), element, element_path(*list, i));
    }
  }

  void read_policies() {
    const auto* list = in_.get("policies", Kind::kArray);
    if (list == nullptr) return;
    for (size_t i = 0; i < list->children.size(); ++i) {
      base::Bytes oid = read_oid(list->children[i], element_path(*list, i));
      if (!oid.empty()) add_unique(out_.policies, std::move(oid), list->children[i], element_path(*list, i));
    }
  }

  void add_unique(std::vector<base::Bytes>& list, base::Bytes oid, const TomlValue& at, const std::string& path) {
    if (std::find(list.begin(), list.end(), oid) != list.end()) {
      errors_.add(at.line, path, "is listed twice", "remove one of them");
    } else {
      list.push_back(std::move(oid));
    }
  }

  void read_validity() {
    constexpr std::string_view kNext = "write \"no-expiry\", or a duration such as \"20 years\" or \"3650 days\"";
    const auto* value = in_.require("validity", Kind::kString, std::string(kNext));
    if (value == nullptr) return;
    out_.validity_line = value->line;
    if (value->text == "no-expiry") {
      out_.validity.no_expiry = true;
      return;
    }
    const std::string& text = value->text;
    int count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
    const bool years = unit == " years" || unit == " year";
    const bool days = unit == " days" || unit == " day";
    if (error != std::errc() || (!years && !days)) {
      in_.error(*value, "is no duration", std::string(kNext));
    } else if (count < 1 || count > (years ? 1000 : 365000)) {
      in_.error(*value, "is out of range", "give 1 to 1000 years, or 1 to 365000 days");
    } else if (years) {
      out_.validity.years = count;
    } else {
      out_.validity.days = count;
    }
  }

  void read_not_before() {
    const auto* value = in_.get_any("not-before");
    if (value == nullptr) return;
    if (value->kind == Kind::kDateTime && value->has_offset) {
      out_.not_before = {NotBefore::Rule::kFixed, value->integer};
      if (value->integer < 0) in_.error(*value, "is before 1970", "give a later date");
    } else if (value->kind == Kind::kString && value->text == "issuer") {
      out_.not_before.rule = NotBefore::Rule::kIssuer;
    } else if (value->kind != Kind::kString || value->text != "issuance") {
      in_.error(
          *value, "is no rule for the start of validity",
          "write \"issuance\", \"issuer\", or a date with its offset such as 2026-01-01T00:00:00Z (without quotes)");
    }
  }

  TableReader in_;
  std::span<const std::string_view> placeholders_;
  CertificateSpec& out_;
  ErrorList& errors_;
};

}  // namespace

void read_certificate_section(const TomlValue& table, std::span<const std::string_view> placeholders,
                              CertificateSpec& out, ErrorList& errors) {
  SectionReader(table, placeholders, out, errors).read();
}

}  // namespace cert
