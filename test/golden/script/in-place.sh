#!/bin/sh
# Project t: what `cloister apply` would do, as `cloister plan --script` printed it (cloister 0.0.0).
# Manifest: /home/me/cloister.yaml
#
# To be run as root on the machine that it was planned on, once. It stops at the first step that fails, and does nothing where what
# it was planned from no longer holds. A start that is cut before its commit is taken back by the kernel; what is left of it on
# disk goes with the next apply or destroy.

set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
for name in $(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p'); do
  case $name in PATH | LC_ALL) ;; *) unset "$name" ;; esac
done
export PATH LC_ALL
umask 077
cd /
exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
at=beginning claimed=

fail() {
  printf '%s\n' "cloister: $at: $1" | shown >&2
  exit 1
}

# Text from outside, without what could act on a terminal.
shown() {
  tr -cd '[:print:]\n'
}

# With the modes that everybody expects of a new file.
plainly() (
  umask 022
  exec "$@"
)

# The start time of a process, which with its number names it; nothing where it has ended.
start_of() {
  sed -n 's/^.*) [^ ZX] \([^ ]* \)\{18\}\([0-9]*\) .*$/\2/p' "/proc/$1/stat" 2>/dev/null || :
}

# Whether the process lives that had this number and start time.
alive() {
  test "$(start_of "$1")" = "$2"
}

# directory PATH MODE [OWNER]: makes it and what is missing above it; one that is there stays as it is.
directory() {
  if [ -e "$1" ]; then return 0; fi
  if [ ! -e "${1%/*}/" ]; then
    mkdir -p -- "${1%/*}/"
    owned "${1%/*}/"
  fi
  mkdir -m "$2" -- "$1"
  if [ -n "${3-}" ]; then chown "$3:$3" -- "$1"; fi
}

# Nobody else may write where state is kept.
owned() {
  case $(stat -Lc '%u %A' -- "$1") in
  '0 d'????-??-?) ;;
  *) fail "$1 belongs to another user, or can be written by others" ;;
  esac
}

# lock FILE: no other run changes this project meanwhile; the kernel gives it back when this script ends, however that happens.
lock() {
  directory "${1%/*}" 700
  owned "${1%/*}"
  while :; do
    if [ -L "$1" ]; then fail "$1 is a symbolic link"; fi
    exec 9>>"$1"
    flock -n 9 || fail "the project is locked by another run: $(cat -- "$1")"
    # Whoever had it may have taken the file away: then the next one has its lock on another file by now.
    if [ "$(stat -Lc %i /proc/self/fd/9)" = "$(stat -c %i -- "$1" 2>/dev/null)" ]; then break; fi
  done
  printf '{"pid":%s,"verb":"script","since":"%s"}' "$$" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$1"
}

same_boot() {
  test "$(cat /proc/sys/kernel/random/boot_id)" = "$1" || fail 'the machine was started anew since this was planned: plan again'
}

# What was seen to run must still be that.
still() {
  alive "$1" "$2" || fail "process $1, which held it when this was planned, has ended: plan again"
}

test "$(id -u)" = 0 || fail 'only root can do this'
for tool in sh perl unshare nsenter setpriv flock mount catatonit; do
  command -v "$tool" >/dev/null || fail "$tool is not installed"
done
nsenter --version | grep -q util-linux || fail 'nsenter is not the one of util-linux: run this by dash or bash'

leave() {
  code=$?
  trap - EXIT
  if [ "$code" != 0 ]; then printf '%s\n' "cloister: nothing was done after: $at" >&2; fi
  for claim in $claimed; do rm -f -- /run/cloister/.ids/"$claim"; done
  rmdir -- /run/cloister/.ids /run/cloister 2>/dev/null || :
  for directory in /var/lib/cloister/state/t/logs /var/lib/cloister/state/t /run/cloister/t; do
    rmdir -- "$directory" 2>/dev/null || :
  done
  if [ ! -e /run/cloister/t ]; then rm -f -- /run/lock/cloister/t.lock; fi
  exit "$code"
}
lock /run/lock/cloister/t.lock
trap leave EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM

# ---- what this was planned from must still hold ----
same_boot 0e3f4d5c-0000-4000-8000-000000000000
at=web
still 9837 979567

# ---- web ----

# ~ web.hostname  inside-2
#       inside -> inside-2
# ~ web.mounts["/with space"]  tmpfs size=2097152
#       size  1048576 -> 2097152
# - web.mounts["/srv"]  bind 254:0 /home/me/site nodev,nosuid,ro
#       bind 254:0 /home/me/site nodev,nosuid,ro -> nothing
at='web: hostname inside-2, resize /with space, unmount /srv'
directory /run/cloister/t/web/stage 700
printf %s 'stage /run/cloister/t/web/stage tmpfs mode=0700 0 0
' >/run/cloister/t/web/fstab
plainly perl /usr/lib/cloister/shim.pl x64 assemble 9837 979567 /run/cloister/t/web/stage 1879638016 /run/cloister/t/web/fstab \
  3 sysctl kernel.hostname inside-2 \
  4 reconfigure '/with space' size 2097152 \
  3 detach /srv 0 </dev/null
