#!/bin/sh
# The command `cloister`: clears what would slow Node down or steer it, and hands over to the bundle beside this file.
# A path through a symbolic link (npm's bin directories) costs one readlink; a direct one costs no process at all.
if ! command -v node >/dev/null; then
  echo 'error host/no-node: node is not in PATH; cloister needs Node.js 20.19 or later (apt-get install nodejs)' >&2
  exit 6
fi
self=$0
if [ -L "$self" ]; then self=$(readlink -f -- "$self"); fi
# Whatever loads code into Node, or has it write files.
unset LD_AUDIT LD_LIBRARY_PATH LD_PRELOAD NODE_COMPILE_CACHE NODE_EXTRA_CA_CERTS NODE_ICU_DATA NODE_OPTIONS NODE_PATH \
  NODE_REDIRECT_WARNINGS NODE_REPL_EXTERNAL_MODULE NODE_V8_COVERAGE OPENSSL_CONF OPENSSL_ENGINES OPENSSL_MODULES
exec node "${self%/*}/loader.cjs" "$@"
