// audit log | verify.
#include "factory-tool/cmd/tool.h"

namespace factory {

Status run(Tool& tool, const AuditLogOptions& options) {
  BASE_ASSIGN(const Home home, tool.home());
  BASE_ASSIGN(db::Registry registry, tool.registry(home, db::Registry::Mode::kReadOnly));
  return registry.visit_events(options.subject, options.after, [&](const db::Event& event) {
    if (tool.json()) {
      tool.out() << event.json << '\n';
    } else {
      tool.out() << event.sequence << "  " << time_text(event.at) << "  " << event.kind << "  " << event.subject
                 << '\n';
      if (tool.options().verbose) tool.out() << "    " << event.json << '\n';
    }
    return static_cast<bool>(tool.out());
  });
}

Status run(Tool& tool, const AuditVerifyOptions&) {
  BASE_ASSIGN(const Home home, tool.home());
  BASE_ASSIGN(db::Registry registry, tool.registry(home, db::Registry::Mode::kReadOnly));
  BASE_TRY(registry.verify());
  if (tool.json()) {
    JsonWriter json;
    tool.print(json.begin_object().field("verified", true).end_object());
  } else {
    tool.out() << "the registry is whole: database, references and events agree\n";
  }
  return {};
}

}  // namespace factory
