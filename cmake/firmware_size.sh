#!/bin/sh
# What a firmware image takes of the chip, from the symbols of its linker script, what changed since SIZES
# (firmware_sizes.txt) was written, and what takes the room. Fails over the flash gate; an image that is not named in SIZES
# has none. cmake/firmware_size.sh --gate|--no-gate NM ELF SIZES
set -eu
gate=$1
shift
image=$(basename "$2" .elf)
symbols=$("$1" -C -S --radix=d "$2")
address() { printf '%s\n' "$symbols" | awk -v name="$1" '$NF == name {print $1 + 0; exit}'; }
s0=$(($(address sector0_end) - 0x08000000))
main=$(($(address main_image_end) - 0x08010000))
flash=$((s0 + main))
ram=$(($(address bss_end) - $(address stack_top)))
printf 'size: %s: flash %d bytes (sector 0 %d, from sector 4 on %d), static RAM %d bytes\n' "$image" $flash $s0 $main $ram

set -- $(awk -v image="$image" '$1 == image {print $2, $3, $4}' "$3")
[ $# -eq 3 ] || exit 0
printf 'size: %s: flash %+d, static RAM %+d bytes against firmware_sizes.txt; flash gate %d, %d left\n' "$image" \
  $((flash - $1)) $((ram - $3)) "$2" $(($2 - flash))

# Link-time optimisation puts functions into their callers: a group is where the code ended up.
printf '%s\n' "$symbols" | awk -v image="$image" '
  # Address, size, kind, name, in flash.
  NF >= 4 && $3 ~ /^[tTrRwWvVdD]$/ && $1 < 536870912 {
    name = $4
    for (i = 5; i <= NF; ++i) name = name " " $i
    sub(/^guard variable for /, "", name)
    group = "rest"
    if (name ~ /^(mbedtls_ssl_|tls_|ssl_)/) group = "TLS"
    else if (name ~ /^(mbedtls_)?(x509|asn1|oid|pk|pem)_/) group = "X.509"
    else if (name ~ /^(ecdsa|p256|mbedtls_ec|u256|m256|point|scalar|prime)/) group = "P-256"
    else if (name ~ /^(mbedtls_)?(psa|to_psa)_|^mbedtls_ct|^psa/) group = "PSA"
    else if (name ~ /crypto::|^mbedtls_(internal_)?(aes|sha|gcm|ccm|md|cipher)/) group = "crypto"
    else if (match(name, /(^|[^A-Za-z0-9_:])(agent|base|client|crypto|device|entropy|protocol|rot|stm32f411)::/)) {
      group = substr(name, RSTART, RLENGTH - 2)
      sub(/^[^a-z]/, "", group)
      if (group == "stm32f411") group = "device"
    }
    sizes[group] += $2
  }
  END {
    line = ""
    for (;;) {
      best = ""
      for (group in sizes) if (best == "" || sizes[group] > sizes[best]) best = group
      if (best == "") break
      line = line (line == "" ? "" : ", ") best " " sizes[best]
      delete sizes[best]
    }
    print "size: " image ": by symbols: " line
  }'
if [ "$gate" = --gate ] && [ $flash -gt "$2" ]; then
  printf 'size: %s is over its gate of %d bytes of flash\n' "$image" "$2" >&2
  exit 1
fi
