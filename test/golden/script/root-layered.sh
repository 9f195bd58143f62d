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

make_store() {
  directory "${1%/*}" 711
  directory "$1" 700
  for name in sha256 trees roots tmp logs debs decompressed locks; do
    directory "$1/$name" 700
    owned "$1/$name"
  done
}

# Removes a build's directory once the commands that wrote into it are dead: each holds a lock on `alive` in it.
remove_build() {
  if [ -e "$1/alive" ]; then
    flock "$1/alive" rm -rf --one-file-system -- "$1"
  else
    rm -rf --one-file-system -- "$1"
  fi
}

# What no process holds any more is what dead builds left.
sweep_builds() {
  for path in "$1"/tmp/*; do
    path=${path%.lock}
    if [ ! -e "$path" ] && [ ! -e "$path.lock" ]; then continue; fi
    exec 4>>"$path.lock"
    if flock -n 4 && [ "$(stat -Lc %i /proc/self/fd/4)" = "$(stat -c %i -- "$path.lock" 2>/dev/null)" ]; then
      remove_build "$path"
      rm -f -- "$path.lock"
    fi
    exec 4>&-
  done
}

# stage STORE KEY: STORE/tmp/KEY is this script's alone, locked on descriptor 5. Where another run had it and built this root meanwhile, `done` in it says so.
stage() {
  make_store "$1"
  sweep_builds "$1"
  waited=
  while :; do
    exec 5>>"$1/tmp/$2.lock"
    if ! flock -n 5; then
      waited=1
      flock 5
    fi
    if [ "$(stat -Lc %i /proc/self/fd/5)" = "$(stat -c %i -- "$1/tmp/$2.lock" 2>/dev/null)" ]; then break; fi
  done
  remove_build "$1/tmp/$2"
  rm -f -- "$1/logs/$2.log"
  mkdir -m 700 -- "$1/tmp/$2"
  if [ -n "$waited" ] && [ -n "$(digest_of "$1" "$2")" ]; then : >"$1/tmp/$2/done"; fi
}

# The digest of a root that stands in the store, by its key; nothing where it does not.
digest_of() {
  found=$(sed -n 's/^{"schema":"cloister\/root\/v1","key":"[0-9a-f]*","digest":"\([0-9a-f]*\)".*$/\1/p' "$1/roots/$2.json" 2>/dev/null) || return 0
  if [ -e "$1/sha256/$found" ] || [ -d "$1/trees/$found" ]; then echo "$found"; fi
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

# keep_lock STORE DIRECTORY ENTRY IMAGE MKFS TREE: what came of a lock is compared with it, and its packages and entry are kept.
keep_lock() {
  if [ -n "$4" ] && [ "$(cat -- "$2/mkfs" 2>/dev/null)" = "$5" ]; then
    found=$(sha256sum <"$2/image")
    if [ "${found%% *}" != "$4" ]; then fail "the image is not what the lock says: sha256 ${found%% *}, locked $4"; fi
  else
    read -r found rest <"$2/tree-digest"
    : "$rest"
    if [ "$found" != "$6" ]; then fail "the tree is not what the lock says: sha256 $found, locked $6"; fi
  fi
  keep_packages "$1" "$2"
  mv -f -- "$2/entry" "$1/locks/$3.json"
  sync -- "$1/locks"
}

keep_packages() {
  for path in "$2"/debs/*; do
    if [ ! -e "$path" ]; then continue; fi
    chmod 444 -- "$path"
    sync -- "$path"
    mv -f -- "$path" "$1/debs/"
  done
  sync -- "$1/debs"
}

# keep_archive STORE DIRECTORY KEY: the packages of a layer and their stanzas, by which they are installed in an environment that runs.
keep_archive() {
  keep_packages "$1" "$2"
  directory "$1/packages" 700
  cp -- "$2/Packages" "$1/packages/$3"
  sync -- "$1/packages/$3"
}

# image STORE KEY FORMAT BUILDER HEAD TAIL [ENTRY IMAGE MKFS TREE]: what stands finished in the build directory becomes part of the store, and $digest and $root tell which. HEAD and TAIL
# are JSON of its index entry, around what only the build knows; the rest is what its lock says of it.
image() {
  from=$1/tmp/$2
  digest=
  if [ -e "$from/done" ]; then digest=$(digest_of "$1" "$2"); fi
  if [ -z "$digest" ]; then
    if [ $# -gt 6 ]; then keep_lock "$1" "$from" "$7" "$8" "$9" "${10}"; fi
    if [ "$4" = packages ]; then keep_archive "$1" "$from" "$2"; fi
    keep "$1" "$from" "$3"
    version=$(dpkg-query -W -f '"${Version}"' "$4" 2>/dev/null) || version=null
    packages=$(cat -- "$from/packages" 2>/dev/null) || packages=null
    date=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)
    printf '{"schema":"cloister/root/v1","key":"%s","digest":"%s",%s"bytes":%s,%s%s"version":%s},"date":"%s","packages":%s}\n' \
      "$2" "$digest" "$5" "$bytes" "$(lowers "$from")" "$6" "$version" "$date" "$packages" >"$from/index.json"
    sync -- "$from/index.json"
    mv -f -- "$from/index.json" "$1/roots/$2.json"
    sync -- "$1/roots"
  fi
  root=$1/sha256/$digest
  if [ ! -e "$root" ]; then root=$1/trees/$digest; fi
  chain=$(chain_of "$1/roots/$2.json" "$digest")
  remove_build "$from"
  rm -f -- "$from.lock"
  exec 5>&-
}

# lowers DIRECTORY: the part of an index entry that says what a layer was built over; nothing for a whole root.
lowers() {
  if [ ! -e "$1/lowers" ]; then return; fi
  separator=
  printf '"lowers":['
  while read -r lower; do
    case $lower in
    */trees/*) format=tree bytes=0 ;;
    *) format=erofs bytes=$(stat -c %s -- "$lower") ;;
    esac
    printf '%s{"digest":"%s","format":"%s","bytes":%s}' "$separator" "${lower##*/}" "$format" "$bytes"
    separator=,
  done <"$1/lowers"
  printf '],'
}

