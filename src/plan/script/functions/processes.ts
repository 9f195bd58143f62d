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

  await_waiters: `# Awaits, for some time, the processes outside that wait for those of an environment.
await_waiters() {
  left=100
  while grep -qsza -e "^CLOISTER_ENVIRONMENT=$1\\$" -e "^CLOISTER_PROCESS=$1/" /proc/[0-9]*/environ && [ "$left" -gt 0 ]; do
    left=$((left - 1))
    sleep 0.02
  done
}`,
};
