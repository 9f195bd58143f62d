import { inStore, storeInside } from "./rootfs-image.ts";

/** Where packages are kept decompressed, in the store as a build sees it; see src/host/local-archive.pl. */
export const decompressed: string = `${storeInside}/decompressed`;

/** Time without a byte after which a mirror counts as gone, in seconds. */
const stallSeconds = 30;

/** What apt is told in every build; it does not stay in the root. */
export const aptOptions = [
  `Acquire::http::Timeout "${stallSeconds}"`,
  `Acquire::https::Timeout "${stallSeconds}"`,
  'Acquire::Retries "1"',
] as const;

/** The number of our way to build: to be raised with every change of what comes of it. */
export const recipe = 1;

/** What is taken out of a tree, or set in it: what two builds or machines would differ in. The last part of every build does it. */
export const normalisation = [
  "/dev is empty",
  "no apt and ldconfig caches, no package lists",
  "no logs of apt, dpkg, alternatives and the bootstrap",
  "/etc/machine-id is empty",
  "/etc/hostname is localhost",
  "/etc/resolv.conf is empty",
  "/etc/apt/sources.list names the distribution's own mirror",
] as const;

/**
 * `sh -c SCRIPT sh DIRECTORY MIRROR RELEASE KEYRING COPY SNAPSHOT SOURCES DEBS ARCHIVER COMMAND...`: the release file's date becomes the date of the build (two builds of the
 * same release file are then the same to the bit). A release file that has expired is refused, but for one of a snapshot.
 */
export const fromMirror = `set -eu
directory=$1 mirror=$2 release=$3 keyring=$4 copy=$5 snapshot=$6 sources=$7 debs=$8 archiver=$9
shift 9
command=$1
printf 'timeout = ${stallSeconds}\\ntries = 2\\n' >"$directory/wgetrc"
export WGETRC="$directory/wgetrc"
fetch() {
  echo "cloister: fetching $mirror/dists/$release/$1"
  case $command:$mirror in
  *:file:* | *:copy:*) path=\${mirror#*:} && cat "/\${path##/}/dists/$release/$1" >"$directory/$1" ;;
  debootstrap:*) wget -nv -O "$directory/$1" "$mirror/dists/$release/$1" ;;
  *) /usr/lib/apt/apt-helper ${helperOptions()} download-file "$mirror/dists/$release/$1" "$directory/$1" ;;
  esac && mv "$directory/$1" "$directory/release"
}
fetch InRelease || fetch Release
date=$(sed -n '/^Date: /{s///p;q}' "$directory/release")
SOURCE_DATE_EPOCH=$(date -u -d "\${date:?the release file has no date}" +%s)
export SOURCE_DATE_EPOCH
echo "$SOURCE_DATE_EPOCH" >"$directory/epoch"
until=$(sed -n '/^Valid-Until: /{s///p;q}' "$directory/release")
if [ -n "$until" ] && [ "$(date -u -d "$until" +%s)" -lt "$(date +%s)" ]; then
  echo "cloister: the release file was valid until $until"
  if [ -z "$snapshot" ]; then
    echo 'cloister: it has expired'
    exit 1
  fi
fi
mkdir -p /run/cloister/keyrings
cp "$keyring" "$copy"
chmod 644 "$copy"
: >/run/cloister/no-keyring.gpg
`;

/** The packages that a lock keeps while others move on: an archive of them beside the mirror, and what apt is to prefer. */
export const beside = `if [ -e "$directory/packages.list" ]; then
  mkdir -p -m 755 "$directory/repository" /run/cloister/repository
  mount --bind "$directory/repository" /run/cloister/repository
  while read -r digest size file name version; do
    if [ ! -e "$debs/$digest" ]; then continue; fi
    mkdir -p "/run/cloister/repository/\${file%/*}"
    cp "$debs/$digest" "/run/cloister/repository/$file"
  done <"$directory/packages.list"
  cp "$directory/Packages" "$directory/Release" /run/cloister/repository
  chmod -R a+rX /run/cloister/repository
fi
if [ -e "$directory/preferences" ]; then
  cp "$directory/preferences" /run/cloister/preferences
  chmod 644 /run/cloister/preferences
fi
`;