# chain_of INDEX DIGEST: what an upper over this root and what it lies on is known by.
chain_of() {
  names=$({ sed -n 's/.*"lowers":\[\([^]]*\)\].*/\1/p' "$1" | grep -o '"digest":"[0-9a-f]*"' | cut -c 11-26; printf '%.16s\n' "$2"; } |
    awk '{ name[NR] = $0; last[$0] = NR } END { for (i = 1; i <= NR; i++) if (last[name[i]] == i) { printf "%s%s", before, name[i]; before = " " } }')
  case $names in
  *' '*) printf %s "$names" | sha256sum | cut -c 1-16 ;;
  *) printf '%s\n' "$names" ;;
  esac
}

keep() {
  if [ "$3" = erofs ]; then
    chmod 400 -- "$2/image"
    sync -- "$2/image"
    digest=$(sha256sum <"$2/image")
    digest=${digest%% *}
    bytes=$(stat -c %s -- "$2/image")
    mv -f -- "$2/image" "$1/sha256/$digest"
    sync -- "$1/sha256"
  else
    read -r digest rest <"$2/digest"
    : "$rest"
    read -r bytes <"$2/bytes"
    # One of the same digest is the same: whoever made it first may have it mounted.
    if [ ! -e "$1/trees/$digest" ]; then mv -- "$2/tree" "$1/trees/$digest"; fi
    sync -- "$1/trees"
  fi
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

# ---- rootfs["root.tar@6f1c"] ----

# + rootfs["root.tar@6f1c"]  /home/me/root.tar
at='rootfs["root.tar@6f1c"]: prepare the build of /home/me/root.tar'
stage /var/lib/cloister/store 6f1c0f2d8a3be3c9
at='rootfs["root.tar@6f1c"]: unpack /home/me/root.tar'
# shellcheck disable=SC2016
plainly env --ignore-environment PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
  DEBIAN_FRONTEND=noninteractive setpriv --pdeathsig KILL unshare --mount --pid --mount-proc --ipc --fork --kill-child \
  sh -c 'set -eu
directory=$1 format=$2
shift 2
if [ ! -e "$directory.lock" ] || flock --nonblock "$directory.lock" true; then echo '\''cloister: whoever began this build is gone'\''; exit 1; fi
exec 9>>"$directory/alive"
flock 9
if [ -e "$directory/done" ]; then exit 0; fi
mkdir -p -m 711 /run/cloister
mount -t tmpfs -o mode=755,size=25%,nosuid cloister /run/cloister
mkdir -m 1777 /run/cloister/tree /run/cloister/build /run/cloister/upper /run/cloister/work
mkdir -m 700 /run/cloister/store
mount --bind "${directory%/tmp/*}" /run/cloister/store
ln -s "/run/cloister/store/tmp/${directory##*/}" /run/cloister/in-store
mount --bind "$directory" /run/cloister/build
directory=/run/cloister/build
mount -t overlay -o lowerdir=/tmp,upperdir=/run/cloister/upper,workdir=/run/cloister/work cloister-tmp /tmp
on_disk() {
  mkdir -m 755 "$directory/tree"
  mount --bind "$directory/tree" /run/cloister/tree
}
free=0
while read -r name number unit; do
  if [ "$name" = MemAvailable: ]; then free=$number; fi
done </proc/meminfo
if [ "$format" = tree ] || [ "$free" -lt 2000000 ]; then
  on_disk
  "$@"
else
  mount -t tmpfs -o "mode=755,size=$((free / 2))k" cloister-tree /run/cloister/tree
  "$@" || {
    code=$?
    if [ "$(stat -f -c %a /run/cloister/tree)" -gt 1024 ]; then exit $code; fi
    echo '\''cloister: the tree does not fit into memory, building it on disk'\''
    umount -l /run/cloister/tree
    on_disk
    "$@"
  }
fi
echo '\''cloister: making the image'\''
if [ "$format" = erofs ]; then
  read -r SOURCE_DATE_EPOCH <"$directory/epoch"
  export SOURCE_DATE_EPOCH
  set -- -U 00000000-0000-0000-0000-000000000000
  mkfs.erofs -V >/run/cloister/version 2>/dev/null &
  mkfs.erofs "$@" "$directory/image" /run/cloister/tree >/dev/null
  wait
  read -r version </run/cloister/version
  echo "$version $*" >"$directory/mkfs"
else
  cd /run/cloister/tree
  { find . -printf '\''%y %m %U %G %s %p\0%l\0'\'' | sort -z; find . -type f -print0 | sort -z | xargs -0 -r sha256sum -z --; } >"$directory/listing"
  find . -type f -printf '\''%s\n'\'' | awk '\''{ n += $1 } END { printf "%d\n", n }'\'' >"$directory/bytes"
  sync -f .
  sha256sum <"$directory/listing" >"$directory/digest"
fi
if [ -e "$directory/expects" ] && ! cmp -s "$directory/expects" "$directory/mkfs"; then
  read -r epoch <"$directory/epoch"
  cd /run/cloister/tree
  tar --create --sort=name --format=posix --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime --numeric-owner \
    --mtime="@$epoch" --clamp-mtime --xattrs --xattrs-include=security.capability . | sha256sum >"$directory/tree-digest"
  find . -printf . | wc -c >"$directory/tree-files"
fi
' sh /var/lib/cloister/store/tmp/6f1c0f2d8a3be3c9 erofs unshare --mount --net sh -c 'set -eu
furnish() {
  mount -t tmpfs -o mode=755,size=1m,nosuid,nodev cloister "$1"
  cd "$1"
  for name in bin lib lib32 lib64 libx32 usr; do
    if [ -L "/$name" ]; then ln -s "$(readlink "/$name")" "$name"; continue; fi
    if [ ! -d "/$name" ]; then continue; fi
    mkdir "$name"
    mount --bind "/$name" "$name"
    mount -o remount,bind,ro,nosuid,nodev "$name"
  done
  mkdir tree proc old dev
  : >dev/null
  mount --bind /dev/null dev/null
}
give_tree() {
  mount --bind "$1" tree
  mount -o remount,bind,nosuid,nodev,noexec tree
}
enter() {
  mount -t proc proc proc
  mount -o remount,ro,nosuid,nodev "$PWD"
  pivot_root . old
  cd /
  umount -l /old
  umount -l /proc
}
as_owner() {
  setpriv --no-new-privs --clear-groups --inh-caps=-all --ambient-caps=-all \
    --bounding-set=-all,+chown,+dac_override,+fowner,+fsetid,+setfcap "$@"
}
unpack() {
  as_owner tar --extract --file="$1" --directory="$2" --numeric-owner --same-owner --same-permissions --delay-directory-restore \
    --xattrs --xattrs-include=security.capability --warning=no-timestamp --warning=no-unknown-keyword \
    <"$1" 9>&- 2>&1 || echo "tar: ended with $?"
}
judge() {
  failed= devices=0
  while IFS= read -r line; do
    case $line in
    "tar: "*": Cannot mknod: Operation not permitted") devices=$((devices + 1)) && continue ;;
    "tar: Removing leading "* | '\''tar: A lone zero block at '\''* | '\''tar: Extracting contiguous files as regular files'\'') ;;
    '\''tar: Exiting with failure status due to previous errors'\'' | '\''tar: ended with 2'\'') ;;
    *) failed=1 ;;
    esac
    printf '\''%s\n'\'' "$line"
  done
  if [ "$devices" -gt 0 ]; then echo "cloister: device nodes left out: $devices"; fi
  test -z "$failed"
}
settle() {
  date=$(find "$1" ! -type d -printf '\''%T@\n'\'' | sort -n | tail -n 1)
  date=${date%%.*}
  case $date in '\'''\'' | -*) date=0 ;; esac
  as_owner find "$1" -type d -newermt "@$(($2 - 1))" ! -newermt "@$(($(date +%s) + 1))" -exec touch --date="@$date" {} +
  echo "$date"
}
directory=$1 sha256=$3
echo '\''cloister: unpacking'\''
exec 3<"$2"
if [ "$(sha256sum </proc/self/fd/3)" != "$sha256  -" ]; then echo '\''cloister: the archive changed while it was read'\''; exit 1; fi
exec 4>"$directory/epoch"
mkdir -p /run/cloister/root
furnish /run/cloister/root
give_tree /run/cloister/tree
: >archive
mount -c --bind /proc/self/fd/3 archive
mount -o remount,bind,ro,nosuid,nodev,noexec archive
exec 3<&-
enter
since=$(date +%s)
unpack /archive /tree 4>&- | judge
settle /tree "$since" >&4
' sh /run/cloister/build /home/me/root.tar 6f1c0f2d8a3be3c92a6c3b0a1b1d5c7e6f1c0f2d8a3be3c92a6c3b0a1b1d5c7e </dev/null \
  >>/var/lib/cloister/store/logs/6f1c0f2d8a3be3c9.log 2>&1 4>&- 5>&- 9>&- || built $? \
  /var/lib/cloister/store/logs/6f1c0f2d8a3be3c9.log 0
