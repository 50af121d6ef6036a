// The items of the product: what the chip misses, in as few frames as they fit into, and the commit behind them.
#include <algorithm>
#include <ctime>
#include <iterator>
#include <set>

#include "factory-tool/session/advice.h"
#include "factory-tool/session/injection.h"
#include "protocol/digest.h"

namespace factory {
namespace {

using base::ByteView;
using base::ErrorCode;
using base::failure;
using base::failure_of;
using base::Outcome;

// CBOR of a part without name and data: map head, five keys, heads of the values.
constexpr size_t kPartOverhead = 24;
constexpr size_t kPutOverhead = 16;
// A part smaller than this at the end of a frame costs more than it saves.
constexpr size_t kSmallestPart = 32;

uint8_t flags_of(const cert::Item& item) { return item.write_once ? protocol::kItemWriteOnce : 0; }

struct ItemsSummary {
  protocol::Digest digest{};
  std::vector<protocol::ItemTag> tags;  // one an item, in order
};

Outcome<ItemsSummary> summarize(const std::vector<cert::Item>& items, const std::string& where) {
  ItemsSummary summary;
  protocol::ItemsDigest all;
  for (const cert::Item& item : items) {
    const auto digest = protocol::item_digest(item.name, flags_of(item), item.value);
    if (!digest) return failure_of(digest.error(), where);
    if (auto added = all.add(*digest); !added) return failure_of(added.error(), where, "Shorten the profile.");
    protocol::ItemTag tag{};
    std::copy_n(digest->begin(), tag.size(), tag.begin());
    summary.tags.push_back(tag);
  }
  const auto digest = all.finish();
  if (!digest) return failure_of(digest.error(), where);
  summary.digest = *digest;
  return summary;
}

// Fills frames one after the other; an item that does not fit goes on in the next.
class PutPacker {
 public:
  explicit PutPacker(size_t max_body) : max_body_(max_body) {}

  Outcome<void> add(const cert::Item& item) {
    size_t offset = 0;
    do {
      const size_t overhead = item.name.size() + kPartOverhead;
      const size_t room = max_body_ > used_ + overhead ? max_body_ - used_ - overhead : 0;
      const size_t left = item.value.size() - offset;
      const bool full = request_.parts.size() == protocol::kMaxPartsPerPut || room < std::min(left, kSmallestPart);
      if (full && !request_.parts.empty()) {
        BASE_TRY(flush());
        continue;
      }
      const size_t size = std::min(left, room);
      protocol::ItemPart part{.name = item.name,
                              .flags = flags_of(item),
                              .total = static_cast<uint16_t>(item.value.size()),
                              .offset = static_cast<uint16_t>(offset),
                              .data = ByteView(item.value).subspan(offset, size)};
      if (!request_.parts.push_back(part)) return failure_of(ErrorCode::kBadState, "packing items");
      used_ += overhead + size;
      offset += size;
      if (left == 0) break;
    } while (offset < item.value.size());
    return {};
  }

  Outcome<void> flush() {
    if (request_.parts.empty()) return {};
    SealedCommand command;
    command.step = "items";
    command.command = protocol::Command::kPut;
    BASE_ASSIGN(command.body, encode_body(request_));
    commands_.push_back(std::move(command));
    request_ = {};
    used_ = kPutOverhead;
    return {};
  }

  std::vector<SealedCommand> take() { return std::move(commands_); }

