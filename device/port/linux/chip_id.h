// The identity of the machine as a chip id.
#pragma once

#include "device/port/linux/config.h"
#include "protocol/messages.h"

namespace device {

using ChipId = std::array<uint8_t, protocol::kMaxChipIdSize>;

// The `chip-id` of the configuration as it stands, or 16 bytes of SHA-256 over a constant of this project and the
// contents of `chip-id-file` without the spaces around them. Hashed, because machine-id(5) asks for the id itself to
// stay on the machine, and because a DMI or SoC serial has any length. The id must stay the same for the life of
// the unit: a machine-id that an image update renews is no good source, a SoC serial is.
// kConfiguration: the file is missing, empty or over 4,096 bytes, or holds a known filler of a vendor; kCrypto.
base::Result<base::ByteView> read_chip_id(const LinuxConfig& config, ChipId& id, Diagnostic& diagnostic);

}  // namespace device
