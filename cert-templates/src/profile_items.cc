// The [items] table of a profile.
#include <algorithm>
#include <fstream>

#include "cert-templates/src/did_you_mean.h"
#include "cert-templates/src/item_rules.h"
#include "cert-templates/src/limits.h"
#include "cert-templates/src/profile_sections.h"
#include "cert-templates/src/time_text.h"

namespace cert {
namespace {

using Kind = TomlValue::Kind;

struct NamedKind {
  std::string_view name;
  ItemKind kind;
};
constexpr NamedKind kKinds[] = {
    {"text", ItemKind::kText},
    {"hex", ItemKind::kHex},
    {"uuid", ItemKind::kUuid},
    {"u32", ItemKind::kU32},
    {"u64", ItemKind::kU64},
    {"time", ItemKind::kTime},
    {"certificate", ItemKind::kCertificate},
    {"chain", ItemKind::kChain},
    {"server-ca", ItemKind::kServerCa},
    {"check-in-uri", ItemKind::kCheckInUri},
    {"file", ItemKind::kFile},
};

bool is_flag(ItemKind kind) {
  return kind == ItemKind::kCertificate || kind == ItemKind::kChain || kind == ItemKind::kServerCa ||
         kind == ItemKind::kCheckInUri;
}

class ItemReader {
 public:
  ItemReader(std::span<const std::string_view> placeholders, ErrorList& errors)
      : placeholders_(placeholders), errors_(errors) {}

  std::optional<ItemSpec> read(const TomlValue& entry) {
    path_ = dotted("items", entry.key);
    ItemSpec item;
    item.name = entry.key;
    item.line = entry.line;
    if (auto problem = item_name_problem(entry.key)) {
      add(entry, *problem, "use 1 to 100 of A-Z, a-z, 0-9, '_', '.' and '-', and quote a name that has dots");
    }
    if (entry.kind != Kind::kTable) {
      add(entry, "is " + std::string(entry.kind_name()), "write { text = \"...\" } or another kind: " + kind_list());
      return std::nullopt;
    }
    if (const auto* inner = unquoted(entry)) {
      const std::string name = entry.key + "." + inner->key;
      errors_.add(inner->line, "items." + name, "an item's name with dots is not quoted",
                  "write \"" + name + "\" = ...");
      return std::nullopt;
    }
    const TomlValue* value = find_kind(entry, item);
    TableReader in(entry, path_,
                   {"text", "hex", "uuid", "u32", "u64", "time", "certificate", "chain", "server-ca", "check-in-uri",
                    "file", "write-once", "optional"},
                   errors_);
    item.write_once = in.boolean("write-once", true);
    item.optional = in.boolean("optional", false);
    if (value == nullptr || !read_value(*value, item)) return std::nullopt;
    return item;
  }

 private:
  static std::string kind_list() {
    std::string list;
    for (const NamedKind& kind : kKinds) list += (list.empty() ? "" : ", ") + std::string(kind.name);
    return list;
  }

  void add(const TomlValue& at, std::string what, std::string next) {
    errors_.add(at.line, path_, std::move(what), std::move(next));
  }

  // mbed.CurrentTime = {...} without quotes is a table "mbed" with a member "CurrentTime" to TOML.
  static const TomlValue* unquoted(const TomlValue& entry) {
    const auto found = std::find_if(entry.children.begin(), entry.children.end(),
                                    [](const TomlValue& member) { return member.kind == Kind::kTable; });
    return found == entry.children.end() ? nullptr : &*found;
  }

  const TomlValue* find_kind(const TomlValue& entry, ItemSpec& item) {
    const TomlValue* value = nullptr;
    bool unknown = false;
    for (const TomlValue& member : entry.children) {
      const auto* kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                      [&](const NamedKind& known) { return known.name == member.key; });
      if (kind == std::end(kKinds)) {
        unknown = unknown || (member.key != "write-once" && member.key != "optional");
        continue;
      }
      if (value != nullptr) {
        add(member, "has two values: " + value->key + " and " + member.key, "keep one");
        return nullptr;
      }
      value = &member;
      item.kind = kind->kind;
    }
    if (value == nullptr && !unknown) add(entry, "has no value", "give one of: " + kind_list());
    return value;
  }

  bool read_value(const TomlValue& value, ItemSpec& item) {
    if (is_flag(item.kind)) {
      if (value.kind == Kind::kBoolean && value.boolean) return true;
      add(value, value.key + " is not true", "write " + value.key + " = true");
      return false;
    }
    if (item.kind == ItemKind::kFile) return read_file_value(value, item);
    TomlValue text = value;
    if ((item.kind == ItemKind::kU32 || item.kind == ItemKind::kU64) && value.kind == Kind::kInteger) {
      text.kind = Kind::kString;
      text.text = std::to_string(value.integer);
    } else if (item.kind == ItemKind::kTime && value.kind == Kind::kDateTime) {
      if (!value.has_offset) {
        add(value, "is no point in time", "write date, time and offset, e.g. 2026-01-01T00:00:00Z");
        return false;
      }
      text.kind = Kind::kString;
      text.text = time_text(value.integer);
    }
    auto pattern = read_pattern(text, path_ + "." + value.key, placeholders_, errors_);
    if (!pattern) return false;
    item.value = *std::move(pattern);
    if (!item.value.is_constant()) return true;
    auto bytes = encode_item_text(item.kind, item.value.expand({}).value_or(""), 0);
    if (!bytes) {
      add(value, bytes.error(), "correct the value");
      return false;
    }
    if (bytes->size() > kMaxItemValueSize)
      add(value, "is longer than 2048 bytes", "shorten it or split it over two items");
    return true;
  }

  // Below the folder of the profile, so that the two travel together.
  bool read_file_value(const TomlValue& value, ItemSpec& item) {
    const std::filesystem::path given = value.kind == Kind::kString ? value.text : "";
    if (given.empty() || given.is_absolute() || std::find(given.begin(), given.end(), "..") != given.end()) {
      add(value, "file is no path below the folder of the profile", "write file = \"name.bin\"");
      return false;
    }
    const std::filesystem::path path = std::filesystem::path(errors_.file()).parent_path() / given;
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) {
      add(value, "there is no file " + path.string(), "put it there, or correct the path (relative to the profile)");
      return false;
    }
    std::ifstream in(path, std::ios::binary);
    item.file.resize(kMaxItemValueSize + 1);
    in.read(reinterpret_cast<char*>(item.file.data()), static_cast<std::streamsize>(item.file.size()));
    item.file.resize(static_cast<size_t>(in.gcount()));
    if (item.file.empty() || item.file.size() > kMaxItemValueSize) {
      add(value, "the file " + path.string() + " is empty, unreadable or longer than 2048 bytes",
          "give a file of 1 to 2048 bytes");
      return false;
    }
    return true;
  }

  std::span<const std::string_view> placeholders_;
  ErrorList& errors_;
  std::string path_;
};

}  // namespace

void read_items_section(const TomlValue& table, std::span<const std::string_view> placeholders,
                        std::vector<ItemSpec>& out, ErrorList& errors) {
  ItemReader reader(placeholders, errors);
  for (const TomlValue& entry : table.children) {
    if (auto item = reader.read(entry)) out.push_back(*std::move(item));
  }
  if (table.children.size() > kMaxItemCount) {
    errors.add(table.line, "items", "has " + std::to_string(table.children.size()) + " items, a unit holds 48",
               "remove some, or join several into one");
  }
}

}  // namespace cert
