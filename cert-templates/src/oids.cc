#include "cert-templates/src/oids.h"

#include <charconv>
#include <vector>

namespace cert::oids {
namespace {

void append_arc(base::Bytes& out, uint64_t arc) {
  uint8_t octets[10];
  size_t count = 0;
  do {
    octets[count++] = static_cast<uint8_t>(arc & 0x7F);
    arc >>= 7;
  } while (arc != 0);
  while (count > 0) {
    --count;
    out.push_back(static_cast<uint8_t>(octets[count] | (count > 0 ? 0x80 : 0)));
  }
}

}  // namespace

std::optional<base::Bytes> parse(std::string_view dotted) {
  std::vector<uint64_t> arcs;
  while (true) {
    const size_t dot = dotted.find('.');
    const std::string_view arc = dotted.substr(0, dot);
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(arc.data(), arc.data() + arc.size(), value);
    if (arc.empty() || error != std::errc() || end != arc.data() + arc.size()) return std::nullopt;
    if ((arc.size() > 1 && arc[0] == '0') || value > UINT64_MAX - 80) return std::nullopt;
    arcs.push_back(value);
    if (dot == std::string_view::npos) break;
    dotted.remove_prefix(dot + 1);
  }
  if (arcs.size() < 2 || arcs.size() > 32 || arcs[0] > 2 || (arcs[0] < 2 && arcs[1] >= 40)) return std::nullopt;
  base::Bytes out;
  append_arc(out, arcs[0] * 40 + arcs[1]);
  for (size_t i = 2; i < arcs.size(); ++i) append_arc(out, arcs[i]);
  return out;
}

std::string to_text(base::ByteView content) {
  std::string text;
  uint64_t arc = 0;
  bool first = true;
  if (content.empty() || (content.back() & 0x80) != 0) return "?";
  for (uint8_t octet : content) {
    if (arc > (UINT64_MAX >> 7)) return "?";
    arc = (arc << 7) | (octet & 0x7F);
    if ((octet & 0x80) != 0) continue;
    if (first) {
      const uint64_t root = arc < 80 ? arc / 40 : 2;
      text = std::to_string(root) + "." + std::to_string(arc - root * 40);
      first = false;
    } else {
      text += "." + std::to_string(arc);
    }
    arc = 0;
  }
  return text;
}

}  // namespace cert::oids
