import type { ElfMachine } from "./elf.ts";

/** The name of its entry in binfmt_misc. */
export function entryName({ name }: ElfMachine): string {
  return `qemu-${name}`;
}

/** What is written to `register`. F: the kernel opens the interpreter then, in the root of who writes, so that no other root needs to have it. */
export function registration(machine: ElfMachine, interpreter: string): string {
  const { magic, mask } = header(machine);
  const escaped = (bytes: Buffer) => [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
  return `:${entryName(machine)}:M:0:${escaped(magic)}:${escaped(mask)}:${interpreter}:OPF`;
}

/** What the file of the entry says then, its lines joined by `; `. */
export function entryText(machine: ElfMachine, interpreter: string): string {
  const { magic, mask } = header(machine);
  const lines = ["enabled", `interpreter ${interpreter}`, "flags: POF", "offset 0"];
  return [...lines, `magic ${magic.toString("hex")}`, `mask ${mask.toString("hex")}`].join("; ");
}

/** The first 20 bytes of its programs: for any ABI, ET_EXEC or ET_DYN. */
function header({ bits, order, machine }: ElfMachine): { readonly magic: Buffer; readonly mask: Buffer } {
  const half = (value: number) => (order === "little" ? [value & 0xff, value >> 8] : [value >> 8, value & 0xff]);
  const identity = [0x7f, 0x45, 0x4c, 0x46, bits === 64 ? 2 : 1, order === "little" ? 1 : 2, 1];
  const magic = Buffer.from([...identity, ...Array.from({ length: 9 }, () => 0), ...half(2), ...half(machine)]);
  const mask = Buffer.from([...identity.map(() => 0xff), 0, ...Array.from({ length: 8 }, () => 0xff), ...half(0xfffe), ...half(0xffff)]);
  return { magic, mask };
}
