// Certificates for tests, made with libcrypto: whatever a test wants to be right or wrong about them.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/host/bytes_host.h"

struct evp_pkey_st;

namespace test {

enum class KeyKind { kP256, kRsa2048 };

// A key pair. `public_point`: 65 bytes, and `scalar`: 32 bytes, for P-256 only.
class KeyPair {
 public:
  static KeyPair generate(KeyKind kind = KeyKind::kP256);
  [[nodiscard]] base::ByteArray<65> public_point() const;
  [[nodiscard]] base::ByteArray<32> scalar() const;
  [[nodiscard]] std::string pem() const;  // not encrypted
  [[nodiscard]] evp_pkey_st* get() const { return key_.get(); }

 private:
  explicit KeyPair(evp_pkey_st* key);
  std::shared_ptr<evp_pkey_st> key_;
};

struct CertificateOptions {
  std::string common_name = "test";
  bool is_ca = false;
  std::vector<std::string> alt_names;  // "DNS:localhost", "IP:127.0.0.1", "IP:::1"
  std::string extended_key_usage;      // "serverAuth", "clientAuth", "" for none
  int64_t not_before = 1577836800;     // 2020-01-01
  int64_t not_after = 4102444800;      // 2100-01-01
};

struct Certificate {
  base::Bytes der;
  KeyPair key;
  [[nodiscard]] std::string pem() const;
  [[nodiscard]] base::ByteArray<32> fingerprint() const;
};

// Self-signed.
Certificate make_root(const CertificateOptions& options);
Certificate make_root(const std::string& common_name);
Certificate make_certificate(const CertificateOptions& options, const Certificate& issuer);
// For a key that lives elsewhere: the result's key is `key`.
Certificate make_certificate(const CertificateOptions& options, const Certificate& issuer, const KeyPair& key);

// Writes `text` to a file and returns its path.
std::string write_file(const std::filesystem::path& path, const std::string& text);

}  // namespace test
