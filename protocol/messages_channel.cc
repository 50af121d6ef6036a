// Messages inside the channel.
#include "protocol/fields.h"

namespace protocol {
namespace {

constexpr auto kMap = CborReader::Container::kMap;
constexpr auto kArray = CborReader::Container::kArray;

constexpr uint8_t kTagsKey = 6;  // of a SessionState, behind the table's

constexpr Field kSessionState[] = {
    PROTOCOL_FIELD(SessionState, 1, transaction),
    PROTOCOL_FIELD(SessionState, 2, seed_commitment),
    PROTOCOL_FIELD(SessionState, 3, serial).sized(1, kMaxSerialSize).left_out(),
    PROTOCOL_FIELD(SessionState, 4, public_key),
    PROTOCOL_FIELD(SessionState, 5, committed),
};

constexpr Field kSeedRequest[] = {
    PROTOCOL_FIELD(SeedRequest, 1, transaction),
    PROTOCOL_FIELD(SeedRequest, 2, seed).exactly(kSeedSize),
};

constexpr Field kBeginRequest[] = {
    PROTOCOL_FIELD(BeginRequest, 1, transaction),
    PROTOCOL_FIELD(BeginRequest, 2, serial).sized(1, kMaxSerialSize),
};

constexpr Field kGenerateKeyRequest[] = {
    PROTOCOL_FIELD(GenerateKeyRequest, 1, subject).sized(2, kMaxSubjectSize),
};

constexpr Field kGenerateKeyReply[] = {
    PROTOCOL_FIELD(GenerateKeyReply, 1, csr).sized(1, kMaxCsrSize),
};

constexpr Field kImportKeyRequest[] = {
    PROTOCOL_FIELD(ImportKeyRequest, 1, private_key).exactly(kPrivateKeySize),
};

constexpr Field kImportKeyReply[] = {
    PROTOCOL_FIELD(ImportKeyReply, 1, public_key),
};

static_assert(std::is_standard_layout_v<SessionState> && std::is_standard_layout_v<ItemPart>, "for offsetof");

// What is left out stands for the common case: one part, write-once.
constexpr Field kItemPart[] = {
    PROTOCOL_FIELD(ItemPart, 1, name).sized(1, kMaxItemNameSize),
    PROTOCOL_FIELD(ItemPart, 2, flags).left_out(kItemWriteOnce),
    PROTOCOL_FIELD(ItemPart, 3, total).up_to(kMaxItemSize).left_out(),  // kTotalField
    PROTOCOL_FIELD(ItemPart, 4, offset).up_to(kMaxItemSize).left_out(),
    PROTOCOL_FIELD(ItemPart, 5, data).sized(0, kMaxItemSize),
};

constexpr Field kCommitRequest[] = {
    PROTOCOL_FIELD(CommitRequest, 1, item_count),
    PROTOCOL_FIELD(CommitRequest, 2, digest),
};

constexpr Field kLockRequest[] = {
    PROTOCOL_FIELD(LockRequest, 1, challenge),
    PROTOCOL_FIELD(LockRequest, 2, read_protection).up_to(kMaxReadProtection).left_out(),
};

constexpr Field kLockReply[] = {
    PROTOCOL_FIELD(LockReply, 1, receipt).sized(1, kMaxReceiptSize),
};

constexpr Field kVerifyReply[] = {
    PROTOCOL_FIELD(VerifyReply, 1, item_count),
    PROTOCOL_FIELD(VerifyReply, 2, digest),
};

constexpr uint32_t kTotalField = 1U << 2;  // in what read_fields() found

bool is_whole(const ItemPart& part) { return part.offset == 0 && part.total == part.data.size(); }

base::Status decode_part(ByteView bytes, ItemPart& part) {
  CborReader r(bytes, kMap, CborReader::Input::kChecked);
  const uint32_t found = read_fields(r, kItemPart, &part);
  if ((found & kTotalField) == 0) part.total = static_cast<uint16_t>(part.data.size());
  if (size_t{part.offset} + part.data.size() > part.total) r.set_error(base::ErrorCode::kCborFieldType);
  return r.finish();
}

}  // namespace

PROTOCOL_PLAIN_MESSAGE(SeedRequest)
PROTOCOL_PLAIN_MESSAGE(BeginRequest)
PROTOCOL_PLAIN_MESSAGE(GenerateKeyRequest)
PROTOCOL_PLAIN_MESSAGE(GenerateKeyReply)
PROTOCOL_PLAIN_MESSAGE(ImportKeyRequest)
PROTOCOL_PLAIN_MESSAGE(ImportKeyReply)
PROTOCOL_PLAIN_MESSAGE(CommitRequest)
PROTOCOL_PLAIN_MESSAGE(LockRequest)
PROTOCOL_PLAIN_MESSAGE(LockReply)
PROTOCOL_PLAIN_MESSAGE(VerifyReply)

Result<ByteView> encode(const SessionState& m, MutableBytes out) {
  CborWriter w(out);
  write_fields(w, kSessionState, &m, m.items.empty() ? 0 : 1);
  // The tags follow each other in one byte string.
  static_assert(sizeof(ItemTag) == kItemTagSize);
  if (!m.items.empty()) w.field(kTagsKey, ByteView(m.items.begin()->data(), m.items.size() * kItemTagSize));
  return w.finish();
}

base::Status decode(ByteView bytes, SessionState& m) {
  CborReader r(bytes, kMap);
  read_fields(r, kSessionState, &m);
  m.items.clear();
  if (r.find(kTagsKey)) {
    const ByteView tags = r.take_bytes(kItemTagSize, kMaxItems * kItemTagSize);
    if (tags.size() % kItemTagSize != 0) r.set_error(base::ErrorCode::kCborFieldType);
    for (size_t at = 0; !r.failed() && at < tags.size(); at += kItemTagSize) {
      ItemTag tag;
      base::copy(tag, tags.subspan(at, kItemTagSize));
      if (!m.items.push_back(tag)) r.set_error(base::ErrorCode::kCborFieldType);
    }
  }
  return r.finish();
}

Result<ByteView> encode(const PutRequest& m, MutableBytes out) {
  CborWriter w(out);
  w.map(1);
  w.key(1);
  w.array(m.parts.size());
  for (ItemPart part : m.parts) {
    if (is_whole(part)) part.total = 0;  // left out
    write_fields(w, kItemPart, &part);
  }
  return w.finish();
}

base::Status decode(ByteView bytes, PutRequest& m) {
  m.parts.clear();
  CborReader r(bytes, kMap);
  if (!r.require(1)) return r.finish();
  const ByteView parts = r.take_container(kArray);
  BASE_TRY(r.finish());
  CborReader list(parts, kArray, CborReader::Input::kChecked);
  while (list.more()) {
    const ByteView encoded = list.take_container(kMap);
    BASE_TRY(list.finish());
    ItemPart part;
    BASE_TRY(decode_part(encoded, part));
    if (!m.parts.push_back(part)) return base::fail(base::ErrorCode::kCborFieldType);
  }
  if (m.parts.empty()) list.set_error(base::ErrorCode::kCborFieldType);
  return list.finish();
}

}  // namespace protocol
