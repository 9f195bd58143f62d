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
# perl -e "$only" N COMMAND: with the descriptors below N alone. What was left open here would be open inside, too.
only='syscall 436, shift(@ARGV) + 0, 4294967295, 0; exec @ARGV or exit 127'

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

# Makes a control group. Others take a parent away with their last environment as long as nothing of ours is in it: then it is made again.
group() {
  left=100
  until (ready_group "$1") 2>/dev/null; do
    left=$((left - 1))
    if [ "$left" -le 0 ]; then ready_group "$1" || fail "$1 cannot be made"; fi
  done
}

# Makes a control group and what is missing above it, each ready to take processes.
ready_group() {
  if [ ! -d "$1" ]; then
    ready_group "${1%/*}" || return
    if [ -e "${1%/*}/cgroup.controllers" ]; then hand_down "${1%/*}" || return; fi
    # Another run may have made it meanwhile.
    (umask 022 && mkdir -- "$1") || [ -d "$1" ] || return
  fi
  if [ -e "${1%/*}/cgroup.controllers" ] || [ ! -e "${1%/*}/cpuset.cpus" ]; then return 0; fi
  # v1: a group without processors and memory nodes takes no process; who made it may not have come so far.
  for file in cpuset.cpus cpuset.mems; do
    if [ -z "$(cat -- "$1/$file")" ]; then cat -- "${1%/*}/$file" >"$1/$file" || return; fi
  done
}

# cgroup v2: what is limited in children must be handed down before they are made.
hand_down() {
  missing=
  for controller in cpu memory pids cpuset io; do
    if ! grep -qw "$controller" "$1/cgroup.controllers" || grep -qw "$controller" "$1/cgroup.subtree_control"; then continue; fi
    missing="$missing +$controller"
  done
  if [ -n "$missing" ]; then write_kernel "$1/cgroup.subtree_control" "${missing# }"; fi
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

# started LOG FROM GROUP END: awaits that the process which was just started runs its own program inside, or has ended; `perl` is what enters.
started() {
  entering=$(stat -Lc %d:%i -- "$(command -v perl)")
  left=500
  while [ ! -s "$4" ]; do
    for pid in $(processes_in "$3"); do
      running=$(stat -Lc %d:%i "/proc/$pid/exe" 2>/dev/null) || continue
      if [ "$running" != "$entering" ]; then return 0; fi
    done
    if [ "$left" -le 0 ]; then fail 'the process did not come to run inside'; fi
    left=$((left - 1))
    sleep 0.02
  done
  read -r code digest <"$4"
  case $code in
  12[5-7]) fail "the command cannot be run (code $code): $(tail -c "+$(($2 + 1))" -- "$1")" ;;
  *) : "$digest" ;;
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

