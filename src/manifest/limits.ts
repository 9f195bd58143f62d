import type { Limits, Quantity, Ulimit } from "../model/environment.ts";
import type { Limits as WrittenLimits, Ulimit as WrittenUlimit } from "../model/manifest.gen.ts";
import { readIo } from "./io.ts";
import { parseCpus, parseSize } from "./quantity.ts";
import type { Reading } from "./reading.ts";
import { quoted } from "./shown.ts";
import type { Pointer } from "./tree.ts";
import { inside } from "./tree.ts";

const defaultPids = 4096;

/** Limits as numbers; what is not written is not limited, but for pids. */
export function readLimits(reading: Reading, written: WrittenLimits = {}): Limits {
  const at = inside(inside(reading.at, "resources"), "limits");
  const memory = readQuantity(reading, inside(at, "memory"), { written: written.memory, parse: parseSize, zero: false });
  const memory_swap = readQuantity(reading, inside(at, "memory_swap"), { written: written.memory_swap, parse: parseSize, zero: true });
  if (memory_swap !== null && memory === null && !reading.findings.marked(inside(at, "memory"))) {
    const message = "memory_swap limits swap beyond memory, and there is no limit of memory";
    reading.findings.report({ code: "manifest/conflict", at: inside(at, "memory_swap"), on: "key", message, hint: "add memory" });
  }
  const cpus = readQuantity(reading, inside(at, "cpus"), { written: written.cpus, parse: parseCpus, zero: false });
  return { memory, memory_swap, cpus, pids: written.pids ?? defaultPids, io: readIo(reading, inside(at, "io"), written.io) };
}

interface Writing {
  readonly written: string | number | undefined;
  readonly parse: (text: string | number) => Quantity | null;
  readonly zero: boolean;
}

function readQuantity({ findings }: Reading, at: Pointer, { written, parse, zero }: Writing): Quantity | null {
  if (written === undefined) return null;
  const quantity = parse(written);
  if (quantity !== null && (zero || quantity !== 0)) return quantity;
  findings.report({ code: "manifest/out-of-range", at, message: `${quoted(String(written))} is no amount that can be a limit` });
  return null;
}

/** Soft and hard values by name; no core files unless they are asked for. */
export function readUlimits(reading: Reading, written: Readonly<Record<string, WrittenUlimit>> | undefined): Record<string, Ulimit> {
  return sorted({ core: { soft: 0, hard: 0 }, ...readBounds(reading, written) });
}

/** Those alone that are written. */
export function readBounds(reading: Reading, written: Readonly<Record<string, WrittenUlimit>> = {}): Record<string, Ulimit> {
  const at = inside(reading.at, "ulimits");
  const ulimits: Record<string, Ulimit> = {};
  for (const [name, value] of Object.entries(written)) {
    const pair = typeof value === "object" ? value : { soft: value, hard: value };
    const { soft, hard } = { soft: bound(pair.soft), hard: bound(pair.hard) };
    if (hard !== -1 && (soft === -1 || soft > hard) && !reading.findings.marked(inside(at, name))) {
      reading.findings.report({
        code: "manifest/conflict",
        at: inside(at, name),
        message: `the soft limit of ${name} is above the hard one`,
      });
    }
    ulimits[name] = { soft, hard };
  }
  return sorted(ulimits);
}

function sorted(ulimits: Readonly<Record<string, Ulimit>>): Record<string, Ulimit> {
  return Object.fromEntries(Object.entries(ulimits).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function bound(written: string | number | undefined): number {
  return typeof written === "number" ? written : written === "unlimited" ? -1 : 0;
}
