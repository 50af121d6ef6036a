// profile check.
#include <algorithm>

#include "factory-tool/cmd/tool.h"
#include "factory-tool/session/precheck.h"
#include "factory-tool/table.h"

namespace factory {
namespace {

// A sample order of nothing but the profile.
db::Order sample_order(const cert::Profile& profile) {
  db::Order order;
  order.name = "sample";
  order.batch = "sample";
  order.profile_name = profile.name();
  order.serial_prefix = "SAMPLE-";
  order.quantity = 1;
  return order;
}

// Text where it is text, else hexadecimal, shortened.
std::string shown(const base::Bytes& value) {
  constexpr size_t kWidth = 48;
  const bool is_text =
      !value.empty() && std::all_of(value.begin(), value.end(), [](uint8_t c) { return c >= 0x20 && c < 0x7F; });
  std::string text = is_text ? std::string(base::as_text(value)) : base::to_hex(value);
  if (text.size() > kWidth) text = text.substr(0, kWidth) + "...";
  return text;
}

}  // namespace

Status run(Tool& tool, const ProfileCheckOptions& options) {
  BASE_ASSIGN(const Home home, tool.home());
  BASE_ASSIGN(const cert::Profile profile, tool.load_profile(home, options.file));
  BASE_ASSIGN(const PrecheckInputs inputs, precheck_inputs(home.ca(), home.settings().check_in_uri, "dev"));
  BASE_ASSIGN(const Sample sample, make_sample(sample_order(profile), profile, inputs, now_milliseconds() / 1000));
  for (const cert::ItemFinding& finding : sample.findings) {
    if (finding.is_error) {
      return base::failure(base::ErrorCode::kItemRule, finding.item + ": " + finding.what, "profile " + profile.name(),
                           finding.next);
    }
    tool.err() << "warning: " << finding.item << ": " << finding.what << '\n';
  }
  BASE_ASSIGN(const cert::CertificateInfo info, cert::inspect(sample.certificate));
  if (tool.json()) {
    JsonWriter json;
    json.begin_object()
        .field("name", profile.name())
        .field("version", profile.version())
        .field("production", profile.production());
    json.optional_field("board", profile.board())
        .field("key-origin", profile.key_origin() == cert::KeyOrigin::kDevice ? "device" : "factory")
        .field("read-protection", int64_t{profile.read_protection()});
    json.field("sample-subject", info.subject).key("items").begin_array();
    for (const cert::Item& item : sample.items) {
      json.begin_object().field("name", item.name).field("write-once", item.write_once);
      json.field("bytes", static_cast<int64_t>(item.value.size())).end_object();
    }
    tool.print(json.end_array().end_object());
    return {};
  }
  tool.out() << "profile " << profile.name() << " version " << profile.version() << " is fine\n";
  if (!options.explain) return {};
  tool.out() << "\nboard        " << profile.board().value_or("any") << "\nkey          made by the "
             << (profile.key_origin() == cert::KeyOrigin::kDevice ? "device" : "factory") << "\nlock         "
             << (profile.production() ? "always (production)" : "only with --execute") << ", read protection level "
             << int{profile.read_protection()} << "\nsubject      " << info.subject << "\ncertificate  "
             << sample.certificate.size() << " bytes\n\n";
  Table table({"item", "bytes", "write", "value in a sample unit"});
  size_t total = 0;
  for (const cert::Item& item : sample.items) {
    table.add({item.name, std::to_string(item.value.size()), item.write_once ? "once" : "again", shown(item.value)});
    total += item.value.size();
  }
  tool.out() << table.text() << total << " bytes in " << sample.items.size() << " items\n";
  return {};
}

}  // namespace factory
