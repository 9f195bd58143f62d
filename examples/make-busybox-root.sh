#!/bin/sh
# Makes examples/busybox-root, the root of offline.yaml: busybox with a link for each of its commands. Needs the package
# busybox-static. Run again, it makes it anew.
set -eu
cd "$(dirname "$0")"

busybox=$(command -v busybox) || {
  echo 'busybox is not there: apt install busybox-static' >&2
  exit 1
}
root="busybox-root"
new=$root.new.$$
trap 'rm -rf "$new"' EXIT

mkdir -m 755 "$new"
cd "$new"
for directory in bin dev etc home mnt proc root run srv sys usr usr/bin usr/sbin var; do mkdir -m 755 "$directory"; done
mkdir -m 1777 tmp var/tmp
cp "$busybox" bin/busybox
chmod 755 bin/busybox
for command in $(bin/busybox --list); do [ -e "bin/$command" ] || ln bin/busybox "bin/$command"; done
printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'nobody:x:65534:65534:nobody:/:/bin/false' >etc/passwd
printf '%s\n' 'root:x:0:' 'nogroup:x:65534:' >etc/group
cd ..
rm -rf "$root"
mv "$new" "$root"
trap - EXIT
echo "made $PWD/$root"
