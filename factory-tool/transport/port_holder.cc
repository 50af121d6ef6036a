#include "factory-tool/transport/port_holder.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace factory {

namespace fs = std::filesystem;

std::string port_holder_text(const std::string& port) {
  std::error_code error;
  const fs::path target = fs::canonical(port, error);
  if (error) return {};
  for (const auto& process : fs::directory_iterator("/proc", error)) {
    const std::string id = process.path().filename().string();
    if (id.empty() || !std::all_of(id.begin(), id.end(), [](char c) { return c >= '0' && c <= '9'; })) continue;
    if (id == std::to_string(::getpid())) continue;
    std::error_code denied;
    for (fs::directory_iterator fd(process.path() / "fd", denied), end; !denied && fd != end; fd.increment(denied)) {
      std::error_code gone;
      if (fs::read_symlink(fd->path(), gone) != target) continue;
      std::ifstream file(process.path() / "comm");
      std::string name;
      std::getline(file, name);
      return " by " + (name.empty() ? "another program" : name) + " (process " + id + ")";
    }
  }
  return {};
}

}  // namespace factory