/**
 * `sh -c SCRIPT sh DIRECTORY MIRROR OFFLINE DEBS EPOCH SOURCES ARCHIVER COMMAND...`: the packages of a lock, kept in DEBS or fetched from the mirror; `compare` checks each
 * against the lock. `packages.list` has a line for each: SHA256 SIZE FILE NAME VERSION.
 */
export const fetching = `set -eu
directory=$1 mirror=$2 offline=$3 debs=$4 SOURCE_DATE_EPOCH=$5 sources=$6 archiver=$7
shift 7
export SOURCE_DATE_EPOCH
echo "$SOURCE_DATE_EPOCH" >"$directory/epoch"
mkdir -p -m 700 "$directory/debs"
missing=0
while read -r digest size file name version; do
  if [ -e "$debs/$digest" ]; then continue; fi
  missing=$((missing + 1))
  if [ -n "$offline" ]; then
    echo "cloister: not kept: $name $version (sha256 $digest)"
    continue
  fi
  case $mirror in
  file:* | copy:*) path=\${mirror#*:} && cat "/\${path##/}/$file" >"$directory/debs/$digest" || rm -f "$directory/debs/$digest" ;;
  *) printf '%s\\n%s\\n' "$mirror/$file" "$directory/debs/$digest" >>"$directory/fetch" ;;
  esac
done <"$directory/packages.list"
if [ -n "$offline" ] && [ "$missing" -gt 0 ]; then exit 1; fi
if [ -e "$directory/fetch" ]; then
  echo "cloister: fetching $missing packages"
  # Which of them did not come is told below.
  xargs -d '\\n' -n 40 /usr/lib/apt/apt-helper ${helperOptions()} download-file <"$directory/fetch" || :
fi
wrong=0
: >"$directory/files"
while read -r digest size file name version; do
  deb=$debs/$digest
  if [ ! -e "$deb" ]; then
    deb=$directory/debs/$digest
    # The half of it that came before the mirror stopped.
    if [ -e "$deb" ] && [ "$(stat -c %s "$deb")" -lt "$size" ]; then rm -f "$deb"; fi
  fi
  if [ ! -e "$deb" ]; then
    echo "cloister: not there: $name $version (sha256 $digest) at $mirror/$file"
    wrong=1
    continue
  fi
  printf '%s\\0' "$deb" >>"$directory/files"
done <"$directory/packages.list"
if [ "$wrong" = 1 ]; then exit 1; fi
compare() {
  xargs -0 -r sha256sum -- <"$directory/files" >"$directory/sums"
  exec 3<"$directory/sums"
  while read -r digest size file name version; do
    read -r found rest <&3
    if [ "$found" = "$digest" ]; then continue; fi
    echo "cloister: not as locked: $name $version (sha256 $found, the lock says $digest)"
    wrong=1
  done <"$directory/packages.list"
  exec 3<&-
  if [ "$wrong" = 1 ]; then exit 1; fi
}
`;

/** An archive of these packages alone, which nobody else could have written to; see src/host/local-archive.pl. */
const archived = `compare
mkdir -p -m 755 "$directory/repository" /run/cloister/repository /run/cloister/keyrings
: >/run/cloister/no-keyring.gpg
mount --bind "$directory/repository" /run/cloister/repository
cd ${inStore}/repository
perl "$archiver" "$directory/Packages" "$(nproc)" ${decompressed} "$debs" "$directory/debs" <"$directory/packages.list" >Packages
sum=$(sha256sum <Packages)
{
  sed '/^SHA256:$/,$d' "$directory/Release"
  printf 'SHA256:\\n %s %s Packages\\n' "\${sum%% *}" "$(stat -c %s Packages)"
} >Release
chmod -R a+rX .
`;

