#!/bin/sh
# What must be there before anything of the project can run, each part done only where it is missing:
#   setup.sh packages    the Debian packages that cloister uses            (needs root to install)
#   setup.sh tools       the Debian packages that the tests use on top     (needs root to install)
#   setup.sh modules     node_modules, exactly as package-lock.json says
#   setup.sh build       dist/, where a source is newer
set -eu
cd "$(dirname "$0")/../.."

packages="mmdebstrap debootstrap debian-archive-keyring catatonit klibc-utils libcap2-bin uidmap erofs-utils util-linux perl-base iproute2 nftables passt"
tools="busybox-static fakechroot gpg gpg-agent qemu-user-static shellcheck strace tmux systemd skopeo slirp4netns squashfs-tools umoci zstd"

say() { printf '%s\n' "$*"; }

install() {
  installed=" $(dpkg-query -W -f '${Package}:${db:Status-Status} ' "$@" 2>/dev/null || :)"
  missing=
  for package in "$@"; do
    case $installed in
    *" $package:installed "*) ;;
    *) missing="$missing $package" ;;
    esac
  done
  if [ -z "$missing" ]; then return; fi
  say "missing Debian packages:$missing"
  if [ "$(id -u)" -ne 0 ]; then
    say "not root, so not installed; install them with: sudo apt-get install$missing"
    return
  fi
  say "installing them with apt-get (update, then install --no-install-recommends)"
  log=$(mktemp)
  # shellcheck disable=SC2086
  if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log"
    rm -f "$log"
    say "apt-get failed; install by hand:$missing"
    return 1
  fi
  rm -f "$log"
}

modules() {
  stamp=node_modules/.package-lock.sha256
  want=$(sha256sum package-lock.json)
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then return; fi
  say "npm ci"
  npm ci --loglevel=error
  printf '%s\n' "$want" >"$stamp"
}

build() {
  # Directories count too: a file that was taken away leaves its mark on them.
  if [ -x dist/cloister ] && [ -z "$(find src schemas package.json package-lock.json -newer dist/cloister -print -quit)" ]; then return; fi
  say "build"
  npm run --silent build
  touch dist/cloister
}

for part in "$@"; do
  # The lists are one word a package, on purpose.
  # shellcheck disable=SC2086
  case $part in
  packages) install $packages ;;
  tools) install $tools ;;
  modules) modules ;;
  build) build ;;
  *) say "setup.sh: unknown part $part" >&2 && exit 64 ;;
  esac
done
