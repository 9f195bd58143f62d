/** Shell functions: how a script speaks, and runs what makes files. */
export const speech: Readonly<Record<string, string>> = {
  fail: `fail() {
  printf '%s\\n' "cloister: $at: $1" | shown >&2
  exit 1
}`,

  shown: `# Text from outside, without what could act on a terminal.
shown() {
  tr -cd '[:print:]\\n'
}`,

  plainly: `# With the modes that everybody expects of a new file.
plainly() (
  umask 022
  exec "$@"
)`,
};
