#!/bin/sh
# npm run demo [-- FLAGS]: from a fresh clone to a running environment. Says what it installs before it does; run again, it changes
# nothing. The flags (--data-dir, --project, ...) are handed to cloister.
set -eu
cd "$(dirname "$0")/../.."

manifest=examples/better-root.yaml
name=better-root

if [ "$(id -u)" -ne 0 ]; then
  echo 'cloister makes environments as root only, for now: sudo npm run demo' >&2
  exit 6
fi

sh src/build/setup.sh packages modules build

heading() { printf '\n\033[1m%s\033[0m\n' "$*"; }
if [ ! -t 1 ] || [ -n "${NO_COLOR:-}" ]; then heading() { printf '\n%s\n' "$*"; }; fi

heading "cloister apply --yes --file $manifest"
dist/cloister apply --yes --file "$manifest" "$@"

heading "cloister verify --file $manifest $name"
dist/cloister verify --file "$manifest" "$@" "$name"

cat <<TEXT

It runs. Put the program in your path:   alias cloister='$PWD/dist/cloister --file $PWD/$manifest${*:+ $*}'

  enter     cloister shell $name
  one job   cloister exec $name -- cat /etc/os-release
  look      cloister status          cloister inspect $name
  change    edit $manifest, then: cloister plan; cloister apply
  destroy   cloister destroy         (and with --volumes what it wrote)

Your own: copy examples/minimal.yaml. Every field: docs/manifest.md.
TEXT
