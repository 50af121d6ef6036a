#!/usr/bin/env bash
# Runs the session that a document shows in its ```console blocks, in one shell and one temporary directory, and compares
# what the programs say with what the document says. Exit code 1 and a diff where they differ.
#
#   FACTORY_LINE_PROGRAMS=DIR[:DIR...] transcript.sh [--print] FILE.md      --print: only show the session as it ran
#
# A line that begins with "$ " is a command, what follows is its output (both streams). A command that ends in "&" must
# send its output to NAME.log; the next command starts when that log has its first line.
#
# What differs from run to run is masked on both sides: times, durations, numbers of bytes, round trips and repeated frames, and
# hexadecimal of 16 digits or more. The document's /home/ann/line is the temporary directory, its port 8443 is one that
# is free.
set -euo pipefail

print=false
if [ "${1:-}" = --print ]; then print=true; shift; fi
document=${1:?usage: transcript.sh [--print] FILE.md}
PATH=${FACTORY_LINE_PROGRAMS:?the directories of the programs}:$PATH

work=$(mktemp -d)
work=$(cd "$work" && pwd -P)
mkdir -m 700 "$work/line"
trap 'rm -rf "$work"' EXIT

awk '/^```console$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$document" >"$work/shown"
grep -q '^\$ ' "$work/shown" || { echo "transcript.sh: no command in the console blocks of $document" >&2; exit 1; }

free_port() {
  local port
  for ((;;)); do
    port=$((20000 + RANDOM % 10000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}
port=$(free_port)

# The session as a script; each command is shown before it runs.
{
  echo "trap 'kill \$(jobs -p) 2>/dev/null; wait' EXIT"
  grep '^\$ ' "$work/shown" | while IFS= read -r line; do
    command=${line#\$ }
    printf 'printf "%%s\\n" %q\n' "$line"
    printf '%s\n' "${command//8443/$port}"
    if [ "${command: -1}" = '&' ]; then
      log=$(grep -oE '[a-z-]+\.log' <<<"$command") || { echo "transcript.sh: no log in: $command" >&2; exit 1; }
      printf 'for ((i = 0; i < 600; i++)); do [ -s %s ] && break; sleep 0.05; done\n' "$log"
    fi
  done
} >"$work/session.sh"

(cd "$work/line" && exec env -u FACTORY_HOME -u FACTORY_PASSPHRASE -u FACTORY_PASSPHRASE_FILE -u FACTORY_OPERATOR \
  bash "$work/session.sh" >"$work/said" 2>&1 </dev/null) || true
sed -i -e "s|$work/line|/home/ann/line|g" -e "s|$port|8443|g" "$work/said"
if $print; then cat "$work/said"; exit; fi

masked() {
  sed -E -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z/TIME/g' \
    -e 's/activated at [0-9]+/activated at TIME/' \
    -e 's/ +[0-9]+\.[0-9] ms/ DURATION/' \
    -e 's/[0-9]+ bytes/N bytes/' -e 's/[0-9]+ to the device/N to the device/' -e 's/[0-9]+ round trips/N round trips/' -e 's/[0-9]+ frames sent again/N frames sent again/' \
    -e 's/\b[0-9a-f]{16,}\b/HEX/g' -e 's/[[:space:]]+$//' -e '/^$/d' "$1"
}
if ! diff -u --label "$document" --label 'what the programs say' <(masked "$work/shown") <(masked "$work/said"); then
  echo "The document's session differs from what the programs say. If the programs are right: transcript.sh --print" >&2
  exit 1
fi
echo "$(grep -c '^\$ ' "$work/shown") commands of $document say what it shows"
