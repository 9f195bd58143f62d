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

# reaper DIRECTORY: nobody inside may read the reaper's memory, so it starts from a copy that only the host's root can read, where a user can run such a one.
reaper() {
  original=$(command -v catatonit)
  for path in "${1%/*}" "$1"; do
    directory "$path" 711
    chmod go+x -- "$path"
  done
  if [ "$(stat -c '%u %a %s %Y' -- "$1/catatonit" 2>/dev/null)" != "0 711 $(stat -Lc '%s %Y' -- "$original")" ]; then
    cp -p -- "$original" "$1/catatonit.$$.tmp"
    chown 0:0 -- "$1/catatonit.$$.tmp"
    chmod 711 -- "$1/catatonit.$$.tmp"
    mv -f -- "$1/catatonit.$$.tmp" "$1/catatonit"
  fi
  reaper_path=$PATH
  case $1 in *:*) return 0 ;; esac
  if setpriv --reuid 65534 --regid 65534 --clear-groups "$1/catatonit" --version >/dev/null 2>&1; then reaper_path=$1:$PATH; fi
}

# pipes DIRECTORY: what a keeper is held by. 8 is where `commit` goes, 7 its gate, from 6 comes its number. A fifo opens at once only for both directions;
# from then on each end can be opened by itself, so that the other side sees when this script is gone.
pipes() {
  pipes=$1/pipes
  rm -rf -- "$pipes"
  mkdir -m 700 -- "$pipes"
  mkfifo -- "$pipes/commit" "$pipes/gate" "$pipes/pid"
  exec 3<>"$pipes/commit" 4<>"$pipes/gate" 5<>"$pipes/pid"
  exec 8>"$pipes/commit" 7>"$pipes/gate" 6<"$pipes/pid"
}

# held LOG: $pid and $start of the keeper that was just started. It ends with this script, unless `commit` comes.
held() {
  exec 3>&- 4>&- 5>&-
  read -r pid <&6 || fail "the namespaces could not be made: $(cat -- "$1")"
  exec 6<&-
  rm -rf -- "$pipes"
  echo "$pid" >&8
  start=$(start_of "$pid")
}

# Lets the keeper through its gate: it drops its privileges and becomes the reaper.
release() {
  echo go >&7
  exec 7>&-
}

root_of() {
  awk '$5 == "/" { print $3, $4; exit }' "/proc/$1/mountinfo"
}

# commit PID START TARGET...: the keeper outlives this script from here on, if it is the reaper, on a root of its own, with everything that was to be mounted.
commit() {
  alive "$1" "$2" || fail 'the keeper has ended'
  test "$(cat "/proc/$1/comm")" = catatonit || fail 'the keeper is not the reaper'
  test "$(root_of "$1")" != "$(root_of self)" || fail 'the keeper has no root of its own'
  mounted=$(cut -d ' ' -f 5 "/proc/$1/mountinfo")
  shift 2
  for target; do
    case "
$mounted
" in
    *"
$target
"*) ;;
    *) fail "nothing is mounted at $target" ;;
    esac
  done
  echo commit >&8
  exec 8>&-
}

# built CODE LOG TOLERATED...: what a long command ended with.
built() {
  code=$1 log=$2
  shift 2
  for one; do
    if [ "$code" = "$one" ]; then return 0; fi
  done
  if [ -n "$log" ]; then tail -n 20 -- "$log" | shown >&2; fi
  fail "ended with $code${log:+, its output is in $log}"
}

# network [PID START]: under the lock of the host's network, lines of `ip -batch` and those of `network_line`; behind `inside` they are of the network of that process.
network() {
  exec 6</proc/self/ns/net
  flock 6
  while IFS= read -r line; do
    case $line in
    'inside '* | *' netns inside'*)
      if ! alive "$1" "$2" || [ "$(readlink "/proc/$1/ns/net")" = "$(readlink /proc/self/ns/net)" ]; then
        fail "process $1 is not there any more, or is the host's"
      fi
      ;;
    esac
    case $line in
    'inside '*) network_line "${line#inside }" nsenter --net="/proc/$1/ns/net" -- || exit 1 ;;
    *' netns inside'*) network_line "${line%% netns inside*} netns $1${line#* netns inside}" || exit 1 ;;
    *) network_line "$line" || exit 1 ;;
    esac
  done
}

