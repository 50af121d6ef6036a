// ca create | import | show.
#include "cert-templates/src/issuer.h"
#include "factory-tool/cmd/tool.h"
#include "factory-tool/files.h"
#include "factory-tool/table.h"

namespace factory {
namespace {

std::string expiry_text(int64_t not_after) { return not_after == INT64_MAX ? "never" : time_text(not_after * 1000); }

Status show(Tool& tool, const std::vector<CaEntry>& entries) {
  Table table({"name", "subject", "issuer", "valid until", "key", "sha-256"});
  for (const CaEntry& ca : entries) {
    BASE_ASSIGN(const cert::CertificateInfo info, cert::inspect(ca.certificate));
    if (tool.json()) {
      JsonWriter json;
      json.begin_object().field("name", ca.name).field("subject", info.subject).field("issuer", info.issuer);
      json.key("not-after");
      if (info.not_after == INT64_MAX) {
        json.null();
      } else {
        json.number(info.not_after);
      }
      tool.print(json.field("has-key", ca.has_key).field("sha-256", base::to_hex(info.fingerprint)).end_object());
    } else {
      table.add({ca.name, info.subject, info.issuer, expiry_text(info.not_after), ca.has_key ? "here" : "-",
                 base::to_hex(info.fingerprint).substr(0, 16)});
    }
  }
  if (!tool.json()) tool.out() << table.text();
  return {};
}

}  // namespace

Status run(Tool& tool, const CaCreateOptions& options) {
  BASE_TRY(check_name("a CA", options.name));
  BASE_ASSIGN(const Home home, tool.home());
  BASE_ASSIGN(const base::SecretBuffer passphrase, tool.passphrase(home));
  CaStore cas(home.ca());
  const CaRequest request{options.organization, options.common_name.empty() ? options.name : options.common_name,
                          options.path_length, options.days};
  BASE_ASSIGN(const CaEntry made,
              cas.create(options.name, request, options.issuer, passphrase.view(), now_milliseconds() / 1000));
  return show(tool, {made});
}

Status run(Tool& tool, const CaImportOptions& options) {
  BASE_TRY(check_name("a CA", options.name));
  BASE_ASSIGN(const Home home, tool.home());
  BASE_ASSIGN(const base::SecretBuffer passphrase, tool.passphrase(home));
  BASE_ASSIGN(const base::Bytes certificate, read_file(options.certificate));
  base::SecretBuffer key;
  base::SecretBuffer key_passphrase(passphrase.view());
  if (!options.key.empty()) {
    BASE_ASSIGN(key, read_secret_file(options.key));
  }
  if (!options.key_passphrase_file.empty()) {
    BASE_ASSIGN(key_passphrase, read_secret_file(options.key_passphrase_file, 1024));
    base::ByteView trimmed = key_passphrase.view();
    while (!trimmed.empty() && (trimmed.back() == '\n' || trimmed.back() == '\r'))
      trimmed = trimmed.first(trimmed.size() - 1);
    key_passphrase = base::SecretBuffer(trimmed);
  }
  CaStore cas(home.ca());
  const auto made = cas.import(options.name, certificate, key.view(), key_passphrase.view(), passphrase.view(),
                               now_milliseconds() / 1000);
  if (!made) {
    base::Failure problem = made.error();
    if (problem.where == options.name) problem.where += ", from " + options.certificate.string();
    return std::unexpected(std::move(problem));
  }
  return show(tool, {*made});
}

Status run(Tool& tool, const CaShowOptions& options) {
  BASE_ASSIGN(const Home home, tool.home());
  const CaStore cas(home.ca());
  if (options.name.empty()) {
    BASE_ASSIGN(const std::vector<CaEntry> all, cas.list());
    return show(tool, all);
  }
  BASE_ASSIGN(const CaEntry ca, cas.find(options.name));
  return show(tool, {ca});
}

}  // namespace factory
