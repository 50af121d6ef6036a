#include "device-agent/src/commands.h"
#include "device-agent/src/records.h"

namespace agent {
namespace {

bool is_serial(std::string_view serial) {
  if (serial.empty() || serial.size() > protocol::kMaxSerialSize) return false;
  for (const char c : serial) {
    if (c <= ' ' || c > '~') return false;
  }
  return true;
}

}  // namespace

base::Status run_begin(Core& core, base::ByteView body) {
  using base::ErrorCode;
  protocol::BeginRequest request;
  BASE_TRY(protocol::decode(body, request));
  SeedRecord seed;
  BASE_TRY(required(read_record(core.rot, seed), ErrorCode::kNoTransaction));
  if (seed.transaction != request.transaction) return base::fail(ErrorCode::kOtherTransaction);
  if (!is_serial(request.serial)) return base::fail(ErrorCode::kInvalidArgument);

  TransactionRecord record;
  BASE_ASSIGN(const bool begun, read_record(core.rot, record));
  if (begun) {
    if (record.transaction != request.transaction) return base::fail(ErrorCode::kOtherTransaction);
    if (record.serial() != request.serial) return base::fail(ErrorCode::kOtherSerial);
    return {};
  }
  record.transaction = request.transaction;
  record.serial_size = request.serial.size();
  std::memcpy(record.serial_text.data(), request.serial.data(), request.serial.size());
  BASE_TRY(write_record(core.rot, record));
  return {};
}

}  // namespace agent
