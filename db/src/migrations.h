// The numbered migrations of db/schema, embedded at build time.
#pragma once

#include <span>

#include "base/host/failure.h"
#include "db/src/sqlite.h"

namespace db {

struct Migration {
  int number;
  const char* name;  // the file's name
  const char* sql;
};
std::span<const Migration> migrations();

// Checks that the open file is a registry of a version this program knows and, if `writable`, brings an older one up to
// date in one transaction: a crash leaves the old or the new. `fresh`: the file is new and empty.
// kRegistryOpen (another program's database), kRegistrySchema (newer, or older and not writable), kRegistryCorrupt.
base::Outcome<void> prepare_schema(sqlite::Connection& connection, bool writable, bool fresh);

}  // namespace db
