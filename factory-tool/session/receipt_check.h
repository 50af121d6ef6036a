// Is a unit's signed receipt what this registry's record says it must be?
#pragma once

#include "db/src/registry.h"
#include "protocol/messages.h"

namespace factory {

// Verifies the signature with the key on record and compares every field: challenge, chip id, serial, transaction,
// items digest and count, public key, lifecycle `secured`, board. `unit` must be committed at least.
// kReceiptInvalid: the text names what differs.
base::Outcome<void> check_receipt(const db::Unit& unit, const protocol::Challenge& challenge, base::ByteView receipt);

}  // namespace factory
