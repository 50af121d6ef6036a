// The batch block of a batch on record, with its secret from the home.
#pragma once

#include "db/src/registry.h"
#include "factory-tool/home.h"
#include "protocol/batch_block.h"

namespace factory {

// The caller wipes block.secret. kIo, kConfiguration: the file is missing, open to others or has the wrong size.
base::Outcome<void> load_batch_block(const Home& home, const db::Batch& batch, protocol::BatchBlock& block);

}  // namespace factory