# network_line LINE [COMMAND...]: with that command before those that do it.
network_line() {
  line=$1
  shift
  rest=${line#* }
  case $line in
  'make '*) # BRIDGE RANGE: where there is none of that name; the host has no route into RANGE then.
    if "$@" ip link show dev "${rest% *}" >/dev/null 2>&1; then return 0; fi
    taken=$(ip -4 route show table all root "${rest#* }") || return
    if [ -n "$taken" ]; then fail "the host has a route into ${rest#* } by now: $taken"; fi
    ip link add name "${rest% *}" type bridge
    ;;
  'gone '*) # INTERFACE
    if "$@" ip link show dev "$rest" >/dev/null 2>&1; then "$@" ip link del dev "$rest"; fi
    ;;
  'drop '*) # ADDRESS INTERFACE
    address=${rest% *}
    if [ -z "$("$@" ip -o address show dev "${rest##* }" to "${address%%[ /]*}")" ]; then return 0; fi
    echo "address del $address dev ${rest##* }" | "$@" ip -batch -
    ;;
  'set '*) # NAME VALUE
    # shellcheck disable=SC2016
    "$@" sh -c 'echo "$2" >"/proc/sys/net/$1"' sh "${rest% *}" "${rest#* }"
    ;;
  forward) # What was before is noted first, until nobody needs it.
    if grep -qx 1 /proc/sys/net/ipv4/ip_forward; then return 0; fi
    nft add table inet cloister '{ comment "net.ipv4.ip_forward was 0"; }' || return
    echo 1 >/proc/sys/net/ipv4/ip_forward
    ;;
  *) printf '%s\n' "$line" | "$@" ip -batch - ;;
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

# absent GROUP...: nothing of the environment may run. Each is a control group without the eight characters that tell lives apart.
absent() {
  for group; do
    for path in "$group"-????????; do
      if [ -d "$path" ] && [ -n "$(processes_in "$path")" ]; then fail 'it runs, and did not when this was planned: plan again'; fi
    done
  done
}

