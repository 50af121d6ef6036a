#!/bin/sh
# Sizes of programs for people, and a gate: cmake/size_report.sh [--limit BYTES] PROGRAM...
# Fails where a program's file is larger than the limit.
set -eu
limit=0
if [ "${1:-}" = "--limit" ]; then
  limit=$2
  shift 2
fi
result=0
for program in "$@"; do
  bytes=$(wc -c <"$program" | tr -d ' ')
  printf 'size: %s: %s bytes (%s KiB)\n' "$(basename "$program")" "$bytes" "$(((bytes + 1023) / 1024))"
  if [ "$limit" -gt 0 ] && [ "$bytes" -gt "$limit" ]; then
    printf 'size: %s is over its limit of %s bytes\n' "$(basename "$program")" "$limit" >&2
    result=1
  fi
done
exit $result