# ↻ web.processes.main  sh -c "echo $HOME" sh "'; touch /pwned; $(touch /pwned) `touch /pwned`\n touch /pwned\ \x1b[31m\u{202e}"
#       started from another definition -> sh -c "echo $HOME" sh "'; touch /pwned; $(touch /pwned) `touch /pwned`\n touch /pwned\ \x1b[31m\u{202e}"
at='web: stop main'
end_process 9847 979572 TERM 500
at='web: control group of main'
remove_group /sys/fs/cgroup/unified/cloister/t/web-naurce47/p-main
at='web: forget the last end'
rm -f -- /run/cloister/t/web/main.end
at='web: run directory'
directory /run/cloister/t/web 700
at='web: forget the last end'
rm -f -- /run/cloister/t/web/main.end
at='web: log directory'
directory /var/lib/cloister/state/t/logs/web 700
at='web: control group of main'
group /sys/fs/cgroup/unified/cloister/t/web-naurce47/p-main
# shellcheck disable=SC2016
at='web: start sh -c "echo $HOME" sh "'\''; touch /pwned; $(touch /pwned) `touch /pwned`\n touch /pwned\ \x1b[31m\u{202e}"'
from=$(stat -c %s -- /var/lib/cloister/state/t/logs/web/main.log 2>/dev/null) || from=0
# shellcheck disable=SC2016
CLOISTER_SET_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  CLOISTER_SET_HOSTILE=''\''; touch /pwned; $(touch /pwned) `touch /pwned`
 touch /pwned\ '"$(printf '\033')"'[31m'"$(printf '\342\200\256')" CLOISTER_PROCESS=t/web/main \
  CLOISTER_WANT=70ac9eaaa027f4aee11429d9ad4da6720600a04da9f482cb5a4d76c7064e8e46 CLOISTER_RESTART=no perl -e "$only" 3 \
  setsid sh -c 'end=$1 keeper=$2 born=$3 ooms=$4 group=$5 adopted=$6 stale=$7 writer=$8 arch=$9; shift 9
log=$1 size=$2 files=$3 marks=$4 sleep=$5; shift 5
lives() {
  read -r stat <"/proc/$keeper/stat" || return
  set -- ${stat##*) }
  [ "${20}" = "$born" ]
} 2>/dev/null
killed() {
  count=0
  while read -r name value; do [ "$name" != oom_kill ] || count=$value; done <"$ooms"
} 2>/dev/null
wanted() {
  policy=$CLOISTER_RESTART
  read -r whose edited <"${end%.end}.restart" && [ "$whose" = "$me" ] && policy=$edited
  verdict=no
  case $policy in
    always | unless-stopped) verdict=again ;;
    on-failure*) if [ "$1" != 0 ]; then verdict=again; fi ;;
  esac
  if read -r asked <"${end%.end}.unhealthy"; then verdict=again; [ "$asked" != stop ] || verdict=unhealthy; fi
  if [ "${policy#*:}" != "$policy" ] && [ "$verdict" = again ] && [ "$times" -ge "${policy#*:}" ]; then verdict=gave-up; fi
} 2>/dev/null
thawed() {
  held=0
  read -r held <"$group/cgroup.freeze"
  [ "$held" != 1 ] || echo 0 >"$group/cgroup.freeze"
} 2>/dev/null
mine() {
  while read -r line; do last=$line; done <"$end"
  [ "${last##* }" = "$me" ]
} 2>/dev/null
pause() {
  left=$delay
  while [ "$left" -gt 10 ]; do "$sleep" 1; left=$((left - 10)); lives || return; done
  "$sleep" "$((left / 10)).$((left % 10))"
}
{ read -r me rest </proc/self/stat
times=0 delay=1 lines=0
if [ -n "$adopted" ]; then
  read -r up rest </proc/uptime
  echo "+ $up 0 $me" >&3
  echo 0 >"${end%.end}.adopted"
fi
while :; do
  killed; before=$count
  read -r up rest </proc/uptime; begun=${up%.*}
  if [ -n "$adopted" ]; then tail -s 0.2 --pid="$adopted" -f /dev/null 3>&-; code=-; adopted=
  else
    [ ! -e "${end%.end}.unhealthy" ] || rm -f "${end%.end}.unhealthy"
    thawed
    (exec "$@" 2>&1 3>&-); code=$?
  fi
  read -r up rest </proc/uptime; killed
  if [ "$((${up%.*} - begun))" -ge 10 ]; then times=0 delay=1; fi
  wanted "$code"
  if [ "$verdict" = again ] && ! lives; then verdict=no; fi
  if { [ "$verdict" = again ] || [ "$verdict" = unhealthy ]; } && [ -w "$group/cgroup.kill" ]; then echo 1 >"$group/cgroup.kill"; fi
  echo "$code $CLOISTER_WANT $up $((count - before)) $verdict $times $delay $me" >&3
  if [ "$verdict" != again ]; then break; fi
  pause; wanted "$code"
  if [ "$verdict" != again ] || ! lives || ! mine; then break; fi
  times=$((times + 1)) delay=$((delay * 2)) lines=$((lines + 1))
  if [ "$delay" -gt 600 ]; then delay=600; fi
  if [ "$lines" -ge 50 ]; then lines=0; true >"$end"; fi
  echo "+ $up $times $me" >&3
done; } 3>>"$end" </dev/null 2>/dev/null | {
  [ -n "$marks" ] || [ ! -e "$stale" ] || rm -f "$stale"
  [ -z "$arch" ] || exec perl "$writer" "$arch" "$log" "$size" "$files" "$marks"
  exec "$writer"
} &' sh /run/cloister/t/web/main.end 9837 979567 /sys/fs/cgroup/memory/cloister/t/web-naurce47/memory.oom_control \
  /sys/fs/cgroup/unified/cloister/t/web-naurce47/p-main '' /var/lib/cloister/state/t/logs/web/main.times cat '' '' '' \
  '' '' sleep nsenter --target 9837 --pid --no-fork -- sh -c \
  'trap '\''echo "nsenter: no process can be made inside"; exit 1'\'' 0
exec 2>/dev/null
(exec "$@" 2>&1)
code=$?
trap "" PIPE
echo "$code" >&3
trap - 0
exit "$code"' sh perl /usr/lib/cloister/shim.pl x64 enter pid=9837 start=979567 \
  cgroup=/sys/fs/cgroup/unified/cloister/t/web-naurce47/p-main cgroup=/sys/fs/cgroup/cpu/cloister/t/web-naurce47 \
  cgroup=/sys/fs/cgroup/cpuacct/cloister/t/web-naurce47 cgroup=/sys/fs/cgroup/cpuset/cloister/t/web-naurce47 \
  cgroup=/sys/fs/cgroup/memory/cloister/t/web-naurce47 cgroup=/sys/fs/cgroup/devices/cloister/t/web-naurce47 \
  cgroup=/sys/fs/cgroup/freezer/cloister/t/web-naurce47 cgroup=/sys/fs/cgroup/blkio/cloister/t/web-naurce47 \
  cgroup=/sys/fs/cgroup/pids/cloister/t/web-naurce47 cgroup=/sys/fs/cgroup/systemd/cloister/t/web-naurce47 user=0 \
  cwd=/ caps=0,1,3,4,5,6,7,8,10,18,31 last_cap=40 no_new_privs=1 oom=100 output=own rlimit=4:0:0 -- sh -c 'echo $HOME' \
  sh ''\''; touch /pwned; $(touch /pwned) `touch /pwned`
 touch /pwned\ '"$(printf '\033')"'[31m'"$(printf '\342\200\256')" </dev/null \
  >>/var/lib/cloister/state/t/logs/web/main.log 2>&1 &
started /var/lib/cloister/state/t/logs/web/main.log "$from" /sys/fs/cgroup/unified/cloister/t/web-naurce47/p-main \
  /run/cloister/t/web/main.end
