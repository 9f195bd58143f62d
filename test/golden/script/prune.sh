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

# The start time of a process, which with its number names it; nothing where it has ended.
start_of() {
  sed -n 's/^.*) [^ ZX] \([^ ]* \)\{18\}\([0-9]*\) .*$/\2/p' "/proc/$1/stat" 2>/dev/null || :
}

# Whether the process lives that had this number and start time.
alive() {
  test "$(start_of "$1")" = "$2"
}

# Whether a process ends within so many fiftieths of a second.
ended() {
  left=$3
  while alive "$1" "$2"; do
    if [ "$left" -le 0 ]; then return 1; fi
    left=$((left - 1))
    sleep 0.02
  done
}

# Lets the control group of a process go on: while it is frozen nothing in it hears a signal.
thaw() {
  frozen=$(sed -n 's/^[^ ]* \([^ ]*\) cgroup2 .*/\1/p' /proc/mounts | sed 1q)$(sed -n 's/^0:://p' "/proc/$1/cgroup" 2>/dev/null || :)
  if grep -qsx 1 "$frozen/cgroup.freeze"; then write_kernel "$frozen/cgroup.freeze" 0; fi
}

# end_process PID START SIGNAL FIFTIETHS: signals a process and awaits its end; after that time it is killed.
end_process() {
  if alive "$1" "$2"; then thaw "$1"; fi
  if alive "$1" "$2"; then kill -s "$3" "$1" 2>/dev/null || :; fi
  if ended "$1" "$2" "$4"; then return 0; fi
  if alive "$1" "$2"; then kill -s KILL "$1" 2>/dev/null || :; fi
  ended "$1" "$2" 500 || fail "process $1 does not end"
}

# Awaits, for some time, the processes outside that wait for those of an environment.
await_waiters() {
  left=100
  while grep -qsza -e "^CLOISTER_ENVIRONMENT=$1\$" -e "^CLOISTER_PROCESS=$1/" /proc/[0-9]*/environ && [ "$left" -gt 0 ]; do
    left=$((left - 1))
    sleep 0.02
  done
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

# One write(2) to a file of the kernel's. (A shell's own printf may make several of several lines.)
write_kernel() {
  case $(stat -f -c %T -- "$1") in
  proc | cgroupfs | cgroup2fs) ;;
  *) fail "$1 is on no file system of the kernel's" ;;
  esac
  env printf %s "$2" >"$1"
}

processes_in() {
  find "$1" -name cgroup.procs -exec cat {} + 2>/dev/null || :
}

# Ends whatever is in a control group and removes it; the project's goes with its last one, ours with the last project.
remove_group() {
  if [ ! -d "$1" ]; then return 0; fi
  left=500
  while [ -n "$(processes_in "$1")" ]; do
    if [ "$left" -le 0 ]; then fail "a process in $1 does not end"; fi
    left=$((left - 1))
    for pid in $(processes_in "$1"); do
      if [ "$pid" != 0 ]; then kill -s KILL "$pid" 2>/dev/null || :; fi
    done
    sleep 0.02
  done
  # A process that ends is no longer shown once its first thread has ended; the group is in use until its last one has.
  until find "$1" -depth -type d -exec rmdir {} + 2>/dev/null || [ ! -d "$1" ]; do
    if [ "$left" -le 0 ]; then fail "$1 stays in use"; fi
    left=$((left - 1))
    sleep 0.02
  done
  for parent in "${1%/*}" "${1%/*/*}"; do
    case $parent in
    */cloister/*/*) ;;
    */cloister | */cloister/*) rmdir -- "$parent" 2>/dev/null || : ;;
    esac
  done
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

# - web  processes, namespaces, mounts and control groups; what was written inside is kept (--volumes removes it) (not in the manifest)
at='web: stop main'
end_process 9847 979572 TERM 500
at='web: control group of main'
remove_group /sys/fs/cgroup/unified/cloister/t/web-naurce47/p-main
at='web: forget the last end'
rm -f -- /run/cloister/t/web/main.end
at='web: end the keeper'
end_process 9837 979567 KILL 0
await_waiters t/web
at='web: control group'
remove_group /sys/fs/cgroup/unified/cloister/t/web-naurce47
remove_group /sys/fs/cgroup/cpu/cloister/t/web-naurce47
remove_group /sys/fs/cgroup/cpuacct/cloister/t/web-naurce47
remove_group /sys/fs/cgroup/cpuset/cloister/t/web-naurce47
remove_group /sys/fs/cgroup/memory/cloister/t/web-naurce47
remove_group /sys/fs/cgroup/devices/cloister/t/web-naurce47
remove_group /sys/fs/cgroup/freezer/cloister/t/web-naurce47
remove_group /sys/fs/cgroup/blkio/cloister/t/web-naurce47
remove_group /sys/fs/cgroup/pids/cloister/t/web-naurce47
remove_group /sys/fs/cgroup/systemd/cloister/t/web-naurce47
at='web: run directory'
rm -rf --one-file-system -- /run/cloister/t/web
at='web: ephemeral upper'
rm -rf --one-file-system -- /var/lib/cloister/uppers/t.web/ephemeral-naurce47
at='web: directory of uppers'
rmdir -- /var/lib/cloister/uppers/t.web 2>/dev/null || :
at='web: log'
rm -rf --one-file-system -- /var/lib/cloister/state/t/logs/web
