import type { Environment, Network, PublishedPort } from "../model/environment.ts";
import type { Environment as WrittenEnvironment } from "../model/manifest.gen.ts";
import type { Findings } from "./findings.ts";
import { isAddress } from "./hosts.ts";
import { readInterface } from "./interface.ts";
import type { Reading } from "./reading.ts";
import { quoted } from "./shown.ts";
import { readTraffic } from "./traffic.ts";
import { inside } from "./tree.ts";

/** The network of an environment whose net namespace is its own (`private`), the host's or another's. */
export function readNetwork(reading: Reading, written: WrittenEnvironment["network"], net: string): Network {
  const mode = net === "host" ? "host" : net === "private" && written?.mode === "nat" ? "nat" : "none";
  const ports = readPorts(reading, written?.ports, mode);
  return {
    mode,
    ...(Object.keys(ports).length === 0 ? {} : { ports }),
    ...readInterface(reading, written, mode),
    ...readTraffic(reading, written, mode),
  };
}

type WrittenPorts = NonNullable<WrittenEnvironment["network"]>["ports"];

function readPorts({ findings, at }: Reading, written: WrittenPorts, mode: Network["mode"]): Readonly<Record<string, PublishedPort>> {
  const here = inside(inside(at, "network"), "ports");
  const entries = Object.entries(written ?? {});
  if (entries.length > 0 && mode !== "nat") {
    const message = `ports are published from a network of the project's own, but network.mode is ${mode}`;
    findings.report({ code: "manifest/conflict", at: here, on: "key", message, hint: "write mode: nat" });
    return {};
  }
  const ports = entries.map(([key, value]): readonly [string, PublishedPort] => {
    const [, address, port = ""] = /^(?:\[?(.*?)\]?:)?(\d+)$/.exec(key) ?? [];
    const [to, protocol] = String(value).split("/");
    const numbers = [Number(port), Number(to)];
    if (address !== undefined && !isAddress(address)) {
      const message = `${quoted(address)} is neither an IPv4 nor an IPv6 address`;
      findings.report({
        code: "manifest/wrong-format",
        at: inside(here, key),
        on: "key",
        message,
        hint: "write 127.0.0.1:8080 or [2001:db8::1]:8080",
      });
    }
    if (address === "::1") {
      const message = "the kernel takes no answer to ::1 from another interface than lo: the IPv6 loopback cannot be published";
      findings.report({ code: "manifest/conflict", at: inside(here, key), on: "key", message, hint: `write 127.0.0.1:${port}` });
    }
    if (numbers.some((number) => number < 1 || number > 65_535)) {
      const message = `a port is a number from 1 to 65535, not ${numbers.find((number) => number < 1 || number > 65_535)}`;
      findings.report({ code: "manifest/out-of-range", at: inside(here, key), message });
    }
    const published = {
      address: address ?? null,
      port: Number(port),
      protocol: protocol === "udp" ? "udp" : "tcp",
      to: Number(to),
    } as const;
    return [key, published];
  });
  return Object.fromEntries(ports.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One port of the host leads to one environment only. */
export function checkPorts(environments: ReadonlyMap<string, Environment>, findings: Findings): void {
  const seen: { readonly at: string; readonly name: string; readonly port: PublishedPort }[] = [];
  for (const { name, network } of environments.values()) {
    for (const [key, port] of Object.entries(network.ports ?? {})) {
      const at = inside(`/environments/${name}/network/ports`, key);
      const other = seen.find((one) => isSamePort(one.port, port));
      if (other !== undefined) {
        const also = [{ message: `${other.name} has it here`, at: other.at }];
        findings.report({
          code: "manifest/conflict",
          at,
          on: "key",
          message: `${key} is published twice`,
          hint: "take another port of the host",
          also,
        });
      }
      seen.push({ at, name, port });
    }
  }
}

function isSamePort(a: PublishedPort, b: PublishedPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && addressesMeet(a.address, b.address);
}

function addressesMeet(a: string | null, b: string | null): boolean {
  const isAny = (one: string | null) => one === null || one === "0.0.0.0" || one === "::";
  const isSameFamily = a === null || b === null || a.includes(":") === b.includes(":");
  return a === b || (isSameFamily && (isAny(a) || isAny(b)));
}