# claim FIRST DIRECTORY: ids for an environment that is to start. Whoever sees another's claim gives way, so that never both keep one.
claim() {
  claim=$1-$$-$(start_of $$) left=100
  claimed="$claimed $claim"
  # A run that ends takes the directory away when it is empty.
  until { directory "${2%/*}" 711 && directory "$2" 700 && touch -- "$2/$claim"; } 2>/dev/null; do
    if [ "$left" -le 0 ]; then fail "$2 cannot be written"; fi
    left=$((left - 1))
  done
  for path in "$2/$1"-*; do
    claim=${path##*/}
    owner=${claim#*-}
    if [ "${owner%-*}" != "$$" ] && alive "${owner%-*}" "${owner##*-}"; then fail "the ids from $1 on are given away by another run: plan again"; fi
  done
  cat /proc/[0-9]*/uid_map /proc/[0-9]*/gid_map 2>/dev/null | awk -v first="$1" '
    $3 != 4294967295 && $2 < first + 65536 && $2 + $3 > first { taken = 1 }
    END { exit taken }' || fail "the ids from $1 on are in use: plan again"
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
at=web
absent /sys/fs/cgroup/unified/cloister/t/web /sys/fs/cgroup/cpu/cloister/t/web /sys/fs/cgroup/cpuacct/cloister/t/web \
  /sys/fs/cgroup/cpuset/cloister/t/web /sys/fs/cgroup/memory/cloister/t/web /sys/fs/cgroup/devices/cloister/t/web \
  /sys/fs/cgroup/freezer/cloister/t/web /sys/fs/cgroup/blkio/cloister/t/web /sys/fs/cgroup/pids/cloister/t/web \
  /sys/fs/cgroup/systemd/cloister/t/web
claim 1879638016 /run/cloister/.ids

# ---- web ----

# + web.namespaces  mount uts ipc net pid user cgroup time, ids 0-65535 = 1879638016-1879703551 outside; seccomp none
at='web: run directory'
directory /run/cloister/t/web 700
at='web: staging directory'
directory /run/cloister/t/web/stage 700
at='web: control groups'
group /sys/fs/cgroup/unified/cloister/t/web-naurce47
group /sys/fs/cgroup/cpu/cloister/t/web-naurce47
group /sys/fs/cgroup/cpuacct/cloister/t/web-naurce47
group /sys/fs/cgroup/cpuset/cloister/t/web-naurce47
group /sys/fs/cgroup/memory/cloister/t/web-naurce47
group /sys/fs/cgroup/devices/cloister/t/web-naurce47
group /sys/fs/cgroup/freezer/cloister/t/web-naurce47
group /sys/fs/cgroup/blkio/cloister/t/web-naurce47
group /sys/fs/cgroup/pids/cloister/t/web-naurce47
group /sys/fs/cgroup/systemd/cloister/t/web-naurce47
group /sys/fs/cgroup/unified/cloister/t/web-naurce47/keeper
at='web: namespaces'
reaper /var/lib/cloister/bin
pipes /run/cloister/t/web
# shellcheck disable=SC2016
PATH="$reaper_path" CLOISTER_ENVIRONMENT=t/web CLOISTER_ID=naurce47 CLOISTER_MANIFEST=/home/me perl -e "$only" 5 \
  setsid sh -c '"$@" <&3 >&4 3<&- 4>&- &
child=$!
exec 3<&- 4>&- >/dev/null
read -r keeper || exit 1
if read -r commit; then exec </dev/null 2>/dev/null; wait "$child"
elif read -r pid name state parent rest 2>/dev/null <"/proc/$keeper/stat" && [ "$parent" = "$child" ]
then kill -9 "$keeper"; fi' sh unshare --mount --uts --ipc --net --pid --user --time --keep-caps --monotonic=100 \
  --boottime=-50 --fork --kill-child -- sh -c 'cd /
own=$1 unshare=$2 score=$3; shift 3
ulimit -c 0
echo "$score" >/proc/self/oom_score_adj
read -r pid rest </proc/self/stat
echo "$pid"
for group; do echo 0 >"$group/cgroup.procs" || exit 1; done
read -r go || exit 1
exec </dev/null >/dev/null
exec $unshare sh -c '\''if [ -n "$1" ]; then echo 0 >"$1/cgroup.procs" || exit 1; fi; shift; exec "$@" 2>/dev/null'\'' sh "$own" \
  setpriv --reuid 0 --regid 0 --clear-groups --inh-caps=-all --ambient-caps=-all --bounding-set=-all --no-new-privs catatonit -P' \
  sh /sys/fs/cgroup/unified/cloister/t/web-naurce47/keeper 'unshare --cgroup --' 100 \
  /sys/fs/cgroup/unified/cloister/t/web-naurce47 /sys/fs/cgroup/cpu/cloister/t/web-naurce47 \
  /sys/fs/cgroup/cpuacct/cloister/t/web-naurce47 /sys/fs/cgroup/cpuset/cloister/t/web-naurce47 \
  /sys/fs/cgroup/memory/cloister/t/web-naurce47 /sys/fs/cgroup/devices/cloister/t/web-naurce47 \
  /sys/fs/cgroup/freezer/cloister/t/web-naurce47 /sys/fs/cgroup/blkio/cloister/t/web-naurce47 \
  /sys/fs/cgroup/pids/cloister/t/web-naurce47 /sys/fs/cgroup/systemd/cloister/t/web-naurce47 <"$pipes/commit" \
  >/dev/null 2>/run/cloister/t/web/keeper.log 3<"$pipes/gate" 4>"$pipes/pid" &
held /run/cloister/t/web/keeper.log
web_pid=$pid
web_start=$start
at='web: uid map'
write_kernel "/proc/$web_pid/uid_map" '0 1879638016 65536
'
at='web: gid map'
write_kernel "/proc/$web_pid/gid_map" '0 1879638016 65536
'
at='web: keeper drops its privileges'
release

# + web.network.bridge  state up; addresses 10.213.0.1/24, fd12::1/64; route_localnet on; ipv6 on; loopback ::1
at='web: bridge of the project'
printf '%s\n' 'make clb-a01116 10.213.0.0/24' 'set ipv6/conf/clb-a01116/disable_ipv6 0' 'link set dev clb-a01116 up' \
  'address replace 10.213.0.1/24 dev clb-a01116' 'address replace fd12::1/64 dev clb-a01116 nodad' \
  'route replace local ::1 dev clb-a01116 table local metric 1024' 'set ipv4/conf/clb-a01116/route_localnet 1' | \
  network

# + web.network.rules  guard iifname "clb-a01116" ip daddr 127.0.0.0/8 drop, iifname "clb-a01116" ip6 daddr ::1 drop, iifname "lo" ip6 saddr fd12::/64 ip6 daddr ::1 drop, type filter hook prerouting priority raw; policy accept;; projects iifname "clb-*" iifname != "clb-a01116" oifname "clb-a01116" ct direction original ct status ! dnat drop, type filter hook forward priority filter; policy accept;; prerouting fib daddr type local dnat ip to ip daddr . meta l4proto . th dport map @one4, fib daddr type local dnat ip to meta l4proto . th dport map @any4, fib daddr type local dnat ip6 to ip6 daddr . meta l4proto . th dport map @one6, fib daddr type local dnat ip6 to meta l4proto . th dport map @any6, type nat hook prerouting priority dstnat; policy accept;; output fib daddr type local dnat ip to ip daddr . meta l4proto . th dport map @one4, fib daddr type local dnat ip to meta l4proto . th dport map @any4, fib daddr type local dnat ip6 to ip6 daddr . meta l4proto . th dport map @one6, fib daddr type local dnat ip6 to meta l4proto . th dport map @any6, type nat hook output priority -100; policy accept;; postrouting ip saddr 10.213.0.0/24 oifname != "clb-a01116" masquerade, ip6 saddr fd12::/64 oifname != "clb-a01116" masquerade, oifname "clb-a01116" ip saddr 10.213.0.0/24 ct status dnat masquerade, oifname "clb-a01116" ip saddr 127.0.0.0/8 masquerade, oifname "clb-a01116" ip6 saddr ::1 masquerade, oifname "clb-a01116" ip6 saddr fd12::/64 ct status dnat masquerade, type nat hook postrouting priority srcnat; policy accept;; netdev/loopback ip6 saddr fd12::/64 ip6 daddr ::1 ether daddr set 00:00:00:00:00:00 fwd to "lo", type filter hook ingress device "clb-a01116" priority filter; policy accept;
at='web: rules of the project'
# shellcheck disable=SC2016
printf %s 'add table inet cloister_t
add table netdev cloister_t
add map inet cloister_t one4 { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
add map inet cloister_t any4 { type inet_proto . inet_service : ipv4_addr . inet_service; }
add map inet cloister_t one6 { type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service; }
add map inet cloister_t any6 { type inet_proto . inet_service : ipv6_addr . inet_service; }
add chain inet cloister_t guard { type filter hook prerouting priority raw; policy accept; }
flush chain inet cloister_t guard
add rule inet cloister_t guard iifname "clb-a01116" ip daddr 127.0.0.0/8 drop
add rule inet cloister_t guard iifname "clb-a01116" ip6 daddr ::1 drop
add rule inet cloister_t guard iifname "lo" ip6 saddr fd12::/64 ip6 daddr ::1 drop
add chain inet cloister_t projects { type filter hook forward priority filter; policy accept; }
flush chain inet cloister_t projects
add rule inet cloister_t projects iifname "clb-*" iifname != "clb-a01116" oifname "clb-a01116" ct direction original ct status ! dnat drop
add chain inet cloister_t prerouting { type nat hook prerouting priority dstnat; policy accept; }
flush chain inet cloister_t prerouting
add rule inet cloister_t prerouting fib daddr type local dnat ip to ip daddr . meta l4proto . th dport map @one4
add rule inet cloister_t prerouting fib daddr type local dnat ip to meta l4proto . th dport map @any4
add rule inet cloister_t prerouting fib daddr type local dnat ip6 to ip6 daddr . meta l4proto . th dport map @one6
add rule inet cloister_t prerouting fib daddr type local dnat ip6 to meta l4proto . th dport map @any6
add chain inet cloister_t output { type nat hook output priority -100; policy accept; }
flush chain inet cloister_t output
add rule inet cloister_t output fib daddr type local dnat ip to ip daddr . meta l4proto . th dport map @one4
add rule inet cloister_t output fib daddr type local dnat ip to meta l4proto . th dport map @any4
add rule inet cloister_t output fib daddr type local dnat ip6 to ip6 daddr . meta l4proto . th dport map @one6
add rule inet cloister_t output fib daddr type local dnat ip6 to meta l4proto . th dport map @any6
add chain inet cloister_t postrouting { type nat hook postrouting priority srcnat; policy accept; }
flush chain inet cloister_t postrouting
add rule inet cloister_t postrouting ip saddr 10.213.0.0/24 oifname != "clb-a01116" masquerade
add rule inet cloister_t postrouting oifname "clb-a01116" ip saddr 127.0.0.0/8 masquerade
add rule inet cloister_t postrouting oifname "clb-a01116" ip saddr 10.213.0.0/24 ct status dnat masquerade
add rule inet cloister_t postrouting ip6 saddr fd12::/64 oifname != "clb-a01116" masquerade
add rule inet cloister_t postrouting oifname "clb-a01116" ip6 saddr ::1 masquerade
add rule inet cloister_t postrouting oifname "clb-a01116" ip6 saddr fd12::/64 ct status dnat masquerade
add chain netdev cloister_t loopback { type filter hook ingress device "clb-a01116" priority filter; policy accept; }
flush chain netdev cloister_t loopback
add rule netdev cloister_t loopback ip6 saddr fd12::/64 ip6 daddr ::1 ether daddr set 00:00:00:00:00:00 fwd to "lo"
' | plainly nft -f - 4>&- 5>&- 9>&- || built $? '' 0

# + web.network.forwarding  on
at='web: forwarding'
printf '%s\n' forward | network

# + web.network.eth0  state up; addresses 10.213.0.5/24, fd12::5/64; routes default via 10.213.0.1, default via fd12::1; mtu 1400; mac_address 02:00:00:00:00:09; host_end up in clb-a01116
at='web: eth0'
# shellcheck disable=SC2016
printf '%s\n' 'gone cl-naurce47' 'inside gone eth0' 'link add name cl-naurce47 type veth peer name eth0 netns inside' \
  'link set dev cl-naurce47 master clb-a01116 mtu 1400 up' \
  'inside link set dev eth0 mtu 1400 address 02:00:00:00:00:09 up' 'inside address replace 10.213.0.5/24 dev eth0' \
  'inside address replace fd12::5/64 dev eth0 nodad' 'inside route replace default via 10.213.0.1 dev eth0' \
  'inside route replace default via fd12::1 dev eth0' | network "$web_pid" "$web_start"

# + web.rootfs  /home/me/root, ephemeral overlay
# + web.resources.limits.memory  67108864
# + web.resources.limits.cpus  0.5
# + web.resources.limits.pids  50
# + web.network.lo  up
# + web.hostname  inside
# + web.domainname  example.org
# + web.sysctls["kernel.sem"]  250 32000 100 64
# + web.sysctls["net.ipv4.ip_forward"]  1
at='web: upper'
directory /var/lib/cloister/uppers/t.web/ephemeral-naurce47 711 1879638016
directory /var/lib/cloister/uppers/t.web/ephemeral-naurce47/u 755 1879638016
directory /var/lib/cloister/uppers/t.web/ephemeral-naurce47/w 755 1879638016
at='web: limit memory 67108864'
write_kernel /sys/fs/cgroup/memory/cloister/t/web-naurce47/memory.limit_in_bytes 67108864
at='web: limit cpus 0.5'
write_kernel /sys/fs/cgroup/cpu/cloister/t/web-naurce47/cpu.cfs_quota_us 50000
at='web: limit pids 50'
write_kernel /sys/fs/cgroup/pids/cloister/t/web-naurce47/pids.max 50
at='web: root and mounts (13 operations)'
directory /run/cloister/t/web/stage 700
printf %s 'stage /run/cloister/t/web/stage tmpfs mode=0700 0 0
' >/run/cloister/t/web/fstab
plainly perl /usr/lib/cloister/shim.pl x64 assemble "$web_pid" "$web_start" /run/cloister/t/web/stage 1879638016 /run/cloister/t/web/fstab \
  4 layer-directory 2c10791f8a37e35e /home/me/root keeper \
  6 root-overlay 2c10791f8a37e35e e/naurce47 /var/lib/cloister/uppers/t.web/ephemeral-naurce47/u /var/lib/cloister/uppers/t.web/ephemeral-naurce47/w nodev \
  2 refuse-link /dev \
  2 refuse-link /proc \
  2 refuse-link /sys \
  2 refuse-link /run \
  2 refuse-link /etc \
  2 refuse-link /tmp \
  2 link-up lo \
  3 sysctl kernel.hostname inside \
  3 sysctl kernel.domainname example.org \
  3 sysctl kernel.sem '250 32000 100 64' \
  3 sysctl net.ipv4.ip_forward 1 </dev/null
at='web: check and commit'
commit "$web_pid" "$web_start"