at='rootfs["root.tar@6f1c"]: put /home/me/root.tar into the store'
image /var/lib/cloister/store 6f1c0f2d8a3be3c9 erofs tar \
  '"name":"/home/me/root.tar","format":"erofs","spec":{"type":"tar","sha256":"6f1c0f2d8a3be3c92a6c3b0a1b1d5c7e6f1c0f2d8a3be3c92a6c3b0a1b1d5c7e"},' \
  '"builder":{"name":"tar",'
rootfs_root_tar_6f1c__digest16=$(printf %.16s "$digest")
rootfs_root_tar_6f1c__path=$root
: "${rootfs_root_tar_6f1c__chain16=$chain}"

# ---- rootfs["root.tar+setup@25e2"] ----

# + rootfs["root.tar+setup@25e2"]  /home/me/root.tar+setup
at='rootfs["root.tar+setup@25e2"]: prepare the build of /home/me/root.tar+setup'
stage /var/lib/cloister/store 25e2d2d20977c3d7
# shellcheck disable=SC2016
at='rootfs["root.tar+setup@25e2"]: run "'\''; touch /pwned; $(touch /pwned) `touch /pwned`..." for /home/me/root.tar+setup'
# shellcheck disable=SC2016
plainly env --ignore-environment PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
  DEBIAN_FRONTEND=noninteractive setpriv --pdeathsig KILL unshare --mount --pid --mount-proc --ipc --fork --kill-child \
  sh -c 'set -eu
