#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "factory-tool/ca/ca_store.h"
#include "factory-tool/files.h"

namespace factory {
namespace {

namespace fs = std::filesystem;
using base::as_bytes;
using base::ByteView;
using base::ErrorCode;

// As long as a drawn one, so that keys open in no time; "another" below is stretched in full.
const ByteView kPassphrase = as_bytes("correct horse battery staple, and more words until it is long enough");

bool runs(const std::string& command) { return std::system((command + " >/dev/null 2>&1").c_str()) == 0; }

class CaStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/factory-ca-test-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
    store_ = CaStore(directory_ / "ca");
    ASSERT_TRUE(create_private_directory(directory_ / "ca"));
  }
  void TearDown() override { fs::remove_all(directory_); }

  void make_pair() {
    auto root = store_.create("root", {"Org", "Root", std::nullopt, std::nullopt}, {}, kPassphrase, now_);
    ASSERT_TRUE(root) << root.error().to_string();
    auto issuing = store_.create("issuing", {"Org", "Issuing", 0, 3650}, "root", kPassphrase, now_);
    ASSERT_TRUE(issuing) << issuing.error().to_string();
  }
  // The certificate of a CA as PEM, for openssl.
  std::string pem_of(const std::string& name) {
    const auto entry = store_.find(name);
    const auto parsed = parse_certificate(entry->certificate, name);
    const fs::path file = directory_ / (name + ".pem.test");
    EXPECT_TRUE(replace_file(file, as_bytes(*certificate_pem(parsed->get())), kPublicFileMode));
    return file.string();
  }

  int64_t now_ = std::time(nullptr);
  fs::path directory_;
  CaStore store_{"unset"};
};

TEST_F(CaStoreTest, WhatItMakesPassesOpensslInStrictMode) {
  make_pair();
  const std::string root = pem_of("root");
  const std::string issuing = pem_of("issuing");
  EXPECT_TRUE(runs("openssl verify -x509_strict -check_ss_sig -CAfile " + root + " " + root));
  EXPECT_TRUE(runs("openssl verify -x509_strict -CAfile " + root + " " + issuing));
  EXPECT_FALSE(runs("openssl verify -x509_strict -CAfile " + issuing + " " + root));

  auto server = store_.make_server_identity("root", "Org", "localhost", 30, kPassphrase, now_);
  ASSERT_TRUE(server) << server.error().to_string();
  const fs::path file = directory_ / "server.pem";
  ASSERT_TRUE(create_file(file, as_bytes(server->certificate_pem), kPublicFileMode));
  const std::string verify = "openssl verify -x509_strict -purpose sslserver -CAfile " + root + " ";
  EXPECT_TRUE(runs(verify + "-verify_hostname localhost " + file.string()));
  EXPECT_TRUE(runs(verify + "-verify_ip ::1 " + file.string()));
  EXPECT_FALSE(runs(verify + "-verify_hostname example.com " + file.string()));
}

