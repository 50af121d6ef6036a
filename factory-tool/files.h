// Files of the home: whole or not there, never overwritten by accident, secrets for their owner alone.
#pragma once

#include <filesystem>

#include "base/host/bytes_host.h"
#include "base/host/failure.h"

namespace factory {

inline constexpr unsigned kSecretFileMode = 0600;
inline constexpr unsigned kPublicFileMode = 0644;

// Writes a file that must not exist yet; durable when it returns. kConfiguration: it is there; kIo.
base::Outcome<void> create_file(const std::filesystem::path& file, base::ByteView contents, unsigned mode);
// Replaces a file, or makes it: after a crash it has the old contents or the new. kIo.
base::Outcome<void> replace_file(const std::filesystem::path& file, base::ByteView contents, unsigned mode);

// The whole file. kIo: it cannot be read; kMalformed: over `limit` bytes.
base::Outcome<base::Bytes> read_file(const std::filesystem::path& file, size_t limit = size_t{1} << 20);
// The same for a secret; one that group or others can read is refused. kConfiguration, kIo, kMalformed.
base::Outcome<base::SecretBuffer> read_secret_file(const std::filesystem::path& file, size_t limit = size_t{64} << 10);

// Creates a directory for its owner alone, and what leads to it. kIo.
base::Outcome<void> create_private_directory(const std::filesystem::path& directory);

}  // namespace factory
