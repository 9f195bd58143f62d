/** Shell functions: what a plan was made from, and must still hold. */
export const premises: Readonly<Record<string, string>> = {
  lock: `# lock FILE: no other run changes this project meanwhile; the kernel gives it back when this script ends, however that happens.
lock() {
  directory "\${1%/*}" 700
  owned "\${1%/*}"
  while :; do
    if [ -L "$1" ]; then fail "$1 is a symbolic link"; fi
    exec 9>>"$1"
    flock -n 9 || fail "the project is locked by another run: $(cat -- "$1")"
    # Whoever had it may have taken the file away: then the next one has its lock on another file by now.
    if [ "$(stat -Lc %i /proc/self/fd/9)" = "$(stat -c %i -- "$1" 2>/dev/null)" ]; then break; fi
  done
  printf '{"pid":%s,"verb":"script","since":"%s"}' "$$" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$1"
}`,

  same_boot: `same_boot() {
  test "$(cat /proc/sys/kernel/random/boot_id)" = "$1" || fail 'the machine was started anew since this was planned: plan again'
}`,

  still: `# What was seen to run must still be that.
still() {
  alive "$1" "$2" || fail "process $1, which held it when this was planned, has ended: plan again"
}`,

  absent: `# absent GROUP...: nothing of the environment may run. Each is a control group without the eight characters that tell lives apart.
absent() {
  for group; do
    for path in "$group"-????????; do
      if [ -d "$path" ] && [ -n "$(processes_in "$path")" ]; then fail 'it runs, and did not when this was planned: plan again'; fi
    done
  done
}`,

  claim: `# claim FIRST DIRECTORY: ids for an environment that is to start. Whoever sees another's claim gives way, so that never both keep one.
claim() {
  claim=$1-$$-$(start_of $$) left=100
  claimed="$claimed $claim"
  # A run that ends takes the directory away when it is empty.
  until { directory "\${2%/*}" 711 && directory "$2" 700 && touch -- "$2/$claim"; } 2>/dev/null; do
    if [ "$left" -le 0 ]; then fail "$2 cannot be written"; fi
    left=$((left - 1))
  done
  for path in "$2/$1"-*; do
    claim=\${path##*/}
    owner=\${claim#*-}
    if [ "\${owner%-*}" != "$$" ] && alive "\${owner%-*}" "\${owner##*-}"; then fail "the ids from $1 on are given away by another run: plan again"; fi
  done
  cat /proc/[0-9]*/uid_map /proc/[0-9]*/gid_map 2>/dev/null | awk -v first="$1" '
    $3 != 4294967295 && $2 < first + 65536 && $2 + $3 > first { taken = 1 }
    END { exit taken }' || fail "the ids from $1 on are in use: plan again"
}`,
};