/** What a lock is made of: the release file that apt went by, who has signed it, the packages that were installed and their stanzas. */
export const noting = `note() {
  for list in var/lib/apt/lists/*Release; do
    if cmp -s "$list" "$directory/release"; then same=1; fi
  done
  if [ -z "\${same:-}" ]; then
    echo 'cloister: the mirror changed while it was read'
    exit 1
  fi
  keys=$copy
  if [ "\${copy%.asc}" != "$copy" ]; then
    keys=$directory/keyring.gpg
    sed -n '/^$/,/^[=-]/{/^[=-]/d;p}' "$copy" | base64 -d >"$keys"
  fi
  gpgv --keyring "$keys" --status-fd 3 "$directory/release" 3>"$directory/signatures" >/dev/null 2>&1 || :
  mkdir -p -m 700 "$directory/debs"
  for deb in var/cache/apt/archives/*.deb; do
    if [ ! -e "$deb" ]; then continue; fi
    dpkg-deb --show --showformat='\${Package} \${Version} \${Architecture}\\n' "$deb" >>"$directory/installed"
    digest=$(sha256sum <"$deb")
    cp "$deb" "$directory/debs/\${digest%% *}"
  done
  for list in var/lib/apt/lists/*_Packages*; do /usr/lib/apt/apt-helper cat-file "$PWD/$list"; done |
    awk 'FNR == NR { wanted[$1]; all[$1 " " $2 " " $3]; next }
      {
        match($0, /(^|\\n)Package: [^\\n]*/)
        name = substr($0, RSTART, RLENGTH)
        sub(/^\\n?Package: /, "", name)
        if (!(name in wanted)) next
        match($0, /\\nVersion: [^\\n]*/)
        version = substr($0, RSTART + 10, RLENGTH - 10)
        match($0, /\\nArchitecture: [^\\n]*/)
        architecture = substr($0, RSTART + 15, RLENGTH - 15)
        if ((name " " version " " architecture) in all) print $0 "\\n"
      }' "$directory/installed" RS= - >"$directory/stanzas"
}
note
`;

/** What the packages hold is decompressed for builds of the lock to come, where that can be: nothing of this build needs it. */
const keeping = `if mkdir -p -m 700 "$directory/decompressed"; then
  cd ${inStore}/decompressed
  find "$directory/debs" -type f -printf '%f %s %f\\n' | perl "$archiver" keep "$(nproc)" ${decompressed} "$directory/debs" || :
  cd /run/cloister/tree
  rm -r "$directory/decompressed"
fi
`;

/** What a tree is left without; see `normalisation`. */
const finish = `echo 'cloister: cleaning up'
mkdir -p -m 755 dev
find dev -mindepth 1 -delete
find var/cache/apt var/cache/ldconfig var/lib/apt/lists -type f -delete 2>/dev/null || :
rm -f var/log/bootstrap.log var/log/dpkg.log var/log/alternatives.log etc/apt/apt.conf.d/99mmdebstrap
rm -f etc/apt/preferences.d/cloister etc/apt/sources.list.d/0*main.list etc/apt/sources.list.d/0*main.sources
if [ -e etc/machine-id ]; then : >etc/machine-id; fi
set_file() {
  rm -f "$1"
  printf %s "$2" >"$1"
  chmod 644 "$1"
}
set_file etc/hostname 'localhost
'
if [ -e etc/resolv.conf ] || [ -L etc/resolv.conf ]; then set_file etc/resolv.conf ''; fi
if [ -d etc/apt ]; then
  set_file etc/apt/sources.list "$sources
"
fi
grep -c '^Status: install ok installed$' var/lib/dpkg/status >"$directory/packages" || :
`;

const run = `"$@"
cd /run/cloister/tree
`;

/** The script of a build from what the mirror has today, or had at the moment of a snapshot. */
export const mirrorScript: string = `${fromMirror}${run}${finish}`;

/** The same, with what a lock is made of left in the build directory. */
export const notingScript: string = `${fromMirror}${beside}${run}${noting}${keeping}${finish}`;

/** The script of a build of what a lock says. */
export const lockScript: string = `${fetching}${archived}${run}${finish}`;

function helperOptions(): string {
  const own = aptOptions.map((option) => option.replace(' "', "=").replace('"', ""));
  return ["APT::Sandbox::User=root", ...own].map((option) => `-o ${option}`).join(" ");
}
