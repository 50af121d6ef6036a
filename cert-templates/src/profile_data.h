// What a parsed profile holds; shared by the files of this folder, opaque to others.
#pragma once

#include "cert-templates/src/name_attributes.h"
#include "cert-templates/src/profile.h"
#include "cert-templates/src/text_pattern.h"

namespace cert {

struct SubjectAttribute {
  const AttributeType* type = nullptr;
  TextPattern value;
  bool optional = false;  // left out where the value is empty
  int line = 0;
};

struct AltName {
  enum class Kind { kHardwareModuleName, kDns, kUri };
  Kind kind = Kind::kUri;
  base::Bytes hardware_type;  // OID content octets
  TextPattern value;
  int line = 0;
};

struct Validity {
  bool no_expiry = false;
  int years = 0;  // one of years and days is set otherwise
  int64_t days = 0;
};

struct NotBefore {
  enum class Rule { kIssuance, kIssuer, kFixed };
  Rule rule = Rule::kIssuance;
  int64_t fixed = 0;
};

// Named bits of KeyUsage (RFC 5280 section 4.2.1.3): bit n is 0x8000 >> n.
enum KeyUsageBit : uint16_t {
  kDigitalSignature = 0x8000,
  kNonRepudiation = 0x4000,
  kKeyEncipherment = 0x2000,
  kDataEncipherment = 0x1000,
  kKeyAgreement = 0x0800,
  kKeyCertSign = 0x0400,
  kCrlSign = 0x0200,
  kEncipherOnly = 0x0100,
  kDecipherOnly = 0x0080,
};

struct CertificateSpec {
  std::vector<SubjectAttribute> subject;
  std::vector<AltName> san;
  uint16_t key_usage = 0;                       // KeyUsageBit
  std::vector<base::Bytes> extended_key_usage;  // OID content octets; empty: no extension
  std::vector<base::Bytes> policies;
  Validity validity;
  NotBefore not_before;
  bool basic_constraints = true;
  bool subject_key_identifier = false;
  bool authority_key_identifier = true;
  bool names_nothing = false;  // the file gives neither a subject nor a san, not even a wrong one
  int line = 0;
  int validity_line = 0;
  int key_usage_line = 0;
  int authority_key_identifier_line = 0;
};

enum class ItemKind { kText, kHex, kUuid, kU32, kU64, kTime, kCertificate, kChain, kServerCa, kCheckInUri, kFile };

struct ItemSpec {
  std::string name;
  ItemKind kind = ItemKind::kText;
  TextPattern value;  // kText, kHex, kUuid, kU32, kU64, kTime
  base::Bytes file;   // kFile: as read when the profile was
  bool write_once = true;
  bool optional = false;  // left out where the value is empty
  int line = 0;
};

struct Variable {
  TextPattern value;
  int line = 0;
};

struct RuleSets {
  bool ieee_802_1ar = false;
  bool first_boot = false;
  bool lwm2m_device = false;
  int items_line = 0;  // of rules.items
};

struct Profile::Data {
  std::string file;
  std::string source;
  std::string name;
  int64_t version = 0;
  bool production = false;
  std::optional<std::string> board;
  KeyOrigin key_origin = KeyOrigin::kDevice;
  uint8_t read_protection = 0;
  std::map<std::string, Variable, std::less<>> variables;
  CertificateSpec certificate;
  std::vector<ItemSpec> items;
  RuleSets rules;
};

// The value of every placeholder for one unit. kInvalidArgument: the order gives a variable that the profile does not
// declare, or one whose own placeholders are unknown.
base::Outcome<TextValues> unit_text_values(const Profile::Data& profile, const UnitValues& unit);

// The bytes of an item of a kind that is written as text; the error in words.
std::expected<base::Bytes, std::string> encode_item_text(ItemKind kind, std::string_view text, int64_t now);

}  // namespace cert
