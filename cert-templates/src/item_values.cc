// From the items of a profile to the bytes of one unit.
#include <charconv>

#include "cert-templates/src/der_writer.h"
#include "cert-templates/src/limits.h"
#include "cert-templates/src/profile_data.h"
#include "cert-templates/src/time_text.h"

namespace cert {
namespace {

using base::ErrorCode;

template <typename Unsigned>
std::expected<base::Bytes, std::string> encode_number(std::string_view text) {
  Unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return std::unexpected("\"" + std::string(text) + "\" is no whole number from 0 to " +
                           std::to_string(static_cast<Unsigned>(~Unsigned{0})));
  }
  base::Bytes out(sizeof(Unsigned));
  base::store_be(out.data(), value);
  return out;
}

std::expected<base::Bytes, std::string> encode_uuid(std::string_view text) {
  std::string digits;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (text[i] == '-')) break;
    if (!dash) digits += text[i];
  }
  auto bytes = base::from_hex(digits);
  if (text.size() != 36 || !bytes || bytes->size() != 16) {
    return std::unexpected("\"" + std::string(text) + "\" is no UUID (8-4-4-4-12 hexadecimal digits, RFC 9562)");
  }
  return *bytes;
}

std::expected<base::Bytes, std::string> encode_moment(std::string_view text, int64_t now) {
  if (text != "now") {
    // "2026-01-01T00:00:00Z" is the GeneralizedTime with separators.
    constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:ddZ";
    std::string digits;
    bool fits = text.size() == kShape.size();
    for (size_t i = 0; fits && i < kShape.size(); ++i) {
      if (kShape[i] == 'd' || kShape[i] == 'Z') {
        digits += text[i];
      } else {
        fits = text[i] == kShape[i];
      }
    }
    auto when = decode_time(der::kGeneralizedTime, base::as_bytes(digits));
    if (!fits || !when || *when == kNoExpiry || *when < 0) {
      return std::unexpected("\"" + std::string(text) +
                             "\" is neither \"now\" nor a time like 2026-01-01T00:00:00Z since 1970");
    }
    now = *when;
  }
  if (now < 0) return std::unexpected("the time is before 1970");
  base::Bytes out(8);
  base::store_be(out.data(), static_cast<uint64_t>(now));
  return out;
}

std::expected<base::Bytes, std::string> item_value(const ItemSpec& item, const TextValues& values,
                                                   const CertificateSet& certificates, int64_t now) {
  switch (item.kind) {
    case ItemKind::kCertificate:
      return certificates.device;
    case ItemKind::kServerCa:
      return certificates.server_ca;
    case ItemKind::kCheckInUri:
      return base::to_bytes(base::as_bytes(certificates.check_in_uri));
    case ItemKind::kFile:
      return item.file;
    case ItemKind::kChain: {
      base::Bytes chain;
      for (const base::Bytes& certificate : certificates.chain) der::append(chain, certificate);
      return chain;
    }
    default:
      break;
  }
  auto text = item.value.expand(values);
  if (!text) return std::unexpected("unknown placeholder {" + text.error() + "}");
  if (text->empty()) return base::Bytes();
  return encode_item_text(item.kind, *text, now);
}

}  // namespace

std::expected<base::Bytes, std::string> encode_item_text(ItemKind kind, std::string_view text, int64_t now) {
  switch (kind) {
    case ItemKind::kHex: {
      auto bytes = base::from_hex(text);
      if (!bytes) return std::unexpected("\"" + std::string(text) + "\" is not pairs of hexadecimal digits");
      return *bytes;
    }
    case ItemKind::kUuid:
      return encode_uuid(text);
    case ItemKind::kU32:
      return encode_number<uint32_t>(text);
    case ItemKind::kU64:
      return encode_number<uint64_t>(text);
    case ItemKind::kTime:
      return encode_moment(text, now);
    default:
      return base::to_bytes(base::as_bytes(text));
  }
}

base::Outcome<std::vector<Item>> Profile::items(const UnitValues& unit, const CertificateSet& certificates) const {
  auto values = unit_text_values(*data_, unit);
  if (!values) return std::unexpected(std::move(values).error());
  values->emplace("check-in-uri", certificates.check_in_uri);
  std::vector<Item> items;
  for (const ItemSpec& spec : data_->items) {
    const std::string where = data_->file + ":" + std::to_string(spec.line);
    auto value = item_value(spec, *values, certificates, unit.now);
    if (!value)
      return base::failure(ErrorCode::kItemRule, "item " + spec.name + ": " + value.error(), where,
                           "correct the profile or the order's variables");
    // A unit without intermediate certificates has no chain to store.
    const bool may_be_left_out = spec.optional || spec.kind == ItemKind::kChain;
    if (value->empty() && may_be_left_out) continue;
    if (value->empty()) {
      return base::failure(ErrorCode::kItemRule, "item " + spec.name + " is empty for this unit", where,
                           "set its variable in the order, or mark the item optional = true");
    }
    if (value->size() > kMaxItemValueSize) {
      return base::failure(ErrorCode::kItemRule,
                           "item " + spec.name + " has " + std::to_string(value->size()) + " bytes, 2048 at most",
                           where, "shorten it");
    }
    items.push_back({spec.name, spec.write_once, *std::move(value)});
  }
  return items;
}

}  // namespace cert
