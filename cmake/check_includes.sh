#!/usr/bin/env bash
# Holds the include table of docs/architecture.md against the code. Prints each line that breaks it.
set -euo pipefail
cd "$(dirname "$0")/.."

status=0
# A test, a test's helper (NAME_test_support.h beside the code; tests/support where folders share it) and a fuzzer are no
# part of their folder: they may use everything.
tests='_test\.(cc|c):|_test_support\.(h|cc):|/fuzz/'
# The RAM model of a chip runs on the host only.
host_ports='^rot/port/ram/'

# allow FOLDER FOLDERS...: files of the first may include those of itself and of the others, and no other of ours.
allow() {
  local folder=$1
  shift
  local allowed
  allowed=$(printf '%s|' "$folder" "$@")
  allowed=${allowed%|}
  local ours='base|crypto|protocol|entropy|rot|device|device-agent|client|cert-templates|db|factory-tool|virtual-board|tests'
  local found
  found=$(grep -rnE "^#include \"($ours)/" "$folder" --include='*.h' --include='*.cc' --include='*.c' |
    grep -vE "$tests" | grep -vE "#include \"($allowed)/" || true)
  if [ -n "$found" ]; then
    printf '%s may not include this:\n%s\n' "$folder" "$found"
    status=1
  fi
}

allow base
allow crypto base
allow protocol crypto base
allow entropy base
allow rot crypto base
allow device rot entropy protocol crypto base
allow device-agent device protocol rot entropy crypto base
allow client device protocol rot entropy crypto base
allow cert-templates base
allow db base
allow virtual-board base
allow factory-tool protocol cert-templates db entropy base

# The device's code knows neither the heap's types nor streams.
found=$(grep -rnE '#include <(string|vector|map|iostream|sstream|functional|memory)>' \
  base/*.h base/*.cc crypto protocol rot entropy/device device device-agent/src client/src --include='*.h' --include='*.cc' |
  grep -vE "$tests|$host_ports" || true)
if [ -n "$found" ]; then
  printf 'device code uses the heap or streams:\n%s\n' "$found"
  status=1
fi

# A platform is chosen in port/ and app/ only, SQL lives in db/ only.
found=$(grep -rnE '#include <(unistd|termios|fcntl|sys/[a-z]+|netdb)\.h>' base/*.cc crypto protocol rot entropy/device device-agent/src client/src \
  --include='*.h' --include='*.cc' | grep -vE "$tests|/port/" || true)
[ -z "$found" ] || { printf 'a system call outside port/ and app/:\n%s\n' "$found"; status=1; }
found=$(grep -rn '#include <sqlite3.h>' --include='*.h' --include='*.cc' . --exclude-dir=build | grep -v '^./db/' | grep -vE "$tests" || true)
[ -z "$found" ] || { printf 'SQL outside db/:\n%s\n' "$found"; status=1; }
exit $status