TEST_F(CaStoreTest, KeysAreEncryptedAndPrivate) {
  make_pair();
  const fs::path key = directory_ / "ca" / "issuing" / "key.pem";
  const auto pem = read_file(key);
  ASSERT_TRUE(pem);
  EXPECT_TRUE(base::as_text(*pem).starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
  struct stat info {};
  ASSERT_EQ(::stat(key.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_TRUE(store_.signer("issuing", kPassphrase, now_));
  EXPECT_EQ(store_.signer("issuing", as_bytes("wrong"), now_).error().code, ErrorCode::kSignerKey);
  EXPECT_EQ(store_.signer("issuing", {}, now_).error().code, ErrorCode::kSignerKey);
}

TEST_F(CaStoreTest, SignsWhatItsCertificateVerifies) {
  make_pair();
  auto signer = store_.signer("issuing", kPassphrase, now_);
  ASSERT_TRUE(signer) << signer.error().to_string();
  auto signature = signer->sign_ecdsa_sha256(as_bytes("message"));
  ASSERT_TRUE(signature);
  const auto certificate = parse_certificate(signer->issuer_certificate(), "issuing");
  ASSERT_TRUE(certificate);
  const auto verifies = [&](std::string_view message) {
    const DigestContext context(EVP_MD_CTX_new());
    return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, X509_get0_pubkey(certificate->get())) ==
               1 &&
           EVP_DigestVerify(context.get(), signature->data(), signature->size(), as_bytes(message).data(),
                            message.size()) == 1;
  };
  EXPECT_TRUE(verifies("message"));
  EXPECT_FALSE(verifies("massage"));
}

TEST_F(CaStoreTest, NothingIsOverwritten) {
  make_pair();
  const auto before = store_.find("issuing")->certificate;
  EXPECT_EQ(store_.create("issuing", {"Org", "Other", 0, 1}, "root", kPassphrase, now_).error().code,
            ErrorCode::kConfiguration);
  EXPECT_EQ(store_.find("issuing")->certificate, before);
  EXPECT_EQ(store_.list()->size(), 2U);
}

TEST_F(CaStoreTest, ChainsStopBelowTheRoot) {
  make_pair();
  EXPECT_EQ(store_.chain("issuing")->size(), 1U);
  EXPECT_EQ(store_.chain("root")->size(), 1U);
  ASSERT_TRUE(store_.create("middle", {"Org", "Middle", 1, 3650}, "root", kPassphrase, now_));
  ASSERT_TRUE(store_.create("low", {"Org", "Low", 0, 3650}, "middle", kPassphrase, now_));
  const auto chain = store_.chain("low");
  ASSERT_TRUE(chain);
  ASSERT_EQ(chain->size(), 2U);
  EXPECT_EQ((*chain)[0], store_.find("low")->certificate);
  EXPECT_EQ((*chain)[1], store_.find("middle")->certificate);
}

TEST_F(CaStoreTest, ACaThatMayNotHaveOthersBelowItRefuses) {
  make_pair();
  EXPECT_EQ(store_.create("x", {"Org", "X", 0, 10}, "issuing", kPassphrase, now_).error().code, ErrorCode::kCaUnfit);
  EXPECT_EQ(store_.create("x", {"Org", "X", 0, 10}, "nobody", kPassphrase, now_).error().code,
            ErrorCode::kConfiguration);
}

TEST_F(CaStoreTest, AnExpiredCaDoesNotSign) {
  ASSERT_TRUE(store_.create("short", {"Org", "Short", 0, 1}, {}, kPassphrase, now_));
  EXPECT_TRUE(store_.signer("short", kPassphrase, now_));
  EXPECT_EQ(store_.signer("short", kPassphrase, now_ + 2 * 86400).error().code, ErrorCode::kCaExpired);
  EXPECT_EQ(store_.signer("short", kPassphrase, now_ - 86400).error().code, ErrorCode::kCaExpired);
}

TEST_F(CaStoreTest, ImportChecksWhatItIsGiven) {
  make_pair();
  CaStore other(directory_ / "other");
  ASSERT_TRUE(create_private_directory(directory_ / "other"));
  const auto issuing = store_.find("issuing")->certificate;
  const auto key = *read_file(directory_ / "ca" / "issuing" / "key.pem");
  const auto root_key = *read_file(directory_ / "ca" / "root" / "key.pem");
  const ByteView fresh = as_bytes("another");

  EXPECT_EQ(other.import("a", issuing, root_key, kPassphrase, fresh, now_).error().code, ErrorCode::kSignerKey);
  EXPECT_EQ(other.import("a", issuing, key, as_bytes("no"), fresh, now_).error().code, ErrorCode::kSignerKey);
  EXPECT_EQ(other.import("a", as_bytes("rubbish"), key, kPassphrase, fresh, now_).error().code, ErrorCode::kCaUnfit);
  EXPECT_EQ(other.import("a", issuing, key, kPassphrase, fresh, now_ + 20 * 365 * 86400L).error().code,
            ErrorCode::kCaExpired);
  auto server = store_.make_server_identity("root", "Org", "localhost", 30, kPassphrase, now_);
  ASSERT_TRUE(server);
  EXPECT_EQ(other.import("a", as_bytes(server->certificate_pem), server->key_pem.view(), {}, fresh, now_).error().code,
            ErrorCode::kCaUnfit);
  EXPECT_TRUE(other.list()->empty());

  auto imported = other.import("a", issuing, key, kPassphrase, fresh, now_);
  ASSERT_TRUE(imported) << imported.error().to_string();
  EXPECT_TRUE(other.signer("a", fresh, now_));
  EXPECT_FALSE(other.signer("a", kPassphrase, now_));

  ASSERT_TRUE(other.import("anchor", store_.find("root")->certificate, {}, {}, fresh, now_));
  EXPECT_EQ(other.signer("anchor", fresh, now_).error().code, ErrorCode::kSignerUnavailable);
}

TEST(PrivateKeyTest, ScalarAndPointBelongTogether) {
  const auto key = generate_p256_key();
  ASSERT_TRUE(key);
  base::SecretBytes<32> scalar;
  ASSERT_TRUE(private_scalar(*key, scalar.span()));
  const auto point = public_point(key->get());
  ASSERT_TRUE(point);
  EXPECT_EQ((*point)[0], 4);
  const auto pem = private_key_pem(*key, kPassphrase);
  ASSERT_TRUE(pem);
  const auto again = parse_private_key(pem->view(), kPassphrase, "test");
  ASSERT_TRUE(again);
  EXPECT_EQ(*public_point(again->get()), *point);
  EXPECT_TRUE(std::any_of(scalar.view().begin(), scalar.view().end(), [](uint8_t b) { return b != 0; }));
}

TEST(PrivateKeyTest, OtherKindsOfKeysAreRefused) {
  const PrivateKey rsa(EVP_RSA_gen(2048));
  const auto pem = private_key_pem(rsa, {});
  ASSERT_TRUE(pem);
  EXPECT_EQ(parse_private_key(pem->view(), {}, "test").error().code, ErrorCode::kSignerKey);
  const PrivateKey p384(EVP_EC_gen("P-384"));
  EXPECT_EQ(parse_private_key(private_key_pem(p384, {})->view(), {}, "test").error().code, ErrorCode::kSignerKey);
}

TEST(UriTest, Hosts) {
  EXPECT_EQ(*host_of_uri("https://localhost:8443"), "localhost");
  EXPECT_EQ(*host_of_uri("https://a.example"), "a.example");
  EXPECT_EQ(*host_of_uri("https://[::1]:8443/x"), "::1");
  EXPECT_EQ(host_of_uri("http://a").error().code, ErrorCode::kUriNotTls);
  EXPECT_EQ(host_of_uri("coaps://a").error().code, ErrorCode::kUriNotTls);
  for (const char* bad :
       {"https://", "https://:1", "https://[::1", "https://a:", "https://a:x", "https://a,b:1", "https://user@a:1"}) {
    EXPECT_EQ(host_of_uri(bad).error().code, ErrorCode::kUriMalformed) << bad;
  }
}

}  // namespace
}  // namespace factory
