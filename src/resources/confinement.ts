/**
 * Functions of a POSIX shell that has a mount namespace and a network of its own, for work on files that are hostile. `furnish PLACE` makes a root at PLACE and
 * goes there: a small tmpfs with the host's programs and libraries, read-only; no /proc or /sys, and of /dev only null. `give_tree DIRECTORY` binds what may be written to as
 * `tree`. `enter` makes it this shell's root, from which nothing else of the host can be reached. `as_owner COMMAND...` runs with what
 * owners and modes of files need of root's capabilities, and not MKNOD; `unpack TAR DIRECTORY` so; `judge` reads tar's words and fails where they tell of more than device nodes that were left
 * out (many roots carry a /dev, and each environment has its own) or of what harms nothing. `settle DIRECTORY SINCE` prints the date of the newest that is no
 * directory, and gives it to directories that are as new as the unpacking, which began SINCE: no archive names these, and what came of one must not depend on when that was.
 */
export const confinement = `furnish() {
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
  setpriv --no-new-privs --clear-groups --inh-caps=-all --ambient-caps=-all \\
    --bounding-set=-all,+chown,+dac_override,+fowner,+fsetid,+setfcap "$@"
}
unpack() {
  as_owner tar --extract --file="$1" --directory="$2" --numeric-owner --same-owner --same-permissions --delay-directory-restore \\
    --xattrs --xattrs-include=security.capability --warning=no-timestamp --warning=no-unknown-keyword \\
    <"$1" 9>&- 2>&1 || echo "tar: ended with $?"
}
judge() {
  failed= devices=0
  while IFS= read -r line; do
    case $line in
    "tar: "*": Cannot mknod: Operation not permitted") devices=$((devices + 1)) && continue ;;
    "tar: Removing leading "* | 'tar: A lone zero block at '* | 'tar: Extracting contiguous files as regular files') ;;
    'tar: Exiting with failure status due to previous errors' | 'tar: ended with 2') ;;
    *) failed=1 ;;
    esac
    printf '%s\\n' "$line"
  done
  if [ "$devices" -gt 0 ]; then echo "cloister: device nodes left out: $devices"; fi
  test -z "$failed"
}
settle() {
  date=$(find "$1" ! -type d -printf '%T@\\n' | sort -n | tail -n 1)
  date=\${date%%.*}
  case $date in '' | -*) date=0 ;; esac
  as_owner find "$1" -type d -newermt "@$(($2 - 1))" ! -newermt "@$(($(date +%s) + 1))" -exec touch --date="@$date" {} +
  echo "$date"
}`;
