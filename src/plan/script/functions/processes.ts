/** Shell functions: processes, by number and start time. */
export const processes: Readonly<Record<string, string>> = {
  start_of: `# The start time of a process, which with its number names it; nothing where it has ended.
start_of() {
  sed -n 's/^.*) [^ ZX] \\([^ ]* \\)\\{18\\}\\([0-9]*\\) .*$/\\2/p' "/proc/$1/stat" 2>/dev/null || :
}`,

  alive: `# Whether the process lives that had this number and start time.
alive() {
  test "$(start_of "$1")" = "$2"
}`,

  ended: `# Whether a process ends within so many fiftieths of a second.
ended() {
  left=$3
  while alive "$1" "$2"; do
    if [ "$left" -le 0 ]; then return 1; fi
    left=$((left - 1))
    sleep 0.02
  done
}`,

  thaw: `# Lets the control group of a process go on: while it is frozen nothing in it hears a signal.
thaw() {
  frozen=$(sed -n 's/^[^ ]* \\([^ ]*\\) cgroup2 .*/\\1/p' /proc/mounts | sed 1q)$(sed -n 's/^0:://p' "/proc/$1/cgroup" 2>/dev/null || :)
  if grep -qsx 1 "$frozen/cgroup.freeze"; then write_kernel "$frozen/cgroup.freeze" 0; fi
}`,

  end_process: `# end_process PID START SIGNAL FIFTIETHS: signals a process and awaits its end; after that time it is killed.
end_process() {
  if alive "$1" "$2"; then thaw "$1"; fi
  if alive "$1" "$2"; then kill -s "$3" "$1" 2>/dev/null || :; fi
  if ended "$1" "$2" "$4"; then return 0; fi
  if alive "$1" "$2"; then kill -s KILL "$1" 2>/dev/null || :; fi
  ended "$1" "$2" 500 || fail "process $1 does not end"
}`,

  family: `# A process with those that it has started, and those in a session that one of them leads: what is run inside has one of its own. Each before
# its children, whose end it then cannot tell of.
family() {
  echo "$1"
  for one in $(sed -nE "s/^([0-9]+) \\(.*\\) . ($1|[0-9]+ [0-9]+ $1) .*/\\1/p" /proc/[0-9]*/stat 2>/dev/null || :); do
    if [ "$one" != "$1" ]; then family "$one"; fi
  done
}`,

  hundredths: `# Since the machine was booted.
hundredths() {
  read -r up rest </proc/uptime
  echo "$((\${up%.*} * 100 + 1\${up#*.} - 100))"
}`,

  timed: `# timed HUNDREDTHS COMMAND: after that time it is ended with all that it has started, and has failed.
timed() {
  due=$(($(hundredths) + $1))
  shift
  plainly "$@" &
  main=$!
  while [ -n "$(start_of "$main")" ]; do
    if [ "$(hundredths)" -ge "$due" ]; then
      printf '%s\\n' "cloister: $at: it has not ended in its time, and was ended" | shown >&2
      # shellcheck disable=SC2046
      kill -s KILL $(family "$main") 2>/dev/null || :
      # A shell says of a child that was killed that it was, when it comes to know.
      { wait "$main" || :; } 2>/dev/null
      return 124
    fi
    sleep 0.05
  done
  wait "$main"
}`,

  awaited: `# awaited COMMAND: what another process is waited for by; it says what has not come about.
awaited() {
  why=$("$@" </dev/null) && return
  printf '%s\\n' "cloister: $at: $why" | shown >&2
  exit 4
}`,

  await_waiters: `# Awaits, for some time, the processes outside that wait for those of an environment.
await_waiters() {
  left=100
  while grep -qsza -e "^CLOISTER_ENVIRONMENT=$1\\$" -e "^CLOISTER_PROCESS=$1/" /proc/[0-9]*/environ && [ "$left" -gt 0 ]; do
    left=$((left - 1))
    sleep 0.02
  done
}`,
};
