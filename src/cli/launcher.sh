#!/bin/sh
# The command `cloister`: clears what would slow Node down or steer it, and hands over to the bundle beside this file.
# A path through a symbolic link (npm's bin directories) costs one readlink; a direct one costs no process at all.
self=$0
if [ -L "$self" ]; then self=$(readlink -f -- "$self"); fi

# What help and version say is known when cloister is built, and stands beside this file in help/.
topic=
case $#:${1-}:${2-} in
0:: | 1:help: | 1:--help: | 1:-h:) topic=cloister ;;
1:--version: | 1:-V:) topic=--version ;;
2:help:* | 2:--help:* | 2:-h:*) topic=$2 ;;
2:*:--help | 2:*:-h) topic=$1 ;;
esac
case $topic in
'' | */*) ;;
*) if [ -f "${self%/*}/help/$topic" ]; then exec cat "${self%/*}/help/$topic"; fi ;;
esac

# Whatever loads code into Node or perl, or has them write files.
unset LD_AUDIT LD_LIBRARY_PATH LD_PRELOAD NODE_COMPILE_CACHE NODE_EXTRA_CA_CERTS NODE_ICU_DATA NODE_OPTIONS NODE_PATH \
  NODE_REDIRECT_WARNINGS NODE_REPL_EXTERNAL_MODULE NODE_V8_COVERAGE OPENSSL_CONF OPENSSL_ENGINES OPENSSL_MODULES \
  PERL5DB PERL5LIB PERL5OPT PERLIO PERLLIB PERL_UNICODE
# What we say to ourselves, where a caller says it.
unset CLOISTER_ENTERING CLOISTER_INHERITED CLOISTER_SERVER

# A stream that the caller has closed: what is opened next would take its place.
true 3>&2 || exec 2>/dev/null
{ true 3<&0; } 2>/dev/null || exec </dev/null
{ true 3>&1; } 2>/dev/null || exec >/dev/null

if ! command -v node >/dev/null; then
  echo 'error host/no-node: node is not in PATH; cloister needs Node.js 20.19 or later (apt-get install nodejs)' >&2
  exit 6
fi
# An exec as one that was run before takes a third of the time without Node, or less.
case ${CLOISTER_CACHE-}:" $* " in
off:*) ;;
*' exec '* | *' shell '*)
  if [ -x /usr/bin/perl ]; then
    # A message catalogue would be read inside.
    export CLOISTER_LC_ALL="${LC_ALL-}" LC_ALL=C
    exec /usr/bin/perl "${self%/*}/recall.pl" "${self%/*}/loader.cjs" "$@"
  fi
  ;;
esac
# What looks at environments, or makes them, has its server started before Node. Where perl cannot be started, Node starts one when it needs it.
case " $* " in
*' watch '*) ;;
*' apply '* | *' up '* | *' plan '* | *' drift '* | *' status '* | *' ps '* | *' destroy '* | *' down '*)
  if [ -x /usr/bin/perl ]; then
    # An exec that fails ends the shell.
    trap 'exec node --v8-pool-size=1 --preserve-symlinks-main -- "${self%/*}/loader.cjs" "$@"' EXIT
    # A locale that is not installed is no reason for perl to complain.
    PERL_BADLANG=0 exec /usr/bin/perl "${self%/*}/launcher.pl" "${self%/*}" "$@"
  fi
  ;;
esac
# Behind -- nothing is read by Node itself: it would take --env-file wherever it stands. What runs for days keeps little that is no longer used: Node's
# nursery of 1 MB instead of 16.
case " $* " in
*' watch '*) exec node --max-semi-space-size=1 -- "${self%/*}/loader.cjs" "$@" ;;
esac
exec node --v8-pool-size=1 --preserve-symlinks-main -- "${self%/*}/loader.cjs" "$@"
