#!/usr/bin/env bash
# Installs what the build needs and unpacks the third-party sources under build/deps. The only place
# that does; safe to run again (a second run takes a moment and no network).
#
#   cmake/setup.sh            what ./demo needs
#   cmake/setup.sh --check    also what ./check needs: peers, fuzzer, cross compilers, emulator
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
  ca-certificates cmake g++ make ninja-build pkg-config dpkg-dev
  libcli11-dev libserialport-dev libsqlite3-dev libssl-dev libtomlplusplus-dev libcpp-httplib-dev
  libunicorn-dev gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib
)
check_packages=(
  libgtest-dev openssl socat sqlite3 clang-19 libclang-rt-19-dev qemu-user musl-tools
  g++-mips-linux-gnu g++-arm-linux-gnueabihf
)
[ "${1:-}" = "--check" ] && packages+=("${check_packages[@]}")

say() { printf 'setup: %s\n' "$*" >&2; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  say "installing ${missing[*]}"
  log=$(mktemp)
  if ! { as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive \
         apt-get install -y -q --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    say "the packages could not be installed; run as root (or with sudo) on a machine that reaches a Debian archive"
    exit 1
  fi
  rm -f "$log"
fi

# Mbed TLS 3.6 comes as a source package of a newer suite, through a private apt
# configuration made from the archive that this machine already uses: its own sources stay untouched.
deps=build/deps
suite=trixie
mkdir -p "$deps"
deps_abs=$(cd "$deps" && pwd)
apt_dir=$deps_abs/apt

private_apt() {
  apt-get -q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$apt_dir/sources" \
    -o Dir::State::lists="$apt_dir/lists" -o Dir::Cache="$apt_dir/cache" \
    -o APT::Sandbox::User=root -o APT::Get::List-Cleanup=false "$@"
}

prepare_private_apt() {
  [ -e "$apt_dir/ready" ] && return
  mkdir -p "$apt_dir/sources" "$apt_dir/lists/partial" "$apt_dir/cache/archives/partial"
  # The main archive this machine is configured with: deb822 files first, then one-line lists.
  local uri
  uri=$(cat /etc/apt/sources.list.d/*.sources 2>/dev/null | sed -n 's/^URIs: *\([^ ]*\).*/\1/p' | grep -v -e security | head -n 1 || true)
  [ -n "$uri" ] || uri=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
    sed -n 's/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) .*/\2/p' | grep -v -e security | head -n 1 || true)
  if [ -z "$uri" ]; then
    say "no Debian archive is configured on this machine; give MBEDTLS_SOURCE_DIR and TINYCBOR_SOURCE_DIR to cmake instead"
    exit 1
  fi
  printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
    "$uri" "$suite" >"$apt_dir/sources/source.sources"
  private_apt update >"$apt_dir/log" 2>&1 || { tail -n 5 "$apt_dir/log" >&2; say "the source index could not be read"; exit 1; }
  touch "$apt_dir/ready"
}

# fetch NAME TARBALL-GLOB: apt checks the tarball against the signed index before it is unpacked.
fetch() {
  local name=$1 target=$deps_abs/$1
  [ -e "$target/.complete" ] && return
  say "fetching the sources of $name"
  prepare_private_apt
  rm -rf "$target" "$target.part"
  mkdir -p "$target.part/tar"
  (cd "$target.part/tar" && private_apt source --download-only --tar-only "$name") >"$apt_dir/log" 2>&1 ||
    { tail -n 5 "$apt_dir/log" >&2; say "the sources of $name could not be fetched"; exit 1; }
  tar -x --strip-components=1 -C "$target.part" -f "$target.part"/tar/*.orig.tar.*
  rm -rf "$target.part/tar"
  touch "$target.part/.complete"
  mv "$target.part" "$target"
}

fetch mbedtls
