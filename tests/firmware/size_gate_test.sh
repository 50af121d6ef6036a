#!/bin/sh
# cmake/firmware_size.sh lets an image through up to its gate, and not a byte above it. size_gate_test.sh SCRIPT COMPILER NM
set -eu
script=$1
compiler=$2
nm=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# 0x100 bytes in sector 0, 0x200 from sector 4 on: 768 of flash; 0x40 of static RAM.
cat >"$folder/image.s" <<'END'
.globl sector0_end, main_image_end, stack_top, bss_end
.set sector0_end, 0x08000100
.set main_image_end, 0x08010200
.set stack_top, 0x20004000
.set bss_end, 0x20004040
END
"$compiler" -c "$folder/image.s" -o "$folder/image.elf"
cp "$folder/image.elf" "$folder/unnamed.elf"

status=0
# expect VERDICT MODE IMAGE GATE
expect() {
  printf '# comment\nimage 700 %s 100 5 5\n' "$4" >"$folder/sizes.txt"
  if "$script" "$2" "$nm" "$folder/$3.elf" "$folder/sizes.txt" >"$folder/said" 2>&1; then got=taken; else got=refused; fi
  [ "$got" = "$1" ] && return
  printf '%s instead of %s: %s\n' "$got" "$1" "$*" >&2
  cat "$folder/said" >&2
  status=1
}

expect taken --gate image 768
grep -q 'flash +68, static RAM -36 bytes' "$folder/said" || { cat "$folder/said" >&2; status=1; }
expect refused --gate image 767
expect taken --no-gate image 767
expect taken --gate unnamed 1
exit $status