 private:
  size_t max_body_;
  size_t used_ = kPutOverhead;
  protocol::PutRequest request_;
  std::vector<SealedCommand> commands_;
};

// Of two vectors made from different certificates and times, the items that are the same in both.
std::vector<cert::Item> unchanged(const std::vector<cert::Item>& one, const std::vector<cert::Item>& other) {
  std::vector<cert::Item> same;
  for (const cert::Item& item : one) {
    const bool found = std::any_of(other.begin(), other.end(), [&](const cert::Item& candidate) {
      return candidate.name == item.name && candidate.write_once == item.write_once && candidate.value == item.value;
    });
    if (found) same.push_back(item);
  }
  return same;
}

}  // namespace

int64_t Injection::item_time() const {
  // The certificate's start, where the profile lets it start at issuance; a fixed date says nothing about today.
  const int64_t reserved = result_.unit.created_at / 1000;
  if (const auto info = cert::inspect(context_.certificates.device);
      info && info->not_before >= reserved && info->not_before <= std::time(nullptr)) {
    return info->not_before;
  }
  return reserved;
}

Outcome<std::vector<cert::Item>> Injection::items() const {
  cert::UnitValues unit = values();
  unit.now = item_time();
  BASE_ASSIGN(std::vector<cert::Item> items, context_.profile.items(unit, context_.certificates));
  for (const cert::ItemFinding& finding :
       cert::check_items(context_.profile, items, *result_.unit.public_key, unit.now)) {
    if (finding.is_error)
      return failure(ErrorCode::kItemRule, finding.item + ": " + finding.what, where("items"), finding.next);
  }
  return items;
}

Injection::Status Injection::add_early_items(std::vector<SealedCommand>& commands) {
  // A resumed unit gets what it misses from put_items().
  if (!chip_.items.empty() || chip_.committed || reached(db::UnitState::kKeyed)) return {};
  const auto made_for = [&](uint8_t marker) {
    cert::CertificateSet stand_in = context_.certificates;
    stand_in.device = {marker};
    cert::UnitValues unit = values();
    unit.now = marker;
    return context_.profile.items(unit, stand_in);
  };
  BASE_ASSIGN(const std::vector<cert::Item> one, made_for(1));
  BASE_ASSIGN(const std::vector<cert::Item> other, made_for(2));
  const std::vector<cert::Item> early = unchanged(one, other);
  BASE_ASSIGN(const ItemsSummary summary, summarize(early, where("items")));
  PutPacker packer(session_.max_body());
  for (const cert::Item& item : early) BASE_TRY(packer.add(item));
  BASE_TRY(packer.flush());
  std::vector<SealedCommand> puts = packer.take();
  if (puts.empty()) return {};
  puts.back().on_reply = [this, tags = summary.tags](ByteView) -> Status {
    chip_.items = tags;
    return {};
  };
  std::move(puts.begin(), puts.end(), std::back_inserter(commands));
  return {};
}

Injection::Status Injection::put_items() {
  BASE_ASSIGN(const std::vector<cert::Item> wanted, items());
  BASE_ASSIGN(const ItemsSummary summary, summarize(wanted, where("items")));
  const auto differs = [&] {
    return failure(ErrorCode::kDigestMismatch, "the unit holds other items than the order gives now", where("items"),
                   advice_for(ErrorCode::kDigestMismatch));
  };
  if (chip_.committed) {
    if (*chip_.committed != summary.digest) return differs();
    BASE_TRY(context_.registry.record_committed(result_.unit, summary.digest, static_cast<int64_t>(wanted.size())));
    done("items", true);
    done("commit", true);
    return refresh();
  }
  std::set<protocol::ItemTag> held(chip_.items.begin(), chip_.items.end());
  PutPacker packer(session_.max_body());
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (held.erase(summary.tags[i]) == 0) BASE_TRY(packer.add(wanted[i]));
  }
  if (!held.empty()) return differs();
  BASE_TRY(packer.flush());
  std::vector<SealedCommand> commands = packer.take();
  const bool all_held = commands.empty();
  if (!all_held) {
    commands.back().on_reply = [this](ByteView) -> Status {
      done("items");
      return {};
    };
  }

  SealedCommand commit;
  commit.step = "commit";
  commit.command = protocol::Command::kCommit;
  BASE_ASSIGN(commit.body, encode_body(protocol::CommitRequest{static_cast<uint16_t>(wanted.size()), summary.digest}));
  commit.on_reply = [&](ByteView) -> Status {
    BASE_TRY(context_.registry.record_committed(result_.unit, summary.digest, static_cast<int64_t>(wanted.size())));
    done("commit");
    return {};
  };
  commands.push_back(std::move(commit));
  if (all_held) done("items", true);
  BASE_TRY(session_.run(commands));
  return refresh();
}

}  // namespace factory
