#include "db/src/sqlite.h"

#include <cerrno>

namespace db::sqlite {

using base::ErrorCode;
using base::failure;

namespace {

// True where the last write to the database or its log failed for want of room: the disk, a quota or a file size
// limit. SQLite itself tells only the first of them from a broken disk.
bool lacks_room(sqlite3* handle) {
  // The index of the log could not be made larger.
  if (sqlite3_extended_errcode(handle) == SQLITE_IOERR_SHMSIZE) return true;
  const auto means_no_room = [](int system_error) {
    return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG;
  };
  for (const int which : {SQLITE_FCNTL_FILE_POINTER, SQLITE_FCNTL_JOURNAL_POINTER}) {
    sqlite3_file* file = nullptr;
    int system_error = 0;
    if (sqlite3_file_control(handle, "main", which, &file) == SQLITE_OK && file != nullptr &&
        file->pMethods != nullptr &&
        file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &system_error) == SQLITE_OK &&
        means_no_room(system_error)) {
      return true;
    }
  }
  return false;
}

}  // namespace

// ---- Query ----

Query::Query(Connection& connection, StatementCache::node_type statement)
    : connection_(&connection), statement_(std::move(statement)) {}

Query::~Query() {
  if (statement_.empty()) return;  // moved from
  sqlite3_reset(handle());
  sqlite3_clear_bindings(handle());
  // Refused where the same statement was prepared twice meanwhile; then this one is finalized.
  connection_->cache_.insert(std::move(statement_));
}

Outcome<bool> Query::step() {
  const int status = sqlite3_step(handle());
  if (status == SQLITE_ROW) return true;
  if (status == SQLITE_DONE) return false;
  return connection_->failed(status);
}

bool Query::is_null(int column) const { return sqlite3_column_type(handle(), column) == SQLITE_NULL; }
int64_t Query::integer(int column) const { return sqlite3_column_int64(handle(), column); }

std::string Query::text(int column) const {
  const auto* start = reinterpret_cast<const char*>(sqlite3_column_text(handle(), column));
  if (start == nullptr) return {};
  return {start, static_cast<size_t>(sqlite3_column_bytes(handle(), column))};
}

Bytes Query::blob(int column) const {
  const auto* start = static_cast<const uint8_t*>(sqlite3_column_blob(handle(), column));
  if (start == nullptr) return {};
  return {start, start + sqlite3_column_bytes(handle(), column)};
}

int Query::bind(int index, std::nullptr_t) { return sqlite3_bind_null(handle(), index); }
int Query::bind(int index, int64_t value) { return sqlite3_bind_int64(handle(), index, value); }

int Query::bind(int index, std::string_view value) {
  // A null pointer would bind NULL, and an empty text is not unknown.
  const char* start = value.data() != nullptr ? value.data() : "";
  return sqlite3_bind_text64(handle(), index, start, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

int Query::bind(int index, ByteView value) {
  if (value.empty()) return sqlite3_bind_zeroblob(handle(), index, 0);
  return sqlite3_bind_blob64(handle(), index, value.data(), value.size(), SQLITE_TRANSIENT);
}

// ---- Transaction ----

Transaction::~Transaction() {
  if (connection_ == nullptr || sqlite3_get_autocommit(connection_->handle_) != 0) return;
  // A rollback that fails leaves the journal to the next opening, which rolls back for it.
  (void)connection_->run("ROLLBACK");
}

Outcome<void> Transaction::commit() {
  BASE_TRY(connection_->run("COMMIT"));
  connection_ = nullptr;
  return {};
}

// ---- Connection ----

Outcome<std::unique_ptr<Connection>> Connection::open(const std::filesystem::path& file, bool writable,
                                                      int busy_timeout_ms) {
  sqlite3* handle = nullptr;
  // The registry has its own mutex, so the handle needs none.
  const int flags =
      (writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const std::string path = std::filesystem::absolute(file).lexically_normal().string();
  const int status = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  std::unique_ptr<Connection> connection(new Connection(handle, file.string(), busy_timeout_ms));
  if (status != SQLITE_OK) return connection->failed(status);

  sqlite3_busy_timeout(handle, busy_timeout_ms);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  // recursive_triggers: REPLACE may not slip past the triggers that refuse a deletion.
  BASE_TRY(
      connection->script("PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; PRAGMA synchronous = FULL; PRAGMA "
                         "cell_size_check = ON;",
                         "setting up the connection"));
  return connection;
}

Connection::~Connection() {
  cache_.clear();
  sqlite3_close_v2(handle_);
}

Outcome<Query> Connection::prepare(std::string_view sql) {
  std::string key(sql);
  if (auto cached = cache_.extract(key); !cached.empty()) return Query(*this, std::move(cached));
  sqlite3_stmt* statement = nullptr;
  const int status = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &statement, nullptr);
  if (status != SQLITE_OK) return failed(status);
  StatementCache holder;
  holder.emplace(std::move(key), statement);
  return Query(*this, holder.extract(holder.begin()));
}

Outcome<void> Connection::script(const std::string& sql, std::string_view doing) {
  const int status = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (status == SQLITE_OK) return {};
  auto error = failed(status);
  error.error().where += ", " + std::string(doing);
  return error;
}

Outcome<Transaction> Connection::begin() {
  BASE_TRY(run("BEGIN IMMEDIATE"));
  return Transaction(*this);
}

Outcome<Transaction> Connection::begin_read() {
  BASE_TRY(run("BEGIN DEFERRED"));
  return Transaction(*this);
}

int64_t Connection::last_row() const { return sqlite3_last_insert_rowid(handle_); }
int64_t Connection::changes() const { return sqlite3_changes64(handle_); }

std::unexpected<base::Failure> Connection::failed(int status) const {
  const std::string message = handle_ != nullptr ? sqlite3_errmsg(handle_) : "out of memory";
  switch (status & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return failure(ErrorCode::kRegistryBusy,
                     "Another process held the registry for more than " + std::to_string(busy_timeout_ms_) + " ms",
                     path_, "Wait for it, or end it; then run this again. Nothing was changed");
    case SQLITE_FULL:
      return failure(ErrorCode::kRegistryFull, "There is no room on the disk of the registry", path_,
                     "Make room, then run this again. Nothing was changed");
    case SQLITE_IOERR:
      if (lacks_room(handle_)) {
        return failure(ErrorCode::kRegistryFull, "There is no room for the registry: the disk, a quota or a size limit",
                       path_, "Make room, then run this again. Nothing was changed");
      }
      return failure(ErrorCode::kRegistryOpen, "The registry could not be read or written: " + message, path_,
                     "Check the disk (`dmesg`), then run this again");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return failure(ErrorCode::kRegistryCorrupt, "The registry is damaged or no registry: " + message, path_,
                     "Stop the line, keep the file and its -wal as they are, and restore the last backup");
    case SQLITE_CONSTRAINT:
      return failure(ErrorCode::kRegistryConstraint, "The registry refused it: " + message, path_);
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return failure(ErrorCode::kRegistryOpen, "The registry cannot be opened: " + message, path_,
                     "Check that the file exists, that it and its folder belong to you, and that the disk is writable");
    default:
      return failure(ErrorCode::kRegistryOpen, "The registry failed: " + message, path_,
                     "Run this again; report it if it stays");
  }
}

}  // namespace db::sqlite
