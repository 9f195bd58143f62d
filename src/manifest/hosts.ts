import type { Dns } from "../model/environment.ts";
import type { Laid } from "./files.ts";
import { obstacleTo } from "./files.ts";
import type { Reading } from "./reading.ts";
import { quoted } from "./shown.ts";
import type { Pointer } from "./tree.ts";
import { inside } from "./tree.ts";

const hostsFile = "/etc/hosts";
const resolverFile = "/etc/resolv.conf";

/** The addresses of other names, for /etc/hosts. */
export function readExtraHosts(reading: Reading, laid: Laid): Record<string, readonly string[]> {
  const at = inside(reading.at, "extra_hosts");
  const written = Object.entries(laid.written.extra_hosts ?? {});
  const hosts = written.map(([name, value]): readonly [string, readonly string[]] => {
    const here = inside(at, name);
    if (name === "localhost")
      reading.findings.report({
        code: "manifest/conflict",
        at: here,
        on: "key",
        message: "localhost is known everywhere",
        hint: "leave it out",
      });
    if (typeof value === "string") return [name, addressesAt(reading, [[here, value]])];
    return [
      name,
      addressesAt(
        reading,
        value.map((address, index): readonly [Pointer, string] => [inside(here, index), address]),
      ),
    ];
  });
  if (hosts.length > 0) checkFree(reading, laid, { key: "extra_hosts", file: hostsFile });
  return Object.fromEntries(hosts.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Who is asked for names. */
export function readDns(reading: Reading, laid: Laid): Dns {
  const { dns } = laid.written;
  const at = inside(reading.at, "dns");
  if (dns === undefined) return defaultDns(reading, laid);
  if (dns === "none") return "none";
  checkFree(reading, laid, { key: "dns", file: resolverFile });
  if (dns !== "host" && typeof dns !== "string")
    return addressesAt(
      reading,
      dns.map((address, index): readonly [Pointer, string] => [inside(at, index), address]),
    );
  const content = hostResolver(reading);
  if (typeof content === "string") return { host: content };
  const message = `the host's ${resolverFile} ${content.problem}`;
  reading.findings.report({ code: "manifest/bad-source", at, message, hint: "name the servers: dns: [192.0.2.53]" });
  return "none";
}

/** A way out comes with the host's name servers, where that is a file of the root that can be followed without a restart, and they can be reached. */
function defaultDns(reading: Reading, laid: Laid): Dns {
  const { network } = laid;
  const isClosed = network.mode === "none" || network.mode === "join" || network.mode === "path";
  if (isClosed || !isFollowed(resolverFile, laid)) return "none";
  const content = hostResolver(reading);
  if (typeof content !== "string" || content === "") return "none";
  return network.mode !== "host" && /^nameserver[ \t]+(127\.|::1\s*$)/m.test(content) ? "none" : { host: content };
}

/** Whether /etc/hosts is kept for the names of the project's network. */
export function keepsNames(laid: Laid): boolean {
  return laid.network.mode === "nat" && (laid.written.extra_hosts !== undefined || isFollowed(hostsFile, laid));
}

/** Whether a file is nobody else's, and can be kept as it is to be without a restart. */
function isFollowed(file: string, laid: Laid): boolean {
  const { overlay, mounts, written } = laid;
  const held = Object.keys(mounts).some((target) => file.startsWith(`${target}/`));
  const free = written.files?.[file] === undefined && obstacleTo(file, laid) === null && !held;
  return overlay !== "none" && written.read_only !== true && free;
}

function hostResolver({ exists, read }: Reading): string | { readonly problem: string } {
  if (!exists(resolverFile)) return { problem: "does not exist" };
  const found = read(resolverFile);
  if ("problem" in found) return found;
  const text = Buffer.from(found.bytes).toString("utf8");
  return found.bytes.length > 65_536 ? { problem: "has more than 64 KiB" } : text;
}

/** The file must be nobody else's, and one that can be made. */
function checkFree({ at, findings }: Reading, laid: Laid, { key, file }: { readonly key: string; readonly file: string }): void {
  const here = inside(at, key);
  const other = laid.written.files?.[file] === undefined ? null : inside(inside(at, "files"), file);
  const obstacle = obstacleTo(file, laid);
  if (other !== null) {
    const message = `${key} writes ${file}, and files has it too`;
    findings.report({
      code: "manifest/conflict",
      at: here,
      on: "key",
      message,
      hint: "keep one of them",
      also: [{ message: "here", at: other }],
    });
  } else if (obstacle !== null) {
    const [message, hint] = obstacle;
    findings.report({ code: "manifest/conflict", at: here, on: "key", message: `${key} writes ${file}, which ${message}`, hint });
  }
}

function addressesAt({ findings }: Reading, written: readonly (readonly [at: Pointer, address: string])[]): readonly string[] {
  for (const [at, address] of written) {
    if (!isAddress(address))
      findings.report({
        code: "manifest/wrong-format",
        at,
        message: `${quoted(address)} is neither an IPv4 nor an IPv6 address`,
        hint: "names are not looked up: write 192.0.2.5 or 2001:db8::5",
      });
  }
  return [...new Set(written.map(([, address]) => address))];
}

/** Whether a text is an IPv4 or IPv6 address. */
export function isAddress(text: string): boolean {
  const parts = text.split(".");
  if (!text.includes(":")) return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
  return URL.canParse(`http://[${text}]/`);
}

/** One text for each address: of IPv6 ones the short form, as the kernel's are told. */
export function oneText(address: string): string {
  return address.includes(":") && isAddress(address) ? new URL(`http://[${address}]/`).hostname.slice(1, -1) : address;
}
