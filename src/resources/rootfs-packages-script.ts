import { aptOptions, beside, decompressed, fetching, fromMirror, noting } from "./rootfs-release-script.ts";

/**
 * What the root has installed decides what is missing: its status is read inside it, by the shim, and apt resolves by it on the host, where nothing of the root runs.
 * What apt knows of this machine, but for proxies, is not asked. The operands of the layer's own script come after those of this one (see src/resources/rootfs-layer.ts).
 */
const resolve = `architecture=$2
shift 2
apt=/run/cloister/apt
mkdir -p -m 755 "$apt" "$directory/archives" /run/cloister/shown
mount -t tmpfs -o mode=755,size=2g,nosuid,nodev cloister-apt "$apt"
mkdir -p "$apt/etc/apt/preferences.d" "$apt/var/lib/apt/lists/partial" "$apt/var/cache/apt/archives" "$apt/var/log/apt"
chmod 755 "$directory/archives"
mount --bind "$directory/archives" "$apt/var/cache/apt/archives"
mkdir -p "$apt/var/cache/apt/archives/partial"
status_of() {
  shim=$2 ids=$3 count=$6
  shift 6
  unshare --mount --pid --uts --ipc --cgroup --net --fork --kill-child \\
    perl "$shim" self layer "$ids" none /run/cloister/shown status "$count" "$@" 9>&-
}
status_of "$@" >"$apt/status"
if [ -e /run/cloister/preferences ]; then cp /run/cloister/preferences "$apt/etc/apt/preferences.d/cloister"; fi
printf %s "$sources" >"$apt/etc/apt/sources.list"
apt-config --no-empty dump | sed -n '/^Acquire::https\\{0,1\\}::Proxy/p' >"$apt/conf"
if [ -z "$architecture" ]; then architecture=$(dpkg --print-architecture); fi
cat >>"$apt/conf" <<END
Dir "$apt/";
Dir::State::status "$apt/status";
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Install-Recommends "false";
APT::Install-Suggests "false";
APT::Get::Assume-Yes "true";
Acquire::Languages "none";
Binary::apt-get::Acquire::AllowInsecureRepositories "false";
${aptOptions.map((option) => `${option};`).join("\n")}
END
if [ -n "$snapshot" ]; then echo 'Acquire::Check-Valid-Until "false";' >>"$apt/conf"; fi
export APT_CONFIG="$apt/conf"
echo 'cloister: resolving packages'
apt-get --error-on=any update
xargs -d '\\n' -x -s 1000000 apt-get --no-remove --download-only install -- <"$directory/wanted"
unset APT_CONFIG
cd "$apt"
: >"$directory/installed"
`;

/** Then what was found becomes the archive that the shim installs, and that a lock names. */
const found = `cd /
chmod 444 "$directory"/debs/* 2>/dev/null || :
compare() { :; }
cp "$directory/stanzas" "$directory/Packages"
find "$directory/debs" -type f -printf '%f %s %f\\n' >"$directory/unpacked.list"
`;

/** Where they are: in memory as long as the tree is, beside which they lie. */
export const unpackedDirectory = "/run/cloister/tree/unpacked";

/**
 * The shim is started with files for the packages that are empty yet: while it makes the root ready, in which they are shown, they are filled with the packages, decompressed
 * (src/host/local-archive.pl), by all processors; dpkg would do it one after the other. Those of a lock are compared with it before that. `unpack` tells the shim on its standard input when they are.
 */
const unpacking = `mkdir -m 700 ${unpackedDirectory}
(
  umask 222
  while read -r digest rest; do : >"${unpackedDirectory}/$digest"; done <"$directory/unpacked.list"
)
unpack() {
  compare >&2
  cd ${unpackedDirectory}
  perl "$archiver" none "$(nproc)" ${decompressed} "$debs" "$directory/debs" <"$directory/unpacked.list" && echo unpacked
}
`;

/** The packages are found and fetched from a mirror. */
export const resolvingScript: string = `${fromMirror}${beside}${resolve}${noting}${found}${unpacking}`;

/** They are those of a lock. */
export const fetchingScript: string = `${fetching}if [ "$missing" -gt 0 ]; then chmod 444 "$directory"/debs/*; fi
while read -r digest size rest; do echo "$digest $size $digest"; done <"$directory/packages.list" >"$directory/unpacked.list"
${unpacking}`;
