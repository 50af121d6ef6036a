#include "factory-tool/ca/ca_store.h"

#include <unistd.h>

#include <algorithm>

#include "factory-tool/files.h"

namespace factory {
namespace {

namespace fs = std::filesystem;
using base::Bytes;
using base::ByteView;
using base::ErrorCode;
using base::failure;
using base::Outcome;

// Chains of this family have five certificates at most; the bound also ends a loop of cross-certificates.
constexpr size_t kMaxChain = 5;

}  // namespace

Outcome<std::vector<CaEntry>> CaStore::list() const {
  std::vector<CaEntry> entries;
  std::error_code error;
  for (const auto& item : fs::directory_iterator(directory_, error)) {
    if (!item.is_directory() || item.path().filename().string().find(".new-") != std::string::npos) continue;
    BASE_ASSIGN(CaEntry entry, find(item.path().filename().string()));
    entries.push_back(std::move(entry));
  }
  if (error) return failure(ErrorCode::kIo, "the CAs cannot be listed: " + error.message(), directory_.string());
  std::sort(entries.begin(), entries.end(), [](const CaEntry& a, const CaEntry& b) { return a.name < b.name; });
  return entries;
}

Outcome<CaEntry> CaStore::find(const std::string& name) const {
  std::error_code error;
  if (name.empty() || name.find('/') != std::string::npos || !fs::exists(directory_ / name / "cert.der", error)) {
    return failure(ErrorCode::kConfiguration, "this home has no CA `" + name + "`", directory_.string(),
                   "`factory-tool ca show` lists them; `ca create` or `ca import` adds one.");
  }
  BASE_ASSIGN(Bytes certificate, read_file(directory_ / name / "cert.der"));
  return CaEntry{name, std::move(certificate), fs::exists(directory_ / name / "key.pem", error)};
}

Outcome<CaEntry> CaStore::store(const std::string& name, const Bytes& certificate, ByteView key_pem) const {
  const fs::path final_path = directory_ / name;
  const fs::path draft = directory_ / (name + ".new-" + std::to_string(::getpid()));
  std::error_code error;
  if (fs::exists(final_path, error)) {
    return failure(ErrorCode::kConfiguration, "a CA `" + name + "` exists already and is not overwritten",
                   final_path.string(), "Choose another name.");
  }
  fs::remove_all(draft, error);
  BASE_TRY(create_private_directory(draft));
  const auto fill = [&]() -> Outcome<void> {
    BASE_TRY(create_file(draft / "cert.der", certificate, kPublicFileMode));
    if (!key_pem.empty()) BASE_TRY(create_file(draft / "key.pem", key_pem, kSecretFileMode));
    return {};
  };
  if (auto filled = fill(); !filled) {
    fs::remove_all(draft, error);
    return std::unexpected(filled.error());
  }
  fs::rename(draft, final_path, error);
  if (error) {
    const std::string why = error.message();
    fs::remove_all(draft, error);
    return failure(ErrorCode::kIo, "the CA cannot be put in place: " + why, final_path.string());
  }
  return CaEntry{name, certificate, !key_pem.empty()};
}

Outcome<PrivateKey> CaStore::open_key(const CaEntry& ca, ByteView passphrase) const {
  const fs::path file = directory_ / ca.name / "key.pem";
  if (!ca.has_key) {
    return failure(ErrorCode::kSignerUnavailable, "the key of the CA `" + ca.name + "` is not in this home",
                   file.string(), "Name a CA that can sign here; `factory-tool ca show` says which.");
  }
  BASE_ASSIGN(const base::SecretBuffer pem, read_secret_file(file));
  return parse_private_key(pem.view(), passphrase, file.string());
}

Outcome<CaEntry> CaStore::create(const std::string& name, const CaRequest& request, const std::string& issuer,
                                 ByteView passphrase, int64_t now) {
  BASE_ASSIGN(const PrivateKey key, generate_p256_key());
  Certificate certificate;
  if (issuer.empty()) {
    BASE_ASSIGN(certificate, make_ca_certificate(request, now, key, nullptr, nullptr));
  } else {
    BASE_ASSIGN(const CaEntry parent, find(issuer));
    BASE_ASSIGN(const Certificate parent_certificate, parse_certificate(parent.certificate, issuer));
    BASE_TRY(check_ca_certificate(parent_certificate.get(), now, issuer));
    const long parent_length = X509_get_pathlen(parent_certificate.get());
    if (parent_length == 0) {
      return failure(ErrorCode::kCaUnfit, "the CA `" + issuer + "` may not issue to other CAs (pathLenConstraint 0)");
    }
    BASE_ASSIGN(const PrivateKey parent_key, open_key(parent, passphrase));
    BASE_ASSIGN(certificate, make_ca_certificate(request, now, key, parent_certificate.get(), &parent_key));
  }
  BASE_ASSIGN(const Bytes der, certificate_der(certificate.get()));
  BASE_ASSIGN(const base::SecretBuffer pem, private_key_pem(key, passphrase));
  return store(name, der, pem.view());
}

Outcome<CaEntry> CaStore::import(const std::string& name, ByteView certificate, ByteView key_pem,
                                 ByteView key_passphrase, ByteView passphrase, int64_t now) {
  BASE_ASSIGN(const Certificate parsed, parse_certificate(certificate, name));
  BASE_TRY(check_ca_certificate(parsed.get(), now, name));
  BASE_ASSIGN(const Bytes der, certificate_der(parsed.get()));
  if (key_pem.empty()) return store(name, der, {});
  BASE_ASSIGN(const PrivateKey key, parse_private_key(key_pem, key_passphrase, name));
  if (EVP_PKEY_eq(X509_get0_pubkey(parsed.get()), key.get()) != 1) {
    return failure(ErrorCode::kSignerKey, "the private key does not belong to the certificate", name,
                   "Give certificate and key of the same CA.");
  }
  BASE_ASSIGN(const base::SecretBuffer pem, private_key_pem(key, passphrase));
  return store(name, der, pem.view());
}

Outcome<KeyFileSigner> CaStore::signer(const std::string& name, ByteView passphrase, int64_t now) const {
  BASE_ASSIGN(const CaEntry ca, find(name));
  const fs::path file = directory_ / name / "key.pem";
  if (!ca.has_key) BASE_TRY(open_key(ca, passphrase));
  BASE_ASSIGN(const base::SecretBuffer pem, read_secret_file(file));
  return KeyFileSigner::open(ca.certificate, pem.view(), passphrase, file.string(), now);
}

Outcome<std::vector<Bytes>> CaStore::chain(const std::string& name) const {
  BASE_ASSIGN(const std::vector<CaEntry> all, list());
  BASE_ASSIGN(CaEntry current, find(name));
  std::vector<Bytes> result;
  while (result.size() < kMaxChain) {
    BASE_ASSIGN(const Certificate certificate, parse_certificate(current.certificate, current.name));
    const bool self_signed = (X509_get_extension_flags(certificate.get()) & EXFLAG_SS) != 0;
    // A root is the verifier's own; it is sent only where it is itself the issuing CA.
    if (self_signed && !result.empty()) break;
    result.push_back(current.certificate);
    if (self_signed) break;
    bool found = false;
    for (const CaEntry& candidate : all) {
      BASE_ASSIGN(const Certificate parent, parse_certificate(candidate.certificate, candidate.name));
      if (X509_check_issued(parent.get(), certificate.get()) == X509_V_OK &&
          X509_verify(certificate.get(), X509_get0_pubkey(parent.get())) == 1) {
        current = candidate;
        found = true;
        break;
      }
    }
    openssl_error();  // candidates that did not fit left errors in the queue
    if (!found) break;
  }
  return result;
}

Outcome<CaStore::ServerIdentity> CaStore::make_server_identity(const std::string& issuer,
                                                               const std::string& organization, const std::string& host,
                                                               int days, ByteView passphrase, int64_t now) const {
  BASE_ASSIGN(const CaEntry parent, find(issuer));
  BASE_ASSIGN(const Certificate parent_certificate, parse_certificate(parent.certificate, issuer));
  BASE_TRY(check_ca_certificate(parent_certificate.get(), now, issuer));
  BASE_ASSIGN(const PrivateKey parent_key, open_key(parent, passphrase));
  BASE_ASSIGN(const PrivateKey key, generate_p256_key());
  BASE_ASSIGN(const Certificate certificate,
              make_server_certificate(organization, host, now, days, key, parent_certificate.get(), parent_key));
  BASE_ASSIGN(std::string pem, certificate_pem(certificate.get()));
  BASE_ASSIGN(base::SecretBuffer key_pem, private_key_pem(key, {}));
  return ServerIdentity{std::move(pem), std::move(key_pem)};
}

}  // namespace factory