directory=$1 format=$2
shift 2
if [ ! -e "$directory.lock" ] || flock --nonblock "$directory.lock" true; then echo '\''cloister: whoever began this build is gone'\''; exit 1; fi
exec 9>>"$directory/alive"
flock 9
if [ -e "$directory/done" ]; then exit 0; fi
mkdir -p -m 711 /run/cloister
mount -t tmpfs -o mode=755,size=25%,nosuid cloister /run/cloister
mkdir -m 1777 /run/cloister/tree /run/cloister/build /run/cloister/upper /run/cloister/work
mkdir -m 700 /run/cloister/store
mount --bind "${directory%/tmp/*}" /run/cloister/store
ln -s "/run/cloister/store/tmp/${directory##*/}" /run/cloister/in-store
mount --bind "$directory" /run/cloister/build
directory=/run/cloister/build
mount -t overlay -o lowerdir=/tmp,upperdir=/run/cloister/upper,workdir=/run/cloister/work cloister-tmp /tmp
on_disk() {
  mkdir -m 755 "$directory/tree"
  mount --bind "$directory/tree" /run/cloister/tree
}
free=0
while read -r name number unit; do
  if [ "$name" = MemAvailable: ]; then free=$number; fi
done </proc/meminfo
if [ "$format" = tree ] || [ "$free" -lt 2000000 ]; then
  on_disk
  "$@"
