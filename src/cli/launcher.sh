#!/bin/sh
# The command `cloister`: clears what would slow Node down or steer it, and hands over to the bundle beside this file.
# A path through a symbolic link (npm's bin directories) costs one readlink; a direct one costs no process at all.
if ! command -v node >/dev/null; then
  echo 'error host/no-node: node is not in PATH; cloister needs Node.js 20.19 or later (apt-get install nodejs)' >&2
  exit 6
fi
self=$0
if [ -L "$self" ]; then self=$(readlink -f -- "$self"); fi
unset NODE_EXTRA_CA_CERTS NODE_OPTIONS
exec node "${self%/*}/loader.cjs" "$@"
