// SQLite behind RAII: one connection, cached statements, transactions that roll back unless they were committed, and
// failures that say what, where and what to do.
//
// Failures of everything here: kRegistryBusy, kRegistryFull, kRegistryCorrupt, kRegistryOpen, kRegistryConstraint.
#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/host/bytes_host.h"
#include "base/host/failure.h"

namespace db::sqlite {

using base::ByteArray;
using base::Bytes;
using base::ByteView;
using base::Outcome;

struct StatementDeleter {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using StatementCache = std::unordered_map<std::string, std::unique_ptr<sqlite3_stmt, StatementDeleter>>;

class Connection;

// A statement under way. It belongs to its connection, which must outlive it; at its end it returns to the cache.
class Query {
 public:
  Query(Connection& connection, StatementCache::node_type statement);
  Query(Query&& other) noexcept = default;
  Query& operator=(Query&&) = delete;
  ~Query();

  // True: there is a row.
  Outcome<bool> step();

  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] Bytes blob(int column) const;
  // The schema fixes the length of these columns; a shorter value is filled up with zeros.
  template <size_t N>
  [[nodiscard]] ByteArray<N> array(int column) const {
    ByteArray<N> out{};
    const Bytes value = blob(column);
    base::copy(out, ByteView(value).first(value.size() < N ? value.size() : N));
    return out;
  }

 private:
  friend class Connection;
  template <typename T>
  int bind(int index, const std::optional<T>& value) {
    return value ? bind(index, *value) : bind(index, nullptr);
  }
  int bind(int index, std::nullptr_t);
  int bind(int index, int64_t value);
  int bind(int index, int value) { return bind(index, static_cast<int64_t>(value)); }
  int bind(int index, bool value) { return bind(index, static_cast<int64_t>(value)); }
  int bind(int index, std::string_view value);
  int bind(int index, const std::string& value) { return bind(index, std::string_view(value)); }
  int bind(int index, ByteView value);
  int bind(int index, const Bytes& value) { return bind(index, ByteView(value)); }
  template <size_t N>
  int bind(int index, const ByteArray<N>& value) {
    return bind(index, ByteView(value));
  }
  [[nodiscard]] sqlite3_stmt* handle() const { return statement_.mapped().get(); }

  Connection* connection_;
  StatementCache::node_type statement_;
};

// BEGIN IMMEDIATE (or a read snapshot) until commit(); rolls back at its end otherwise.
class Transaction {
 public:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Transaction(Transaction&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Outcome<void> commit();

 private:
  Connection* connection_;
};

class Connection {
 public:
  // `file` must exist. kRegistryOpen.
  static Outcome<std::unique_ptr<Connection>> open(const std::filesystem::path& file, bool writable,
                                                   int busy_timeout_ms);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  template <typename... Values>
  Outcome<Query> query(std::string_view sql, const Values&... values) {
    BASE_ASSIGN(Query prepared, prepare(sql));
    int index = 0;
    int status = SQLITE_OK;
    ((status == SQLITE_OK ? status = prepared.bind(++index, values) : status), ...);
    if (status != SQLITE_OK) return failed(status);
    return prepared;
  }
  // For statements without rows.
  template <typename... Values>
  Outcome<void> run(std::string_view sql, const Values&... values) {
    BASE_ASSIGN(Query prepared, query(sql, values...));
    BASE_TRY(prepared.step());
    return {};
  }
  // Several statements at once, not cached; `doing` is named in a failure.
  Outcome<void> script(const std::string& sql, std::string_view doing);

  Outcome<Transaction> begin();       // takes the write lock at once
  Outcome<Transaction> begin_read();  // one snapshot for several reads

  [[nodiscard]] int64_t last_row() const;
  [[nodiscard]] int64_t changes() const;
  [[nodiscard]] std::string path() const { return path_; }
  // The failure for what the handle reports now.
  [[nodiscard]] std::unexpected<base::Failure> failed(int status) const;

 private:
  friend class Query;
  friend class Transaction;
  Connection(sqlite3* handle, std::string path, int busy_timeout_ms)
      : handle_(handle), path_(std::move(path)), busy_timeout_ms_(busy_timeout_ms) {}
  Outcome<Query> prepare(std::string_view sql);

  sqlite3* handle_;
  std::string path_;
  int busy_timeout_ms_;
  StatementCache cache_;
};

}  // namespace db::sqlite
