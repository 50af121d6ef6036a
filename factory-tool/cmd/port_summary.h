// What a command over several ports says in the end.
#pragma once

#include "factory-tool/cmd/tool.h"

namespace factory {

// Of one port alone the program's last line says it.
void print_port_failure(Tool& tool, const std::string& port, const base::Failure& problem, bool is_only_port);

// Several units may fail for several reasons; then the whole is "a unit failed".
class PortSummary {
 public:
  void add(const std::string& port, const base::Failure& problem);
  [[nodiscard]] Status status(size_t ports) const;

 private:
  size_t failed_ = 0;
  bool mixed_ = false;
  std::optional<base::Failure> first_;
};

}  // namespace factory
