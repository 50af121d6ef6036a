// Reading the audit log.
#include "db/src/registry_core.h"

namespace db {
namespace {

using base::ErrorCode;
using base::failure;

// So many at a time: nothing is held while the visitor works, and it may use the registry itself.
constexpr int64_t kPage = 256;

Outcome<std::vector<Event>> read_page(RegistryCore& core, const std::optional<std::string>& subject, int64_t after) {
  const std::scoped_lock lock(core.mutex);
  auto& connection = *core.connection;
  auto select = [&]() -> Outcome<sqlite::Query> {
    if (subject) {
      return connection.query(
          "SELECT sequence, at, kind, subject, canonical FROM events WHERE subject = ? AND sequence > ?"
          " ORDER BY sequence LIMIT ?",
          *subject, after, kPage);
    }
    return connection.query(
        "SELECT sequence, at, kind, subject, canonical FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?", after,
        kPage);
  };
  BASE_ASSIGN(auto query, select());
  std::vector<Event> page;
  for (;;) {
    BASE_ASSIGN(const bool more, query.step());
    if (!more) return page;
    Event event{.sequence = query.integer(0),
                .at = query.integer(1),
                .kind = query.text(2),
                .subject = query.text(3),
                .canonical = query.blob(4),
                .json = {}};
    const auto record = decode_event(event.canonical);
    if (!record) {
      return failure(
          ErrorCode::kRegistryCorrupt,
          "Event " + std::to_string(event.sequence) + " is damaged: " + std::string(base::error_text(record.error())),
          connection.path(), "Stop the line, keep the file as it is, and restore the last backup");
    }
    event.json = event_json(*record);
    page.push_back(std::move(event));
  }
}

}  // namespace

Outcome<void> Registry::visit_events(std::optional<std::string> subject, int64_t after_sequence,
                                     const std::function<bool(const Event&)>& visitor) {
  for (;;) {
    BASE_ASSIGN(const auto page, read_page(*impl_, subject, after_sequence));
    for (const Event& event : page) {
      if (!visitor(event)) return {};
      after_sequence = event.sequence;
    }
    if (page.size() < static_cast<size_t>(kPage)) return {};
  }
}

}  // namespace db
