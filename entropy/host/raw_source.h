// The raw sources of a Linux host.
#pragma once

#include "entropy/host/seed_source.h"

namespace entropy {

// getrandom(2): waits until the kernel's generator is seeded, never gives bytes before.
std::unique_ptr<RawSource> kernel_source();

// A character device; anything else is refused, since a file would give the same seeds to every unit. kSeedSource.
base::Outcome<std::unique_ptr<RawSource>> device_source(const std::filesystem::path& path,
                                                        std::chrono::milliseconds time_limit);

}  // namespace entropy
