// Is a unit's signed receipt what this registry's record says it must be?
#pragma once

#include "db/src/registry.h"
#include "protocol/messages.h"

namespace factory {

// Verifies the signature with the key on record and compares every field: challenge, chip id, serial, transaction,
// items digest and count, public key, lifecycle `secured`, board, and that the chip's read protection is at least
// `read_protection`, the profile's. `unit` must be committed at least. The chip's read protection.
// kReceiptInvalid: the text names what differs.
base::Outcome<uint8_t> check_receipt(const db::Unit& unit, uint8_t read_protection,
                                     const protocol::Challenge& challenge, base::ByteView receipt);

}  // namespace factory
