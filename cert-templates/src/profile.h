// A product profile: one TOML file that names certificate, key origin, items and rules of a product.
// docs/profiles.md documents every field. Parsing reports every error of the file at once, each with
// file, line and what to change.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/host/bytes_host.h"
#include "base/host/failure.h"

namespace cert {

enum class KeyOrigin { kDevice, kFactory };

// What is known of one unit when its items and certificate are made. Placeholders in a profile are
// "{serial}", "{chip-id}" (lower-case hex), "{order}", "{batch}", and any `[variables]` the order gives.
struct UnitValues {
  std::string serial;
  std::string chip_id_hex;
  std::string order;
  std::string batch;
  std::map<std::string, std::string> variables;
  int64_t now = 0;  // seconds since 1970, for time items
};

// The certificates an item can refer to.
struct CertificateSet {
  base::Bytes device;              // DER
  std::vector<base::Bytes> chain;  // issuing CA first, without the root
  base::Bytes server_ca;           // DER of the CA that the check-in server's certificate leads to
  std::string check_in_uri;        // of this factory home; used where a profile says "{check-in-uri}"
};

struct Item {
  std::string name;
  bool write_once = true;
  base::Bytes value;
};

struct ProfileError {
  std::string file;
  int line = 0;       // 1-based; 0 unknown
  std::string field;  // dotted path
  std::string what;
  std::string next;  // what to change
};

class Profile {
 public:
  // kProfileSyntax, kProfileField. Failure::where is "file:line" of the first error; `errors` takes all of them.
  static base::Outcome<Profile> load(const std::filesystem::path& file, std::vector<ProfileError>* errors = nullptr);
  static base::Outcome<Profile> parse(std::string_view toml, const std::string& file_name,
                                      std::vector<ProfileError>* errors = nullptr);

  const std::string& name() const;
  int64_t version() const;
  bool production() const;                          // irreversible steps run without --execute
  const std::optional<std::string>& board() const;  // nothing: any board
  KeyOrigin key_origin() const;
  // Read protection that a locked chip must have at least (protocol/SPEC.md section 4): 0 to 2.
  uint8_t read_protection() const;
  const std::string& source() const;  // the TOML text as it was read

  // Checks what an order would set: every name is declared under [variables], every placeholder known.
  // kInvalidArgument.
  base::Outcome<void> check_variables(const std::map<std::string, std::string>& variables) const;

  // The items of a unit, in the order of the profile, placeholders filled in. kItemRule: a value breaks a rule.
  base::Outcome<std::vector<Item>> items(const UnitValues& unit, const CertificateSet& certificates) const;

  struct Data;
  const Data& data() const { return *data_; }

 private:
  std::shared_ptr<const Data> data_;
};

}  // namespace cert
