// What the command line asks for, as plain structures: cli.cc fills them, the command groups act on them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace factory {

struct GlobalOptions {
  std::filesystem::path home = "factory-home";
  std::filesystem::path passphrase_file;  // empty: environment, the home's own, or a prompt
  std::string operator_name;              // for the audit log
  bool json = false;
  bool verbose = false;
  bool yes = false;
};

struct InitOptions {
  std::string check_in_uri = "https://localhost:8443";
  std::string station = "station-1";
  std::string organization = "Factory Line Development";
};

struct CaCreateOptions {
  std::string name;
  std::string issuer;  // empty: self-signed
  std::string organization = "Factory Line Development";
  std::string common_name;  // empty: the name
  std::optional<int> path_length;
  std::optional<int> days;  // nothing: no expiry
};
struct CaImportOptions {
  std::string name;
  std::filesystem::path certificate;
  std::filesystem::path key;                  // empty: for chains only
  std::filesystem::path key_passphrase_file;  // empty: the key is not encrypted, or with the home's passphrase
};
struct CaShowOptions {
  std::string name;  // empty: all
};

struct ProfileCheckOptions {
  std::string file;
  bool explain = false;
};

struct BatchCreateOptions {
  std::string name;
  std::vector<std::filesystem::path> stations;  // public keys of further stations, PEM
};
struct BatchShowOptions {
  std::string name;
};
struct BatchListOptions {};
struct BatchImageOptions {
  std::string batch;
  std::filesystem::path image;  // empty: the block alone
  std::filesystem::path out;
};

struct OrderCreateOptions {
  std::string name;
  std::string batch;
  std::string profile;  // a file, or a name under the home's profiles/
  std::string ca = "dev";
  int64_t quantity = 0;
  std::optional<std::string> serial_prefix;  // nothing: the order's name and a dash
  int serial_digits = 6;
  int64_t serial_first = 1;
  std::vector<std::string> variables;  // NAME=VALUE
};
struct OrderShowOptions {
  std::string name;
};
struct OrderListOptions {};

struct LinkOptions {
  int baud = 115200;
  int reply_limit_ms = 2000;
  int retries = 5;
};
struct DeviceInfoOptions {
  std::string port;
  LinkOptions link;
};
struct InjectOptions {
  std::string order;
  std::vector<std::string> ports;
  bool execute = false;
  bool dry_run = false;  // for profiles that are marked production
  bool abort_foreign = false;
  LinkOptions link;
};
struct VerifyOptions {
  std::string port;
  LinkOptions link;
};

struct UnitListOptions {
  std::optional<std::string> order;
  std::optional<std::string> state;
};
struct UnitShowOptions {
  std::string serial;
  bool certificate = false;  // its certificate and chain as PEM, and nothing else
};
struct UnitScrapOptions {
  std::string serial;
  std::string reason;
};
struct UnitRevokeOptions {
  std::string serial;
  std::string reason;
};

struct AuditLogOptions {
  std::optional<std::string> subject;
  int64_t after = 0;
};
struct AuditVerifyOptions {};

struct ServeOptions {
  std::string listen;  // HOST:PORT; empty: loopback at the port of the check-in URI
};

struct RelayOptions {
  std::vector<std::string> ports;
  std::string to;  // HOST:PORT of the service
  int baud = 115200;
  bool once = false;
  int timeout_s = 0;  // 0: none, or 300 with once
};

using Command =
    std::variant<InitOptions, CaCreateOptions, CaImportOptions, CaShowOptions, ProfileCheckOptions, BatchCreateOptions,
                 BatchShowOptions, BatchListOptions, BatchImageOptions, OrderCreateOptions, OrderShowOptions,
                 OrderListOptions, DeviceInfoOptions, InjectOptions, VerifyOptions, UnitListOptions, UnitShowOptions,
                 UnitScrapOptions, UnitRevokeOptions, AuditLogOptions, AuditVerifyOptions, ServeOptions,
                 RelayOptions>;

}  // namespace factory
