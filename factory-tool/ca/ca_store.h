// The certificate authorities of a home: ca/NAME/{cert.der, key.pem}. One without a key only completes chains.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "factory-tool/ca/certificate_maker.h"
#include "factory-tool/ca/key_file_signer.h"

namespace factory {

struct CaEntry {
  std::string name;
  base::Bytes certificate;  // DER
  bool has_key = false;
};

class CaStore {
 public:
  explicit CaStore(std::filesystem::path directory) : directory_(std::move(directory)) {}

  // All of them by name. kIo.
  base::Outcome<std::vector<CaEntry>> list() const;
  // kConfiguration: no CA of this name.
  base::Outcome<CaEntry> find(const std::string& name) const;

  // Makes key and certificate; `issuer` empty: self-signed. kConfiguration (the name is taken, no such issuer),
  // kSigner*, kCa*.
  base::Outcome<CaEntry> create(const std::string& name, const CaRequest& request, const std::string& issuer,
                                base::ByteView passphrase, int64_t now);
  // Takes in a CA made elsewhere. `key_pem` empty: for chains only. kCaUnfit, kCaExpired, kSignerKey, kConfiguration
  // (taken).
  base::Outcome<CaEntry> import(const std::string& name, base::ByteView certificate, base::ByteView key_pem,
                                base::ByteView key_passphrase, base::ByteView passphrase, int64_t now);

  // kSignerUnavailable: it has no key here; and what KeyFileSigner::open says.
  base::Outcome<KeyFileSigner> signer(const std::string& name, base::ByteView passphrase, int64_t now) const;
  // From `name` upwards to below the root, by signature; as far as the home knows them.
  base::Outcome<std::vector<base::Bytes>> chain(const std::string& name) const;
  // A TLS server certificate and its key, signed by the CA `issuer`; the key in plain PEM.
  struct ServerIdentity {
    std::string certificate_pem;
    base::SecretBuffer key_pem;
  };
  base::Outcome<ServerIdentity> make_server_identity(const std::string& issuer, const std::string& organization,
                                                     const std::string& host, int days, base::ByteView passphrase,
                                                     int64_t now) const;

 private:
  base::Outcome<PrivateKey> open_key(const CaEntry& ca, base::ByteView passphrase) const;
  base::Outcome<CaEntry> store(const std::string& name, const base::Bytes& certificate, base::ByteView key_pem) const;

  std::filesystem::path directory_;
};

}  // namespace factory
