#!/usr/bin/env bash
# Runs one fuzzer over its seeds and a fixed number of inputs. The random numbers repeat; another
# start gives others: FACTORY_LINE_SEED=7 ctest --preset check -R fuzz_NAME
#
#   run.sh FUZZ_BUILD_DIR NAME RUNS
set -euo pipefail
program=$1/tests/fuzz/fuzz_$2
seeds=$1/fuzz_seeds/$2
if [ ! -x "$program" ] || [ ! -d "$seeds" ]; then
  printf '%s or its seeds in %s are missing. Build them: cmake --preset fuzz && cmake --build --preset fuzz\n' "$program" "$seeds" >&2
  exit 1
fi
# A list of files instead of a folder: libFuzzer writes what it finds into a folder.
files=("$seeds"/*)
list=$(IFS=,; printf '%s' "${files[*]}")
mkdir -p "$1/findings"
seed=${FACTORY_LINE_SEED:-1}
printf 'FACTORY_LINE_SEED=%s\n' "$seed"
exec "$program" -runs="$3" -seed="$seed" -seed_inputs="$list" -max_len=4096 -timeout=60 -rss_limit_mb=4096 \
  -artifact_prefix="$1/findings/$2-" -print_final_stats=1