else
  mount -t tmpfs -o "mode=755,size=$((free / 2))k" cloister-tree /run/cloister/tree
  "$@" || {
    code=$?
    if [ "$(stat -f -c %a /run/cloister/tree)" -gt 1024 ]; then exit $code; fi
    echo '\''cloister: the tree does not fit into memory, building it on disk'\''
    umount -l /run/cloister/tree
    on_disk
    "$@"
  }
fi
echo '\''cloister: making the image'\''
if [ "$format" = erofs ]; then
  read -r SOURCE_DATE_EPOCH <"$directory/epoch"
  export SOURCE_DATE_EPOCH
  set -- -U 00000000-0000-0000-0000-000000000000
  mkfs.erofs -V >/run/cloister/version 2>/dev/null &
  mkfs.erofs "$@" "$directory/image" /run/cloister/tree >/dev/null
  wait
  read -r version </run/cloister/version
  echo "$version $*" >"$directory/mkfs"
else
  cd /run/cloister/tree
  { find . -printf '\''%y %m %U %G %s %p\0%l\0'\'' | sort -z; find . -type f -print0 | sort -z | xargs -0 -r sha256sum -z --; } >"$directory/listing"
  find . -type f -printf '\''%s\n'\'' | awk '\''{ n += $1 } END { printf "%d\n", n }'\'' >"$directory/bytes"
  sync -f .
  sha256sum <"$directory/listing" >"$directory/digest"
fi
if [ -e "$directory/expects" ] && ! cmp -s "$directory/expects" "$directory/mkfs"; then
  read -r epoch <"$directory/epoch"
  cd /run/cloister/tree
  tar --create --sort=name --format=posix --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime --numeric-owner \
    --mtime="@$epoch" --clamp-mtime --xattrs --xattrs-include=security.capability . | sha256sum >"$directory/tree-digest"
  find . -printf . | wc -c >"$directory/tree-files"
fi
' sh /var/lib/cloister/store/tmp/25e2d2d20977c3d7 erofs sh -c 'unpack() { :; }
set -eu
exec 2>&1
directory=$1 shim=$2 ids=$3 network=$4 operation=$5 count=$6
shift 6
: >"$directory/lowers"
number=0
for lower; do
  if [ "$number" -ge "$count" ]; then break; fi
  number=$((number + 1))
  printf '\''%s\n'\'' "$lower" >>"$directory/lowers"
done
echo '\''cloister: the layer'\''
set -- perl "$shim" self layer "$ids" "$network" /run/cloister/tree "$operation" "$count" "$@"
if [ "$network" = none ]; then set -- unshare --net "$@"; fi
code=0
unpack 9>&- | unshare --mount --pid --uts --ipc --cgroup --fork --kill-child "$@" 9>&- || code=$?
if [ "$code" -ne 0 ]; then
  printf '\''\ncloister: it ended with %s\n'\'' "$code"
  exit 1
