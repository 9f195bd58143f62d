/**
 * The name of one thing that is read from the machine, `/`-separated. Host: `host/mountinfo`, `host/meminfo`, `host/osrelease`, `host/capabilities`.
 * Of an environment's keeper: `keeper/mountinfo`, `keeper/uid_map`, `keeper/ns/net`, `keeper/hostname`, `keeper/sysctl/KEY`, `keeper/link/lo` (`up` or `down`), `keeper/binfmt/NAME` (the lines of that entry of the
 * binfmt_misc in it, joined by `; `).
 * `keeper/net/links`, `.../addresses`, `.../routes`: of its network namespace, as netlink messages in hexadecimal; `machine/net/...`: of the host's.
 * `machine/rules`: the nft tables of the families inet and netdev, as nft lists them. `host/forwarding`: whether the host forwards IPv4. `host/net/dev`: its
 * interfaces. `host/filesystem/NAME`: whether its kernel has that file system (`present`, `loadable`, `perhaps`). `host/sys/PATH`: a setting of it. `host/net/ipv6_route`: its routes of IPv6.
 * `listeners/PROTOCOL/PORT` or `.../FIRST-LAST`: who listens at a port of the host (JSON, see src/host/listeners.ts).
 * `keeper/file/SIZE/PATH`: what lies at a path inside: `TYPE UID GID MODE SIZE`, ids as the host counts, and what it holds in hexadecimal after an `x`
 * (`-` where it has neither SIZE bytes nor few).
 * `keeper/secret/PATH`: likewise, of a secret: instead of what it holds after a `k` the HMAC of that (`Secret.held`), and no size.
 * Of its control groups: `cgroup/memory/memory.limit_in_bytes` (controller/file); `parent/...` of the group above, `hierarchy/...` of the topmost.
 * Of the group of one of its parts: `part/p-NAME/FILE`. `uplink`: the processes in the keeper's, but for it (JSON, see src/resources/uplink.ts).
 * Of its processes: `process/NAME`, and with the same identity `process/NAME/limits`, `process/NAME/oom_score_adj`, `process/NAME/cgroup`; `processes/others`:
 * JSON, by name, those that neither the manifest nor what was last applied knows.
 * Which other processes of its pid namespace are not in its control groups: `strays/cgroup` (JSON: pid, start, cgroup; see src/host/strays.ts).
 * Who uses the mounts at a target inside: `holders/TARGET`, or `holders:PID,PID/TARGET` of these only (JSON, see src/host/holders.ts); dear, so that it is asked for only where one is to be unmounted.
 * Of a host path: `source/PATH` (type, owner, device, inode, real path as JSON), `exists/PATH`, `names/PATH` (what is in a directory, a line each),
 * `installed/PATH` (JSON: the text of packages.json in each directory there, by its name),
 * Of roots: `store/KEY` (the index entry), `tar/PATH` (sha256), `oci/NAME PATH` or `oci/NAME|ARCHITECTURE PATH` (the image of that name, or the only one, as JSON: see src/model/oci.ts);
 * `disk/PATH` (`MAJOR:MINOR` of the disk that it is or lies on).
 */
export type FactName = string;

/** What was read: the kernel's own text, or why there is none. */
export type Fact = { readonly text: string } | { readonly absent: string };

/** Everything that was read for one scope. Asking for what was not collected is a bug of the resource and throws. */
export interface Facts {
  get(name: FactName): Fact;
}

/** The text of a fact, or null where it is absent. */
export function text(facts: Facts, name: FactName): string | null {
  const fact = facts.get(name);
  return "text" in fact ? fact.text : null;
}
