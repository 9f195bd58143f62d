/** Shell functions: control groups. */
export const groups: Readonly<Record<string, string>> = {
  group: `# Makes a control group. Others take a parent away with their last environment as long as nothing of ours is in it: then it is made again.
group() {
  left=100
  until (ready_group "$1") 2>/dev/null; do
    left=$((left - 1))
    if [ "$left" -le 0 ]; then ready_group "$1" || fail "$1 cannot be made"; fi
  done
}`,

  ready_group: `# Makes a control group and what is missing above it, each ready to take processes.
ready_group() {
  if [ ! -d "$1" ]; then
    ready_group "\${1%/*}" || return
    if [ -e "\${1%/*}/cgroup.controllers" ]; then hand_down "\${1%/*}" || return; fi
    # Another run may have made it meanwhile.
    (umask 022 && mkdir -- "$1") || [ -d "$1" ] || return
  fi
  if [ -e "\${1%/*}/cgroup.controllers" ] || [ ! -e "\${1%/*}/cpuset.cpus" ]; then return 0; fi
  # v1: a group without processors and memory nodes takes no process; who made it may not have come so far.
  for file in cpuset.cpus cpuset.mems; do
    if [ -z "$(cat -- "$1/$file")" ]; then cat -- "\${1%/*}/$file" >"$1/$file" || return; fi
  done
}`,

  hand_down: `# cgroup v2: what is limited in children must be handed down before they are made.
hand_down() {
  missing=
  for controller in cpu memory pids cpuset io; do
    if ! grep -qw "$controller" "$1/cgroup.controllers" || grep -qw "$controller" "$1/cgroup.subtree_control"; then continue; fi
    missing="$missing +$controller"
  done
  if [ -n "$missing" ]; then write_kernel "$1/cgroup.subtree_control" "\${missing# }"; fi
}`,

  processes_in: `processes_in() {
  find "$1" -name cgroup.procs -exec cat {} + 2>/dev/null || :
}`,

  remove_group: `# Ends whatever is in a control group and removes it; the project's goes with its last one, ours with the last project.
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
  for parent in "\${1%/*}" "\${1%/*/*}"; do
    case $parent in
    */cloister/*/*) ;;
    */cloister | */cloister/*) rmdir -- "$parent" 2>/dev/null || : ;;
    esac
  done
}`,
};
