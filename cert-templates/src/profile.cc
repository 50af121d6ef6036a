#include "cert-templates/src/profile.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "cert-templates/src/did_you_mean.h"
#include "cert-templates/src/limits.h"
#include "cert-templates/src/profile_sections.h"

namespace cert {
namespace {

using base::ErrorCode;
using Kind = TomlValue::Kind;

constexpr std::string_view kUnitPlaceholders[] = {"serial", "chip-id", "order", "batch"};
constexpr std::string_view kCheckInUri = "check-in-uri";

bool is_slug(std::string_view text, size_t longest) {
  if (text.empty() || text.size() > longest) return false;
  for (char c : text) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    if (!fits) return false;
  }
  return true;
}

void read_profile_section(const TomlValue& table, Profile::Data& out, ErrorList& errors) {
  TableReader in(table, "profile", {"name", "version", "production", "board"}, errors);
  if (const auto* name = in.require("name", Kind::kString, "write name = \"my-product\"")) {
    out.name = name->text;
    if (!is_slug(out.name, 64)) in.error(*name, "is not a valid name", "use 1 to 64 of a-z, 0-9, '-', '_' and '.'");
  }
  if (const auto* version = in.require("version", Kind::kInteger, "write version = 1 and raise it with each change")) {
    out.version = version->integer;
    if (out.version < 1) in.error(*version, "is below 1", "count versions from 1");
  }
  out.production = in.boolean("production", false);
  if (const auto* board = in.get("board", Kind::kString)) {
    if (board->text.empty() || board->text.size() > 64) {
      in.error(*board, "is empty or longer than 64 characters",
               "name the board as its agent does, or leave the line out");
    }
    out.board = board->text;
  }
}

void read_key_section(const TomlValue& table, Profile::Data& out, ErrorList& errors) {
  TableReader in(table, "key", {"origin", "curve"}, errors);
  if (const auto* origin = in.require("origin", Kind::kString, "write origin = \"device\"")) {
    if (origin->text == "factory") {
      out.key_origin = KeyOrigin::kFactory;
    } else if (origin->text != "device") {
      constexpr std::string_view kOrigins[] = {"device", "factory"};
      in.error(*origin, "is neither \"device\" nor \"factory\"", suggest(origin->text, kOrigins));
    }
  }
  const auto* curve = in.get("curve", Kind::kString);
  if (curve != nullptr && curve->text != "p256") in.error(*curve, "is no supported curve", "write \"p256\"");
}

void read_lock_section(const TomlValue& table, Profile::Data& out, ErrorList& errors) {
  TableReader in(table, "lock", {"read-protection"}, errors);
  const auto* level = in.get("read-protection", Kind::kInteger);
  if (level == nullptr) return;
  if (level->integer < 0 || level->integer > 2) {
    return in.error(*level, "is no level of read protection", "write 0, 1 or 2; 2 closes the chip for its whole life");
  }
  out.read_protection = static_cast<uint8_t>(level->integer);
}

void read_variables_section(const TomlValue& table, Profile::Data& out, ErrorList& errors) {
  for (const TomlValue& entry : table.children) {
    const std::string path = dotted("variables", entry.key);
    if (!is_slug(entry.key, 32)) {
      errors.add(entry.line, path, "is not a valid name for a variable", "use 1 to 32 of a-z, 0-9, '-', '_' and '.'");
      continue;
    }
    bool taken = entry.key == kCheckInUri;
    for (std::string_view name : kUnitPlaceholders) taken = taken || entry.key == name;
    if (taken) {
      errors.add(entry.line, path, "has the name of a built-in placeholder", "choose another name");
      continue;
    }
    auto pattern = read_pattern(entry, path, kUnitPlaceholders, errors);
    // A variable with a wrong default is still declared, so that its uses are not reported too.
    out.variables.emplace(entry.key, Variable{pattern.value_or(TextPattern()), entry.line});
  }
}

void read_rule_list(TableReader& in, std::string_view key,
                    std::initializer_list<std::pair<std::string_view, bool*>> sets) {
  const auto* list = in.get(key, Kind::kArray);
  if (list == nullptr) return;
  std::vector<std::string_view> names;
  for (const auto& set : sets) names.push_back(set.first);
  for (TomlValue element : list->children) {
    element.key = list->key;
    if (element.kind != Kind::kString) {
      in.error(element, "has an element that is " + std::string(element.kind_name()),
               "give names of rule sets as strings");
      continue;
    }
    bool found = false;
    for (const auto& [name, flag] : sets) {
      if (element.text != name) continue;
      *flag = true;
      found = true;
    }
    if (!found) in.error(element, "names an unknown rule set \"" + element.text + "\"", suggest(element.text, names));
  }
}

void read_rules_section(const TomlValue& table, Profile::Data& out, ErrorList& errors) {
  TableReader in(table, "rules", {"certificate", "items"}, errors);
  read_rule_list(in, "certificate", {{"ieee-802.1ar", &out.rules.ieee_802_1ar}});
  if (const auto* items = table.find("items")) out.rules.items_line = items->line;
  read_rule_list(in, "items", {{"first-boot", &out.rules.first_boot}, {"lwm2m-device", &out.rules.lwm2m_device}});
}

void read_document(const TomlValue& document, Profile::Data& out, ErrorList& errors) {
  TableReader top(document, "", {"profile", "variables", "key", "certificate", "items", "lock", "rules"}, errors);
  if (const auto* table = table_member(document, "profile", true, errors)) read_profile_section(*table, out, errors);
  if (const auto* table = table_member(document, "variables", false, errors))
    read_variables_section(*table, out, errors);
  if (const auto* table = table_member(document, "key", true, errors)) read_key_section(*table, out, errors);

  std::vector<std::string_view> placeholders(std::begin(kUnitPlaceholders), std::end(kUnitPlaceholders));
  for (const auto& [name, variable] : out.variables) placeholders.push_back(name);
  if (const auto* table = table_member(document, "certificate", true, errors)) {
    read_certificate_section(*table, placeholders, out.certificate, errors);
  }
  placeholders.push_back(kCheckInUri);
  if (const auto* table = table_member(document, "items", false, errors)) {
    read_items_section(*table, placeholders, out.items, errors);
  }
  if (const auto* table = table_member(document, "lock", false, errors)) read_lock_section(*table, out, errors);
  if (const auto* table = table_member(document, "rules", false, errors)) read_rules_section(*table, out, errors);
  check_profile(out, errors);
}

std::unexpected<base::Failure> profile_failure(ErrorCode code, const std::vector<ProfileError>& errors) {
  const ProfileError& first = errors.front();
  std::string what = first.field.empty() ? first.what : first.field + ": " + first.what;
  if (errors.size() > 1) what += " (and " + std::to_string(errors.size() - 1) + " more)";
  std::string where = first.file;
  if (first.line > 0) where += ":" + std::to_string(first.line);
  return base::failure(code, std::move(what), std::move(where), first.next);
}

}  // namespace

