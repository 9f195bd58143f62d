/** Shell functions: a keeper, from its start to its commit, and a process inside. */
export const keeper: Readonly<Record<string, string>> = {
  reaper: `# reaper DIRECTORY: nobody inside may read the reaper's memory, so it starts from a copy that only the host's root can read, where a user can run such a one.
reaper() {
  original=$(command -v catatonit)
  for path in "\${1%/*}" "$1"; do
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
}`,

  pipes: `# pipes DIRECTORY: what a keeper is held by. 8 is where \`commit\` goes, 7 its gate, from 6 comes its number. A fifo opens at once only for both directions;
# from then on each end can be opened by itself, so that the other side sees when this script is gone.
pipes() {
  pipes=$1/pipes
  rm -rf -- "$pipes"
  mkdir -m 700 -- "$pipes"
  mkfifo -- "$pipes/commit" "$pipes/gate" "$pipes/pid"
  exec 3<>"$pipes/commit" 4<>"$pipes/gate" 5<>"$pipes/pid"
  exec 8>"$pipes/commit" 7>"$pipes/gate" 6<"$pipes/pid"
}`,

  held: `# held LOG: $pid and $start of the keeper that was just started. It ends with this script, unless \`commit\` comes.
held() {
  exec 3>&- 4>&- 5>&-
  read -r pid <&6 || fail "the namespaces could not be made: $(cat -- "$1")"
  exec 6<&-
  rm -rf -- "$pipes"
  echo "$pid" >&8
  start=$(start_of "$pid")
}`,

  release: `# Lets the keeper through its gate: it drops its privileges and becomes the reaper.
release() {
  echo go >&7
  exec 7>&-
}`,

  root_of: `root_of() {
  awk '$5 == "/" { print $3, $4; exit }' "/proc/$1/mountinfo"
}`,

  commit: `# commit PID START TARGET...: the keeper outlives this script from here on, if it is the reaper, on a root of its own, with everything that was to be mounted.
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
}`,

  started: `# started LOG FROM GROUP END: awaits that the process which was just started runs its own program inside, or has ended; \`perl\` is what enters.
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
}`,
};
