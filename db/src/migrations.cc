#include "db/src/migrations.h"

namespace db {
namespace {

using base::ErrorCode;
using base::failure;
using base::Outcome;

constexpr int64_t kApplicationId = 0x464C5247;  // "FLRG"

Outcome<int64_t> pragma(sqlite::Connection& connection, std::string_view name) {
  BASE_ASSIGN(auto query, connection.query("PRAGMA " + std::string(name)));
  BASE_ASSIGN(const bool row, query.step());
  return row ? query.integer(0) : 0;
}

Outcome<void> migrate(sqlite::Connection& connection) {
  BASE_ASSIGN(auto transaction, connection.begin());
  // Another process may have done it between our look and the lock.
  BASE_ASSIGN(const int64_t version, pragma(connection, "user_version"));
  const auto all = migrations();
  for (const Migration& migration : all) {
    if (migration.number <= version) continue;
    BASE_TRY(connection.script(migration.sql, std::string("migration ") + migration.name));
  }
  BASE_TRY(connection.script("PRAGMA application_id = " + std::to_string(kApplicationId), "marking the registry"));
  BASE_TRY(connection.script("PRAGMA user_version = " + std::to_string(all.size()), "numbering the schema"));
  return transaction.commit();
}

}  // namespace

Outcome<void> prepare_schema(sqlite::Connection& connection, bool writable, bool fresh) {
  const auto latest = static_cast<int64_t>(migrations().size());
  BASE_ASSIGN(const int64_t application, pragma(connection, "application_id"));
  BASE_ASSIGN(const int64_t version, pragma(connection, "user_version"));
  if (!fresh && application != kApplicationId) {
    return failure(ErrorCode::kRegistryOpen, "The file is no registry: it is empty or belongs to another program",
                   connection.path(), "Check the home, or make a new one with `factory-tool init`");
  }
  if (version > latest) {
    return failure(ErrorCode::kRegistrySchema,
                   "The registry has schema " + std::to_string(version) + " but this program knows only up to " +
                       std::to_string(latest),
                   connection.path(), "Use the newer factory-tool that wrote it; nothing was changed");
  }
  if (version == latest) return {};
  if (!writable) {
    return failure(ErrorCode::kRegistrySchema,
                   "The registry has schema " + std::to_string(version) + " and must be brought to " +
                       std::to_string(latest) + " before it can be read",
                   connection.path(), "Open it once with a command that may write");
  }
  return migrate(connection);
}

}  // namespace db
