#include "factory-tool/cmd/port_summary.h"

#include "factory-tool/exit_code.h"

namespace factory {

using base::ErrorCode;
using base::failure;

void print_port_failure(Tool& tool, const std::string& port, const base::Failure& problem, bool is_only_port) {
  if (!is_only_port) tool.err() << port << ": " << problem.to_string() << '\n';
  if (!tool.json()) return;
  JsonWriter json;
  json.begin_object().field("port", port).field("result", "failed").key("error").begin_object();
  json.field("code", base::error_name(problem.code)).field("what", problem.what).field("where", problem.where);
  json.field("next", problem.next).field("exit-code", static_cast<int>(exit_code_of(problem.code))).end_object();
  tool.print(json.end_object());
}

void PortSummary::add(const std::string& port, const base::Failure& problem) {
  ++failed_;
  if (!first_) {
    first_ = problem;
    if (first_->where.find(port) == std::string::npos)
      first_->where += (first_->where.empty() ? "" : ", ") + ("port " + port);
  } else if (exit_code_of(first_->code) != exit_code_of(problem.code)) {
    mixed_ = true;
  }
}

Status PortSummary::status(size_t ports) const {
  if (!first_) return {};
  if (ports == 1) return std::unexpected(*first_);
  return failure(mixed_ ? ErrorCode::kUnitUnusable : first_->code,
                 std::to_string(failed_) + " of " + std::to_string(ports) + " units failed", {},
                 "Each is explained above.");
}

}  // namespace factory