fi
echo '\''cloister: cleaning up'\''
perl "$shim" self adopt "$ids" /run/cloister/tree/u
if [ -d "$directory/tree" ]; then
  umount /run/cloister/tree
  mv "$directory/tree/u" "$directory/upper"
  rm -rf "$directory/tree"
  mv "$directory/upper" "$directory/tree"
  mount --bind "$directory/tree" /run/cloister/tree
else
  mount --bind /run/cloister/tree/u /run/cloister/tree
fi
' sh /run/cloister/build /usr/lib/cloister/shim.pl 2147287040 none run 1 "$rootfs_root_tar_6f1c__path" /bin/sh -c \
  ''\''; touch /pwned; $(touch /pwned) `touch /pwned`
 touch /pwned\ '"$(printf '\033')"'[31m'"$(printf '\342\200\256')" </dev/null \
  >>/var/lib/cloister/store/logs/25e2d2d20977c3d7.log 2>&1 4>&- 5>&- 9>&- || built $? \
  /var/lib/cloister/store/logs/25e2d2d20977c3d7.log 0
at='rootfs["root.tar+setup@25e2"]: put /home/me/root.tar+setup into the store'
# shellcheck disable=SC2016
image /var/lib/cloister/store 25e2d2d20977c3d7 erofs setup \
  '"name":"/home/me/root.tar+setup","format":"erofs","spec":{"type":"setup","run":"'\''; touch /pwned; $(touch /pwned) `touch /pwned`\n touch /pwned\\ \u001b[31m'"$(printf '\342\200\256')"'","network":"none"},' \
  '"builder":{"name":"setup",'
rootfs_root_tar_setup_25e2__digest16=$(printf %.16s "$digest")
rootfs_root_tar_setup_25e2__path=$root
: "${rootfs_root_tar_setup_25e2__chain16=$chain}"

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

# + web.rootfs  /home/me/root.tar+setup, persistent overlay
# + web.resources.limits.memory  67108864
# + web.resources.limits.cpus  0.5
# + web.resources.limits.pids  50
# + web.network.lo  up
# + web.hostname  inside
# + web.domainname  example.org
# + web.sysctls["kernel.sem"]  250 32000 100 64
# + web.sysctls["net.ipv4.ip_forward"]  1
at='web: upper'
directory "/var/lib/cloister/uppers/t.web/$rootfs_root_tar_setup_25e2__chain16" 711 1879638016
directory "/var/lib/cloister/uppers/t.web/$rootfs_root_tar_setup_25e2__chain16/u" 755 1879638016
directory "/var/lib/cloister/uppers/t.web/$rootfs_root_tar_setup_25e2__chain16/w" 755 1879638016
at='web: limit memory 67108864'
write_kernel /sys/fs/cgroup/memory/cloister/t/web-naurce47/memory.limit_in_bytes 67108864
at='web: limit cpus 0.5'
write_kernel /sys/fs/cgroup/cpu/cloister/t/web-naurce47/cpu.cfs_quota_us 50000
at='web: limit pids 50'
write_kernel /sys/fs/cgroup/pids/cloister/t/web-naurce47/pids.max 50
at='web: root and mounts (14 operations)'
directory /run/cloister/t/web/stage 700
printf %s 'stage /run/cloister/t/web/stage tmpfs mode=0700 0 0
' >/run/cloister/t/web/fstab
plainly perl /usr/lib/cloister/shim.pl x64 assemble "$web_pid" "$web_start" /run/cloister/t/web/stage 1879638016 /run/cloister/t/web/fstab \
  4 layer "$rootfs_root_tar_6f1c__digest16" "$rootfs_root_tar_6f1c__path" keeper \
  4 layer "$rootfs_root_tar_setup_25e2__digest16" "$rootfs_root_tar_setup_25e2__path" keeper \
  6 root-overlay "$rootfs_root_tar_6f1c__digest16+$rootfs_root_tar_setup_25e2__digest16" u/naurce47 "/var/lib/cloister/uppers/t.web/$rootfs_root_tar_setup_25e2__chain16/u" "/var/lib/cloister/uppers/t.web/$rootfs_root_tar_setup_25e2__chain16/w" nodev \
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
