/** Shell functions: directories and files. */
export const files: Readonly<Record<string, string>> = {
  directory: `# directory PATH MODE [OWNER]: makes it and what is missing above it; one that is there stays as it is.
directory() {
  if [ -e "$1" ]; then return 0; fi
  if [ ! -e "\${1%/*}/" ]; then
    mkdir -p -- "\${1%/*}/"
    owned "\${1%/*}/"
  fi
  mkdir -m "$2" -- "$1"
  if [ -n "\${3-}" ]; then chown "$3:$3" -- "$1"; fi
}`,

  owned: `# Nobody else may write where state is kept.
owned() {
  case $(stat -Lc '%u %A' -- "$1") in
  '0 d'????-??-?) ;;
  *) fail "$1 belongs to another user, or can be written by others" ;;
  esac
}`,

  write_file: `# write_file PATH MODE TEXT: it is there whole, or not at all.
write_file() {
  printf %s "$3" >"$1.$$.tmp"
  chmod "$2" -- "$1.$$.tmp"
  sync -- "$1.$$.tmp"
  mv -f -- "$1.$$.tmp" "$1"
  sync -- "\${1%/*}/"
}`,

  write_kernel: `# One write(2) to a file of the kernel's. (A shell's own printf may make several of several lines.)
write_kernel() {
  case $(stat -f -c %T -- "$1") in
  proc | cgroupfs | cgroup2fs) ;;
  *) fail "$1 is on no file system of the kernel's" ;;
  esac
  env printf %s "$2" >"$1"
}`,
};