base::Outcome<Profile> Profile::parse(std::string_view toml, const std::string& file_name,
                                      std::vector<ProfileError>* errors) {
  std::vector<ProfileError> found;
  auto fail_with = [&](ErrorCode code) {
    auto failed = profile_failure(code, found);
    if (errors != nullptr) *errors = std::move(found);
    return failed;
  };
  if (errors != nullptr) errors->clear();
  if (toml.size() > kMaxProfileBytes) {
    found.push_back({file_name, 0, "", "the profile is longer than 256 KiB", "give the right file"});
    return fail_with(ErrorCode::kProfileSyntax);
  }
  auto document = read_toml(toml);
  if (!document) {
    found.push_back({file_name, document.error().line, "", "not valid TOML: " + document.error().what,
                     "correct the syntax in or before this line (https://toml.io/en/v1.0.0)"});
    return fail_with(ErrorCode::kProfileSyntax);
  }
  auto data = std::make_shared<Data>();
  data->file = file_name;
  data->source = std::string(toml);
  ErrorList list(file_name, found);
  read_document(*document, *data, list);
  if (!found.empty()) {
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
    return fail_with(ErrorCode::kProfileField);
  }
  Profile profile;
  profile.data_ = std::move(data);
  return profile;
}

base::Outcome<Profile> Profile::load(const std::filesystem::path& file, std::vector<ProfileError>* errors) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) {
    if (errors != nullptr)
      *errors = {{file.string(), 0, "", "the file cannot be read or is empty", "check the path and the permissions"}};
    return base::failure(ErrorCode::kProfileSyntax, "the profile cannot be read or is empty", file.string(),
                         "check the path and the permissions");
  }
  return parse(text.str(), file.string(), errors);
}

const std::string& Profile::name() const { return data_->name; }
int64_t Profile::version() const { return data_->version; }
bool Profile::production() const { return data_->production; }
const std::optional<std::string>& Profile::board() const { return data_->board; }
KeyOrigin Profile::key_origin() const { return data_->key_origin; }
uint8_t Profile::read_protection() const { return data_->read_protection; }
const std::string& Profile::source() const { return data_->source; }

base::Outcome<void> Profile::check_variables(const std::map<std::string, std::string>& variables) const {
  UnitValues unit;
  unit.variables = variables;
  BASE_TRY(unit_text_values(*data_, unit));
  return {};
}

base::Outcome<TextValues> unit_text_values(const Profile::Data& profile, const UnitValues& unit) {
  TextValues values = {
      {"serial", unit.serial}, {"chip-id", unit.chip_id_hex}, {"order", unit.order}, {"batch", unit.batch}};
  const TextValues built_in = values;
  for (const auto& [name, variable] : profile.variables) {
    values[name] = variable.value.expand(built_in).value_or("");
  }
  for (const auto& [name, text] : unit.variables) {
    if (!profile.variables.contains(name)) {
      std::vector<std::string_view> known;
      for (const auto& [declared, variable] : profile.variables) known.push_back(declared);
      return base::failure(ErrorCode::kInvalidArgument,
                           "the order sets a variable \"" + name + "\" that the profile does not declare", profile.file,
                           suggest(name, known));
    }
    const auto pattern = TextPattern::parse(text);
    if (!pattern) {
      return base::failure(ErrorCode::kInvalidArgument,
                           "the variable \"" + name + "\" of the order has " + pattern.error(), profile.file,
                           "write {name} for a placeholder, {{ and }} for braces");
    }
    auto expanded = pattern->expand(built_in);
    if (!expanded) {
      return base::failure(
          ErrorCode::kInvalidArgument,
          "the variable \"" + name + "\" of the order names an unknown placeholder {" + expanded.error() + "}",
          profile.file, suggest(expanded.error(), kUnitPlaceholders));
    }
    values[name] = *std::move(expanded);
  }
  return values;
}

}  // namespace cert
