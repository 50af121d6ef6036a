#include "db/src/registry.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "db/src/migrations.h"
#include "db/src/registry_core.h"

namespace db {
namespace {

using base::ErrorCode;
using base::failure;
namespace fs = std::filesystem;

std::unexpected<base::Failure> cannot_create(const fs::path& file, int error) {
  const bool no_room = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return failure(no_room ? ErrorCode::kRegistryFull : ErrorCode::kRegistryOpen,
                 std::string("The registry cannot be created: ") + std::strerror(error), file.string(),
                 "Check that its folder exists, is writable and has room");
}

// The write-ahead log is a property of the file from the first time on.
Outcome<void> use_write_ahead_log(sqlite::Connection& connection) {
  BASE_ASSIGN(auto query, connection.query("PRAGMA journal_mode = WAL"));
  BASE_TRY(query.step());
  if (query.text(0) == "wal") return {};
  return failure(ErrorCode::kRegistryOpen, "The file system cannot hold a write-ahead log", connection.path(),
                 "Keep the home on a local disk");
}

struct TemporaryFile {
  fs::path path;
  ~TemporaryFile() {
    std::error_code ignored;
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) fs::remove(path.string() + suffix, ignored);
  }
};

Outcome<void> sync_folder(const fs::path& file) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) return cannot_create(file, errno);
  const int status = ::fsync(handle);
  const int error = errno;
  ::close(handle);
  if (status != 0) return cannot_create(file, error);
  return {};
}

// Made under another name and linked to its own when it is complete: a crash leaves no half registry, and of two
// processes one succeeds.
Outcome<void> create(const fs::path& file, int busy_timeout_ms) {
  std::error_code ignored;
  const auto exists = [&] {
    return failure(ErrorCode::kRegistryExists, "There is a registry already", file.string(),
                   "Use it, or choose another home");
  };
  if (fs::exists(fs::symlink_status(file, ignored))) return exists();
  std::string pattern = file.string() + ".new-XXXXXX";
  const int handle = ::mkstemp(pattern.data());  // mode 0600
  if (handle < 0) return cannot_create(file, errno);
  ::close(handle);
  const TemporaryFile temporary{pattern};
  {
    BASE_ASSIGN(const auto connection, sqlite::Connection::open(temporary.path, true, busy_timeout_ms));
    BASE_TRY(use_write_ahead_log(*connection));
    BASE_TRY(prepare_schema(*connection, true, true));
    // Everything into the one file before it gets its name; closing then removes the log.
    BASE_TRY(connection->script("PRAGMA wal_checkpoint(TRUNCATE)", "the first checkpoint"));
  }
  if (::link(temporary.path.c_str(), file.c_str()) != 0) {
    if (errno == EEXIST) return exists();
    return cannot_create(file, errno);
  }
  return sync_folder(file);
}

}  // namespace

Outcome<Registry> Registry::open(const fs::path& file, Mode mode, int busy_timeout_ms) {
  if (mode == Mode::kCreate) BASE_TRY(create(file, busy_timeout_ms));
  const bool writable = mode != Mode::kReadOnly;
  auto impl = std::make_unique<Impl>();
  BASE_ASSIGN(impl->connection, sqlite::Connection::open(file, writable, busy_timeout_ms));
  BASE_TRY(prepare_schema(*impl->connection, writable, false));
  if (writable) BASE_TRY(use_write_ahead_log(*impl->connection));
  return Registry(std::move(impl));
}

Registry::Registry(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Registry::Registry(Registry&&) noexcept = default;
Registry& Registry::operator=(Registry&&) noexcept = default;
Registry::~Registry() = default;

void Registry::set_actor(std::string station, std::string operator_name) {
  const std::scoped_lock lock(impl_->mutex);
  impl_->station = known(station);
  impl_->operator_name = known(operator_name);
}

}  // namespace db
